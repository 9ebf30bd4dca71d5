"""Describing sources, and grading them and their claims."""

from domain.commands import GradeClaim, GradeSource, RegisterSource
from service.cli.acts import Verb, writing

source = writing(
    "SOURCE",
    Verb(RegisterSource, begins=True),
    doc="Register a source, or describe it again.",
    note=" A description is whole: an option that is not given is left empty, but for the marking,"
    " which stays.",
)
grade = writing(
    "SOURCE|CLAIM",
    Verb(GradeSource),
    Verb(GradeClaim),
    doc="Grade a source with --reliability, or a claim with --credibility (STANAG 2511).",
)
