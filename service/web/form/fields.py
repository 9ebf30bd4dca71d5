"""The fields of the form for a report: what each asks, what its text says, where a fault belongs.

Every field is named by the JSON pointer (RFC 6901) of its place in the body of `POST /v1/reports`, so
a fault finds its field by its own pointer, and there is nothing to keep in step.
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
"""Ten thousand to half of Europe, ten to the rest: a factor of a thousand is not guessed."""


def number(text: str) -> int | float | str:
    """The number that a text means, `10,000` or `10 000` too; what is none stays text."""
    plain = re.sub(_GAP, "", text) if _GROUPED.fullmatch(text) else text
    if _AMBIGUOUS.fullmatch(text) or not _PLAIN.fullmatch(plain):
        return text
    return float(plain) if "." in plain else int(plain)


def _several(text: str) -> list[str]:
    return re.split(r"[\s,]+", text.strip(" \t\r\n,"))


def _yes_or_no(text: str) -> bool | str:
    return {"true": True, "false": False}.get(text, text)


Choices = tuple[tuple[str, str], ...]
"""Value and wording of each choice."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its place in the report or in a claim, and how its text is read."""

    path: str
    label: str
    hint: str = ""
    shape: Literal["line", "long", "figure", "lines", "choice"] = "line"
    needed: bool = False
    among: Literal["", "indicators", "sources"] = ""
    """Which list of known ids is offered."""
    choices: Choices = ()
    default: str = ""
    read: Callable[[str], Any] = str


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one legend; a folded group shows them when it is opened, filled or faulty."""

    legend: str
    fields: tuple[Field, ...]
    folded: bool = False


def _source(path: str, label: str, hint: str, needed: bool = False) -> Field:
    return Field(path, label, hint, needed=needed, among="sources")


def _choice(
    path: str, label: str, choices: Choices, default: str = "", read: Callable[[str], Any] = str
) -> Field:
    return Field(path, label, "", "choice", choices=choices, default=default, read=read)


def _each(words: Any, blank: str = "") -> Choices:
    """A choice of the words of a vocabulary, or of none of them where `blank` says what that means."""
    none = (("", blank),) if blank else ()
    return (*none, *((word, word) for word in get_args(words)))


def _figure(name: str, label: str, hint: str) -> Field:
    return Field(f"/quantity/{name}", label, hint, "figure", read=number)


_STANCES: Choices = (("", "none"), ("true", "asserts"), ("false", "denies"))

REPORT = (
    Group(
        "Where it was read",
        (
            _source("/publisher", "Publisher", "Where we read it; a new id is registered", needed=True),
            Field("/published_at", "Published at", "2025-06-26, or with time and offset", needed=True),
            _choice("/marking", "Marking", _each(Marking), default="TLP:CLEAR"),
            Field("/title", "Title", shape="long"),
            Field("/url", "Address", "https://...", "long"),
        ),
    ),
    Group(
        "Id and evidence",
        (
            Field("/id", "Report id", "a-z 0-9 . _ -; left empty it follows from the content"),
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
        "Who says it, of what",
        (
            Field("/indicator", "Indicator", "What is measured", needed=True, among="indicators"),
            _source("/originator", "Originator", "Who asserts it", needed=True),
            _choice("/basis", "Basis", _each(Basis), default="unknown"),
            _choice("/status", "Status", _each(Status), default="reported"),
            Field("/period", "Period", "2025-09, 2025-07/2025-08, ../2025-09-02 or 2024-12~"),
        ),
    ),
    Group(
        "Figure, as the source gave it",
        (
            _figure("best", "Best", "10,000 or 10 000"),
            _figure("low", "Low", "At least"),
            _figure("high", "High", "At most"),
            _choice("/quantity/qualifier", "Qualifier", _each(Qualifier, "implied")),
        ),
    ),
    Group(
        "Stance, instead of a figure, on a proposition",
        (
            _choice("/stance/asserts", "Stance", _STANCES, read=_yes_or_no),
            _choice("/stance/likelihood", "Likelihood", _each(LikelihoodWord, "none given")),
        ),
        folded=True,
    ),
    Group("In words", (Field("/text", "Our paraphrase", shape="lines"),)),
    Group(
        "Spokesperson, cohort, day stated, where it was taken from",
        (
            _source("/spokesperson", "Spokesperson", "Who voices it"),
            Field("/cohort", "Cohort", "Which of several populations or incidents is counted"),
            Field("/stated_at", "Stated at", "Without it the day of publication"),
            Field(
                "/derived_from",
                "Derived from",
                "Ids of the claims it was taken from, such as nis-2025-09-02/1, one a line",
                "lines",
                read=_several,
            ),
        ),
        folded=True,
    ),
)
_OF_REPORT = {each.path: each for group in REPORT for each in group.fields}
_OF_CLAIM = {each.path: each for group in CLAIM for each in group.fields}
_NUMBERED = re.compile(r"/claims/(0|[1-9][0-9]{0,4})(/.*)", re.DOTALL)


def claim_and_path(name: str) -> tuple[int | None, str]:
    """The claim that a name speaks of, counted from 0, and the rest of it."""
    match = _NUMBERED.fullmatch(name)
    return (int(match[1]), match[2]) if match else (None, name)


def field_of(name: str) -> Field | None:
    """The field of a name, None if there is none."""
    claim, path = claim_and_path(name)
    return (_OF_REPORT if claim is None else _OF_CLAIM).get(path)


def label_of(name: str) -> str:
    """How people find a field: `Claim 2, Best`; a name that is no field's is itself."""
    claim, field = claim_and_path(name)[0], field_of(name)
    if field is None:
        return name[:60] or "The report"
    return field.label if claim is None else f"Claim {claim + 1}, {field.label}"


def names(claims: int) -> Iterator[str]:
    """The names of all fields of a form with so many claims, in the order of the page."""
    yield from _OF_REPORT
    yield from (f"/claims/{n}{path}" for n in range(claims) for path in _OF_CLAIM)


def field_at(pointer: str, claims: int) -> str | None:
    """The field that a fault belongs to: at its pointer, else around it, else the first beneath it."""
    around = [name for name in names(claims) if f"{pointer}/".startswith(f"{name}/")]
    beneath = (name for name in names(claims) if pointer and name.startswith(f"{pointer}/"))
    return around[0] if around else next(beneath, None)
