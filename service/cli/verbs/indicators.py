"""Defining indicators, and judging them."""

from domain.commands import DefineIndicator, RecordAssessment
from service.cli.acts import Verb, writing

define = writing(
    "INDICATOR",
    Verb(DefineIndicator, begins=True),
    doc="Define what is measured, or revise that.",
    note=" A definition is whole: an option that is not given has its default, but for the marking,"
    " which stays.",
)
assess = writing("INDICATOR", Verb(RecordAssessment))
