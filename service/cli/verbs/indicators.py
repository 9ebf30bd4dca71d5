"""Defining indicators, and judging them."""

from domain.commands import DefineIndicator, RecordAssessment
from service.cli.acts import Act, writing

define = writing(
    "INDICATOR",
    Act(
        DefineIndicator,
        "indicator {target} is defined",
        "to take it back: define {target} again, whole",
        begins=True,
    ),
    doc="Define what is measured, or revise that.",
    note=" A definition is whole: an option that is not given has its default, but for the marking,"
    " which stays.",
)
assess = writing(
    "INDICATOR",
    Act(
        RecordAssessment,
        "{target} is assessed with {confidence} confidence",
        "a later assessment of {target} takes its place",
    ),
)
