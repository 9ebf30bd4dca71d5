"""The fields of the form for a report, and of each of its claims."""

from collections.abc import Callable
from typing import Any

from domain.vocabulary import Basis, LikelihoodWord, Marking, Qualifier, Status
from service.web.form.field import (
    Choices,
    Field,
    Group,
    Layout,
    boolean,
    choices,
    number,
    words,
)
from service.web.form.filled import NUMBER


def _source(path: str, label: str, hint: str, required: bool = False) -> Field:
    return Field(path, label, hint, required=required, suggestions="sources")


def _choice(
    path: str, label: str, of: Choices, default: str = "", read: Callable[[str], Any] = str
) -> Field:
    return Field(path, label, "", "choice", choices=of, default=default, read=read)


def _figure(name: str, label: str, hint: str) -> Field:
    return Field(f"/quantity/{name}", label, hint, "figure", read=number)


_STANCES: Choices = (("", "none"), ("true", "asserts"), ("false", "denies"))

REPORT = (
    Group(
        "Publication",
        (
            _source(
                "/publisher",
                "Publisher",
                "Where we read it; a new id will be registered",
                required=True,
            ),
            Field(
                "/published_at",
                "Published at",
                "2025-06-26, 2025-06, 2025, or with time and UTC offset",
                required=True,
            ),
            _choice("/marking", "Marking", choices(Marking), default="TLP:CLEAR"),
            Field("/title", "Title", shape="long"),
            Field("/url", "URL", "https://...", "long"),
        ),
    ),
    Group(
        "Id and evidence",
        (
            Field("/id", "Report id", "a-z 0-9 . _ -; if empty, derived from the content"),
            Field(
                "/evidence/sha256",
                "Evidence",
                "SHA-256 of the stored copy, 64 hexadecimal digits",
                "long",
            ),
        ),
        folded=True,
    ),
)
CLAIM = (
    Group(
        "Originator and indicator",
        (
            Field(
                "/indicator",
                "Indicator",
                "What the claim is about",
                required=True,
                suggestions="indicators",
            ),
            _source("/originator", "Originator", "Who asserts it", required=True),
            _choice("/basis", "Basis", choices(Basis), default="unknown"),
            _choice("/status", "Status", choices(Status), default="reported"),
            Field(
                "/period",
                "Period",
                "2025-09, a quarter 2025-33 to 2025-36, 2025-07/2025-08, ../2025-09-02 or 2024-12~; "
                "2025-09/.. goes on without end: if nobody gave the end, write the last day spoken of",
            ),
        ),
    ),
    Group(
        "Figure as the source gave it",
        (
            _figure("best", "Best", "10,000 or 1.2 million"),
            _figure("low", "Low", "At least"),
            _figure("high", "High", "At most"),
            _choice("/quantity/qualifier", "Qualifier", choices(Qualifier, "implied")),
        ),
    ),
    Group(
        "Stance on a proposition, instead of a figure",
        (
            _choice("/stance/asserts", "Stance", _STANCES, read=boolean),
            _choice("/stance/likelihood", "Likelihood", choices(LikelihoodWord, "none given")),
        ),
        folded=True,
    ),
    Group("Text", (Field("/text", "Our paraphrase", shape="lines"),)),
    Group(
        "Quote",
        (
            Field("/quote/exact", "Words quoted", "As they stand in the text", "lines", verbatim=True),
            Field("/quote/prefix", "Words before", "To find them again", "lines", verbatim=True),
            Field("/quote/suffix", "Words after", "To find them again", "lines", verbatim=True),
            Field("/quote/start", "Starts at", "Characters of the text before", "figure", read=number),
            Field("/quote/end", "Ends at", "Characters up to its end", "figure", read=number),
        ),
        folded=True,
    ),
    Group(
        "Spokesperson, cohort, incident, date stated, derivation",
        (
            _source("/spokesperson", "Spokesperson", "Who said it for the originator"),
            Field("/cohort", "Cohort", "Which of several populations is counted"),
            Field("/incident", "Incident", "Of an increment: the one event or batch that it counts"),
            Field("/stated_at", "Stated at", "If empty, the date of publication"),
            Field(
                "/derived_from",
                "Derived from",
                "Ids of the claims it comes from, such as nis-2025-09-02/1, one per line",
                "lines",
                read=words,
            ),
            Field(
                "/rests_on",
                "Rests on",
                "Ids of the claims that it makes its own figure out of, one per line",
                "lines",
                read=words,
            ),
        ),
        folded=True,
    ),
)

NUMBERED = Field(NUMBER, "Number", shape="hidden", read=number)
"""Which claim of the report a claim replaces; a new one has none."""
REPORT_LAYOUT = Layout(REPORT, CLAIM)
"""The form for a new report."""
