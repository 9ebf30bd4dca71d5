"""What changed between two answers about an indicator, and which events changed it."""

import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from domain.estimates.flags import FlagKey
from projections.answers.as_of import AsOf
from projections.answers.estimate_answer import EstimateAnswer, estimate_answer
from projections.answers.estimates import answer, defined_estimate
from projections.answers.figure import FIGURE, FigureField
from projections.answers.moments import Cause, touching
from projections.answers.questions import Narrowing
from projections.answers.retrace import OF_SOURCES
from projections.answers.sweep import Sweeps, sweeps_along_record
from projections.answers.values import Number
from projections.tables.registry import indicator_at

ComparedField = Literal[FigureField, "period", "cutoff", "origins", "policy", "used"]
FIELDS: tuple[ComparedField, ...] = (*FIGURE, "period", "cutoff", "origins", "policy", "used")
"""What is compared as it stands; support and flags are compared by their levels and codes."""

DifferenceField = Literal[ComparedField, "support", "flags"]
Value = Number | str | bool | list[str] | list[FlagKey]
EstimateAt = Callable[[int], EstimateAnswer]
"""The estimate at a position, with the flags over all claims."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that changed, and the positions of the events that changed it."""

    field: DifferenceField
    before: Value
    after: Value
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class EventEffect:
    """An event that changed an answer, and what it changed."""

    cause: Cause
    differences: list[Difference]


def differences(before: EstimateAnswer, after: EstimateAnswer) -> list[Difference]:
    """The fields in which two answers differ."""
    one, other = _compared(before), _compared(after)
    return [Difference(name, one[name], other[name]) for name in one if one[name] != other[name]]


def _compared(body: EstimateAnswer) -> dict[DifferenceField, Value]:
    found = dict[DifferenceField, Value]()
    for name in FIELDS:
        found[name] = body[name]
    found["support"] = body["support"]["level"]
    found["flags"] = _flag_keys(body)
    return found


def _flag_keys(body: EstimateAnswer) -> list[FlagKey]:
    return sorted((flag["code"], tuple(sorted(flag["claims"]))) for flag in body["flags"])


def effects(
    db: sqlite3.Connection, indicator: str, since: AsOf, until: AsOf, asked: Narrowing
) -> list[EventEffect]:
    """The events after one position, up to another, that changed an estimate, each with its effect."""
    found, causes = list[EventEffect](), touching(db, indicator, since.position, until.position)
    sweeps = sweeps_along_record(db, until, len(causes))
    before = _uncounted(db, indicator, since, asked, sweeps)
    for cause in causes:
        if sweeps is not None and cause.type in OF_SOURCES:
            sweeps.forget()
        after = _uncounted(db, indicator, until.at(cause.position), asked, sweeps)
        changed = differences(before, after)
        if changed:
            found.append(EventEffect(cause, changed))
        before = after
    return found


def _uncounted(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing, sweeps: Sweeps | None
) -> EstimateAnswer:
    """An answer without its number of claims and reports, which are no difference and take long."""
    row = indicator_at(db, indicator, as_of.position)
    summed = row is not None and row.definition.measure == "increment"  # of which sums are kept
    found = None if summed else defined_estimate(db, indicator, as_of, asked, sweeps)
    if found is None:
        return answer(db, indicator, as_of, asked)
    return estimate_answer(indicator, found, (0, 0))


def attributed(
    before: EstimateAnswer,
    after: EstimateAnswer,
    changed: Sequence[EventEffect],
    touched: Collection[int],
    estimate_at: EstimateAt,
) -> list[Difference]:
    """The differences between two answers, each with the events behind it.

    A field is attributed to the events that changed it on the way, and each flag to the one of the
    positions `touched` at which it came or went.
    """
    return [
        Difference(
            each.field,
            each.before,
            each.after,
            _flag_changes(before, after, touched, estimate_at)
            if each.field == "flags"
            else _events(each, changed),
        )
        for each in differences(before, after)
    ]


def _events(difference: Difference, changed: Sequence[EventEffect]) -> tuple[int, ...]:
    return tuple(
        each.cause.position
        for each in changed
        if any(one.field == difference.field for one in each.differences)
    )


def _flag_changes(
    before: EstimateAnswer, after: EstimateAnswer, touched: Collection[int], estimate_at: EstimateAt
) -> tuple[int, ...]:
    """The positions at which the flags that differ came or went, by bisection: flags take long."""

    @cache
    def flags(position: int) -> frozenset[FlagKey]:
        return frozenset(_flag_keys(estimate_at(position)))

    positions, known = sorted(touched), {*_flag_keys(before)}
    found = {
        bisect_left(positions, True, key=lambda at: (flag in flags(at)) != (flag in known))
        for flag in known ^ {*_flag_keys(after)}
    }
    return tuple(positions[index] for index in sorted(found) if index < len(positions))
