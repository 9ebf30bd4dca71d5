"""The picture of a history: our figure, what the latest publication had, and a mark for each claim."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from domain.claims import Claim
from domain.figures import interval_of
from domain.policies import LATEST_PUBLICATION
from domain.times import from_micros, show_instant
from projections.as_of import AsOf
from projections.estimates import Narrowing, number
from projections.journal import recorded_at
from projections.steps import Axis
from projections.vintages import Vintage, vintages
from service.web.chart import Mark, Picture, Step
from service.web.history import History, Role, said_by

LEAST_ROOM = 86_400_000_000
"""A day: so much is shown around a history of one moment, in microseconds."""


def picture(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing,
    told: History,
    title: str,
    unit: str,
) -> Picture:
    """All that is to be drawn of a history along its axis."""
    ours = vintages(db, indicator, as_of, asked, told.axis, every=False)
    feeds = replace(asked, policy=LATEST_PUBLICATION)
    theirs = vintages(db, indicator, as_of, feeds, told.axis, every=False)
    marks = [_mark(db, claim, role, told.axis) for claim, role in told.claims]
    moments = [*(v.moment for v in (*ours, *theirs)), *(mark.at for mark in marks)]
    start, end = min(moments, default=0), max(moments, default=0)
    room = max(LEAST_ROOM, (end - start) // 25)
    return Picture(_steps(ours), _steps(theirs), marks, start - room // 4, end + room, title, unit)


def _steps(found: Sequence[Vintage]) -> list[Step]:
    names = ("best", "low", "high", "open_low", "open_high")
    return [Step(v.moment, *(v.body[name] for name in names)) for v in found]


def _mark(db: sqlite3.Connection, claim: Claim, role: Role, axis: Axis) -> Mark:
    at = claim.published if axis == "publication" else recorded_at(db, claim.position) or 0
    day = show_instant(from_micros(claim.published))[:10]
    low, best, high = (number(x) for x in (claim.low, claim.best, claim.high))
    bounds = interval_of(claim)
    label = f"{claim.originator}, {day}: {said_by(claim)} ({claim.id})"
    return Mark(
        at=at,
        low=low,
        best=best,
        high=high,
        open_low=bounds.low is None,
        open_high=bounds.high is None,
        originator=claim.originator,
        kind=role,
        label=label,
        href=f"/reports/{claim.report}",
    )
