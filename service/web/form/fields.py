"""The fields of the form for a report: labels and hints, parsing of their text, the field of a fault.

The name of each field is the JSON pointer (RFC 6901) of its value in the body of `POST /v1/reports`.
So the pointer of a fault leads to its field without a mapping.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from domain.vocabulary import Basis, LikelihoodWord, Marking, Qualifier, Status

_PLAIN = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")
_GAP = "[, \u00a0\u2009\u202f]"
_GROUPED = re.compile(rf"-?[0-9]{{1,3}}({_GAP})[0-9]{{3}}(\1[0-9]{{3}})*(\.[0-9]{{1,20}})?")
_AMBIGUOUS = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
"""`10.000` is ten thousand in much of Europe and ten elsewhere, so it is not read as a number."""


def number(text: str) -> int | float | str:
    """Return the number in a text, also `10,000` or `10 000`; any other text is returned as it is."""
    plain = re.sub(_GAP, "", text) if _GROUPED.fullmatch(text) else text
    if _AMBIGUOUS.fullmatch(text) or not _PLAIN.fullmatch(plain):
        return text
    return float(plain) if "." in plain else int(plain)


def _words(text: str) -> list[str]:
    return re.split(r"[\s,]+", text.strip(" \t\r\n,"))


def _boolean(text: str) -> bool | str:
    return {"true": True, "false": False}.get(text, text)


Choices = tuple[tuple[str, str], ...]
"""The value and the label of each choice."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its path in the report or claim, and how its text is parsed."""

    path: str
    label: str
    hint: str = ""
    shape: Literal["line", "long", "figure", "lines", "choice"] = "line"
    required: bool = False
    suggestions: Literal["", "indicators", "sources"] = ""
    """The list of known ids to suggest."""
    choices: Choices = ()
    default: str = ""
    read: Callable[[str], Any] = str


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one legend; a folded group is open only if a field in it is filled or faulty."""

    legend: str
    fields: tuple[Field, ...]
    folded: bool = False


def _source(path: str, label: str, hint: str, required: bool = False) -> Field:
    return Field(path, label, hint, required=required, suggestions="sources")


def _choice(
    path: str, label: str, choices: Choices, default: str = "", read: Callable[[str], Any] = str
) -> Field:
    return Field(path, label, "", "choice", choices=choices, default=default, read=read)


def _choices(words: Any, blank: str = "") -> Choices:
    """The words of a vocabulary as choices; `blank` is the label of an additional empty choice."""
    none = (("", blank),) if blank else ()
    return (*none, *((word, word) for word in get_args(words)))


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
            _choice("/marking", "Marking", _choices(Marking), default="TLP:CLEAR"),
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
            _choice("/basis", "Basis", _choices(Basis), default="unknown"),
            _choice("/status", "Status", _choices(Status), default="reported"),
            Field(
                "/period",
                "Period",
                "2025-09, a quarter 2025-33 to 2025-36, 2025-07/2025-08, ../2025-09-02 or 2024-12~",
            ),
        ),
    ),
    Group(
        "Figure as the source gave it",
        (
            _figure("best", "Best", "10,000 or 10 000"),
            _figure("low", "Low", "At least"),
            _figure("high", "High", "At most"),
            _choice("/quantity/qualifier", "Qualifier", _choices(Qualifier, "implied")),
        ),
    ),
    Group(
        "Stance on a proposition, instead of a figure",
        (
            _choice("/stance/asserts", "Stance", _STANCES, read=_boolean),
            _choice("/stance/likelihood", "Likelihood", _choices(LikelihoodWord, "none given")),
        ),
        folded=True,
    ),
    Group("Text", (Field("/text", "Our paraphrase", shape="lines"),)),
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
                read=_words,
            ),
            Field(
                "/rests_on",
                "Rests on",
                "Ids of the claims that it makes its own figure out of, one per line",
                "lines",
                read=_words,
            ),
        ),
        folded=True,
    ),
)
_OF_REPORT = {each.path: each for group in REPORT for each in group.fields}
_OF_CLAIM = {each.path: each for group in CLAIM for each in group.fields}
_NUMBERED = re.compile(r"/claims/(0|[1-9][0-9]{0,4})(/.*)", re.DOTALL)


def claim_and_path(name: str) -> tuple[int | None, str]:
    """Split a field name into the number of its claim, from 0, or None, and the rest."""
    match = _NUMBERED.fullmatch(name)
    return (int(match[1]), match[2]) if match else (None, name)


def field_of(name: str) -> Field | None:
    """Return the field with a name, None if there is none."""
    claim, path = claim_and_path(name)
    return (_OF_REPORT if claim is None else _OF_CLAIM).get(path)


def label_of(name: str) -> str:
    """Return the label of a field with its claim, `Claim 2, Best`; for other names, the name."""
    claim, field = claim_and_path(name)[0], field_of(name)
    if field is None:
        return name[:60] or "The report"
    return field.label if claim is None else f"Claim {claim + 1}, {field.label}"


def field_names(claims: int) -> Iterator[str]:
    """Yield the names of all fields of a form with this number of claims, in the order of the page."""
    yield from _OF_REPORT
    yield from (f"/claims/{n}{path}" for n in range(claims) for path in _OF_CLAIM)


def field_at(pointer: str, claims: int) -> str | None:
    """Return the field of a fault: at its pointer, else one that contains it, else the first inside."""
    containing = [name for name in field_names(claims) if f"{pointer}/".startswith(f"{name}/")]
    inside = (name for name in field_names(claims) if pointer and name.startswith(f"{pointer}/"))
    return containing[0] if containing else next(inside, None)
