"""Arguments as the text of query parameters and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypedDict
from urllib.parse import quote


class Times(TypedDict, total=False):
    """The times of a question: what we knew, what was published, which days are covered.

    An instant is a `datetime` with a time zone or RFC 3339; a date is its end; `known_at` may be a
    position. `min_position` waits for the views; a client waits for its own writes by itself.
    """

    known_at: int | str | date
    published_by: str | date
    valid_at: str | date
    min_position: int


class Narrowing(TypedDict, total=False):
    """What a figure is narrowed to: a cell, an originator, a policy."""

    period: str
    cohort: str
    incident: str
    originator: str
    policy: str


class TimesNarrowing(Times, Narrowing, total=False):
    """Times, and what the figure is narrowed to."""


class Cell(Times, total=False):
    """Times, and one cell of one originator."""

    originator: str
    cohort: str
    incident: str
    period: str


NOTHING: Mapping[str, Any] = {}


def text_of(value: object) -> str:
    """A value as the text of a parameter; raises `ValueError` for a time without a time zone."""
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            if value.tzinfo is None:
                raise ValueError(f"{value.isoformat()} has no time zone; give one, such as UTC")
            return value.isoformat()
        case date():
            return value.isoformat()
        case _:
            return str(value)


def query_of(
    kind: type[Any] | None, given: Mapping[str, Any] = NOTHING, /, **more: object
) -> Mapping[str, str]:
    """The query of a call: `given` may hold what a `kind` names; what is None or False is not sent.

    Raises `TypeError` for any other name. A trailing `_` keeps a name apart from a word of Python.
    """
    if kind is not None and (unknown := given.keys() - kind.__annotations__.keys()):
        raise TypeError(f"unexpected keyword arguments: {', '.join(sorted(unknown))}")
    asked = {**more, **given}
    return {
        n.removesuffix("_"): text_of(v) for n, v in asked.items() if v is not None and v is not False
    }


def address(template: str, *names: str) -> str:
    """An address with names in its places, in order."""
    for name in names:
        start, _, rest = template.partition("{")
        template = f"{start}{quote(name, safe='')}{rest.partition('}')[2]}"
    return template


def claim_address(template: str, claim: str) -> str:
    """An address with the report and the number of a claim; raises `ValueError` if it is none."""
    return address(template, *claim_parts(claim))


def claim_parts(claim: str) -> tuple[str, str]:
    """The report and the number of a claim; raises `ValueError` if it is none."""
    report, _, n = claim.rpartition("/")
    if not report or not n:
        raise ValueError(f"{claim[:60]!r} is no claim; name one as <report>/<n>, such as r1/2")
    return report, n
