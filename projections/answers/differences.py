"""What changed between two answers about an indicator, and which events did it."""

import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from projections.answers.as_of import AsOf
from projections.answers.estimates import Narrowing, answer
from projections.answers.moments import Cause, touching

FIELDS = (
    *("best", "low", "high", "open_low", "open_high", "verdict"),
    *("period", "cutoff", "origins", "policy", "used"),
)
"""What is compared as it stands; support and flags are compared by their levels and codes."""

Body = dict[str, Any]
BodyAt = Callable[[int], Body]
"""The answer at a position, with the flags over all claims."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that changed, and the positions of the events that changed it."""

    field: str
    before: Any
    after: Any
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Attributed:
    """An event that changed an answer, and what it changed."""

    cause: Cause
    differences: list[Difference]


def differences(before: Body, after: Body) -> list[Difference]:
    """The fields in which two answers differ."""
    one, other = _compared(before), _compared(after)
    return [Difference(name, one[name], other[name]) for name in one if one[name] != other[name]]


def _compared(body: Body) -> Body:
    return {
        **{name: body[name] for name in FIELDS},
        "support": body["support"]["level"],
        "flags": sorted((flag["code"], *sorted(flag["claims"])) for flag in body["flags"]),
    }


def steps(
    db: sqlite3.Connection, indicator: str, since: AsOf, until: AsOf, asked: Narrowing
) -> list[Attributed]:
    """The events behind one position, up to another, that changed an estimate, each with what."""
    found = list[Attributed]()
    before = answer(db, indicator, since, asked)
    for cause in touching(db, indicator, since.position, until.position):
        after = answer(db, indicator, until.at(cause.position), asked)
        changed = differences(before, after)
        if changed:
            found.append(Attributed(cause, changed))
        before = after
    return found


def attributed(
    before: Body, after: Body, changed: Sequence[Attributed], touched: Collection[int], body_at: BodyAt
) -> list[Difference]:
    """The differences between two answers, each with the events behind it.

    A field goes to the events that changed it on the way, and each flag to one of those `touched`
    at which it came or went.
    """
    return [
        Difference(
            each.field,
            each.before,
            each.after,
            _turnings(each, touched, body_at) if each.field == "flags" else _events(each, changed),
        )
        for each in differences(before, after)
    ]


def _events(difference: Difference, changed: Sequence[Attributed]) -> tuple[int, ...]:
    return tuple(
        each.cause.position
        for each in changed
        if any(one.field == difference.field for one in each.differences)
    )


def _turnings(difference: Difference, touched: Collection[int], body_at: BodyAt) -> tuple[int, ...]:
    """Where the flags that differ came or went, by halving: to find flags takes long."""

    @cache
    def flags(position: int) -> frozenset[tuple[str, ...]]:
        return frozenset(_compared(body_at(position))["flags"])

    positions, before = sorted(touched), {*difference.before}
    found = {
        bisect_left(positions, True, key=lambda at: (flag in flags(at)) != (flag in before))
        for flag in before ^ {*difference.after}
    }
    return tuple(positions[index] for index in sorted(found) if index < len(positions))
