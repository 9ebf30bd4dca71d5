"""What changed between two answers about an indicator, and which events did it."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.vocabulary import split_claim_id
from projections.as_of import AsOf
from projections.estimates import Narrowing, answer
from projections.steps import Cause, touching

FIELDS = (
    *("best", "low", "high", "open_low", "open_high", "verdict"),
    *("period", "cutoff", "origins", "policy", "used"),
)
"""What is compared as it stands; support and flags are compared by their levels and codes."""

Body = dict[str, Any]


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
    before: Body, after: Body, changed: Sequence[Attributed], causes: Sequence[Cause]
) -> list[Difference]:
    """The differences between two answers, each with the events behind it.

    A field goes to the events that changed it on the way; a flag over all claims to those of the
    reports that it names.
    """
    return [
        Difference(each.field, each.before, each.after, _events(each, changed, causes))
        for each in differences(before, after)
    ]


def _events(
    difference: Difference, changed: Sequence[Attributed], causes: Sequence[Cause]
) -> tuple[int, ...]:
    did = {
        each.cause.position
        for each in changed
        if any(one.field == difference.field for one in each.differences)
    }
    if difference.field == "flags":
        named = {
            split_claim_id(claim)[0]
            for flag in {*difference.before} ^ {*difference.after}
            for claim in flag[1:]
        }
        did |= {cause.position for cause in causes if cause.report in named}
    return tuple(sorted(did))
