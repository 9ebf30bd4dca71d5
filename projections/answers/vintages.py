"""How a figure was revised, along record or publication time, and which event did it."""

import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from domain.estimates.estimate import Estimate
from domain.estimates.policies import LATEST_PUBLICATION
from domain.events import EVENTS_BY_TYPE, AssessmentRecorded, ClaimDisputed, ReportMarked
from projections.answers.as_of import AsOf
from projections.answers.estimates import HEADLINE, Assessed, Narrowing, assess, shown
from projections.answers.moments import Axis, Cause, likeliest, steps

FIGURE = ("best", "low", "high", "verdict", "open_low", "open_high")
"""What a vintage is a vintage of, whatever it rests on."""
_SILENT = (ReportMarked.TYPE, ClaimDisputed.TYPE, AssessmentRecorded.TYPE)
"""Where these change no figure they re-affirm none either."""


@dataclass(frozen=True, slots=True)
class Vintage:
    """A figure as it stood from a moment on; `moment` in microseconds on the axis asked."""

    moment: int
    change: str
    cause: Cause
    body: dict[str, Any]


def vintages(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing,
    axis: Axis,
    *,
    every: bool,
    last: int | None = None,
    most: int | None = None,
) -> list[Vintage]:
    """How a figure was revised, oldest first; `every` keeps re-affirmations that changed nothing.

    With `last` only so many of the last moments at which it may have changed are looked at, with
    `most` only so many of all, evenly apart.
    """
    found = list[Vintage]()
    before: dict[str, Any] | None = None
    taken = steps(db, indicator, as_of, asked, axis)
    if most is not None and len(taken) > most:
        taken = [taken[len(taken) * i // most] for i in range(most)][:-1] + taken[-1:]
    for step in taken if last is None else taken[-last:]:
        assessed = assess(db, indicator, step.as_of, asked)
        if assessed is None or (before is None and not _found_anything(assessed.result)):
            continue
        body = _figure(assessed)
        cause = likeliest(step.causes, body)
        affirms = every and cause.type not in _SILENT
        if affirms or not same_figure(before, body):
            found.append(Vintage(step.moment, change_of(cause, before, body), cause, body))
        before = body
    return found


MOST_MOMENTS = 600
"""Of a longer history so many moments are looked at, as many as a picture can show."""

Believed = tuple[list[Vintage], list[Vintage]]
"""What we believed, and what whoever follows the latest publication did."""


def believed(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing = HEADLINE,
    axis: Axis = "publication",
) -> Believed:
    """How a figure was revised by its own policy and by that of the feeds, for comparison."""
    feeds = replace(asked, policy=LATEST_PUBLICATION)
    ours, theirs = (
        vintages(db, indicator, as_of, each, axis, every=False, most=MOST_MOMENTS)
        for each in (asked, feeds)
    )
    return ours, theirs


RECENT = 24


def recent(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> list[Vintage]:
    """The latest revisions of a headline along publication time, enough for a glance."""
    return vintages(db, indicator, as_of, HEADLINE, "publication", every=False, last=RECENT)


def _figure(assessed: Assessed) -> dict[str, Any]:
    body = shown("", assessed, (0, 0))
    names = ["best", "low", "high", "verdict", "open_low", "open_high", "cutoff", "used"]
    return {name: body[name] for name in names}


def _found_anything(result: Estimate) -> bool:
    """Whether there was a claim or a judgement at all; before that no vintage begins."""
    return bool(result.used or result.assessment)


def same_figure(one: dict[str, Any] | None, other: dict[str, Any] | None) -> bool:
    """Whether two vintages say the same, whatever they rest on; None says nothing at all."""
    if one is None or other is None:
        return one is other
    return all(one[name] == other[name] for name in FIGURE)


def change_of(cause: Cause, before: dict[str, Any] | None, after: dict[str, Any]) -> str:
    """`advance` is a later cut-off, `revision` a second thought about the same days."""
    if before is None:
        return "first"
    if (change := EVENTS_BY_TYPE[cause.type].CHANGE) is not None:
        return change
    later = (after["cutoff"] or "") > (before["cutoff"] or "")
    return "advance" if later else "revision"
