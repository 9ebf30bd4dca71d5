"""Citing figures, and what became of those that were cited."""

from domain.commands import CiteFigure, CloseCitation
from service.cli import cited_figures
from service.cli.acts import Verb, writing
from service.cli.asking import asking

cite = writing(
    "INDICATOR",
    Verb(CiteFigure, argument="indicator"),
    doc="Cite a figure: say where it was used, and be told when it moves.",
)
uncite = writing("CITATION", Verb(CloseCitation))
citations = asking("/v1/citations", cited_figures.citations)
citation = asking("/v1/citations/{id}", cited_figures.citation)
