"""Describing sources, and grading them and their claims."""

from domain.commands import GradeClaim, GradeSource, RegisterSource
from service.cli.acts import Act, writing

source = writing(
    "SOURCE",
    Act(
        RegisterSource,
        "source {target} is described",
        "to take it back: describe {target} again, whole",
        begins=True,
    ),
    doc="Register a source, or describe it again.",
    note=" A description is whole: an option that is not given is left empty, but for the marking,"
    " which stays.",
)
grade = writing(
    "SOURCE|CLAIM",
    Act(
        GradeSource,
        "source {target} is graded {reliability}",
        "to take it back: grade {target} again",
    ),
    Act(
        GradeClaim,
        "claim {target} is graded {credibility}",
        "to take it back: grade {target} again",
    ),
    doc="Grade a source with --reliability, or a claim with --credibility (STANAG 2511).",
)
