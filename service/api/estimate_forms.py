"""Other forms of an estimate: citations of it, and where it comes from."""

from collections.abc import Callable, Mapping

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from service.http.lookups import indicator_named, narrowing
from service.http.parameters import Asked
from service.http.permalinks import figure_link
from service.http.reads import Form, Look
from service.http.routing import BIBTEX, CSL, PROV, RIS, Shape
from service.interop.citations.bibtex import bibtex
from service.interop.citations.citation import Citation, citation
from service.interop.citations.csl import CslItem, csl
from service.interop.citations.ris import ris
from service.interop.provenance import ProvDocument, provenance
from service.query import estimates, explanations
from service.query.provenance import records_of
from service.query.standpoint import Standpoint
from service.service import Service


def _cited(service: Service, request: Request, asked: Asked, here: Standpoint) -> Citation:
    """The citation of the estimate that a request asks for."""
    name = indicator_named(request, here)
    body = estimates.estimate(here, name, narrowing(asked))
    url = figure_link(request, name, here, body["policy"])
    return citation(body, here.echo, url, service.log.id)


def _spelled(spell: Callable[[Citation], str], media_type: str, suffix: str) -> Look:
    def look(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
        given = _cited(service, request, asked, here)
        return Response(
            spell(given).encode(),
            headers={"Content-Disposition": f'attachment; filename="{given.key}.{suffix}"'},
            media_type=media_type,
        )

    return look


def _provenance(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Where an estimate comes from, claim by claim: the first of each use, and how many there are."""
    name, most = indicator_named(request, here), asked.get("limit", explanations.MOST_EXPLAINED)
    body = explanations.explanation(here, name, narrowing(asked), most)
    url = figure_link(request, name, here, body["policy"])
    made = provenance(body, records_of(here, service.log, body), url, str(request.base_url))
    return Response(to_json(made), media_type=PROV)


CITATIONS: Mapping[str, Form] = {
    CSL: Form(_spelled(lambda given: to_json(csl(given)).decode(), CSL, "json"), Shape(list[CslItem])),
    BIBTEX: Form(_spelled(bibtex, f"{BIBTEX}; charset=utf-8", "bib"), Shape(str)),
    RIS: Form(_spelled(ris, f"{RIS}; charset=utf-8", "ris"), Shape(str)),
}
"""The forms of an estimate that cite it."""
PROVENANCE: Mapping[str, Form] = {PROV: Form(_provenance, Shape(ProvDocument))}
"""The form of an explanation that says who and what each claim comes from."""
