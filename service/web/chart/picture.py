"""The picture of a figure: ours, what the latest publication had, and a mark for each claim."""

import sqlite3
from collections.abc import Sequence

from domain.estimates.claims import Claim
from domain.estimates.estimate import concerns
from domain.estimates.figures import interval_of
from domain.events import Definition
from domain.times import DAY, from_micros, show_instant
from projections.answers.as_of import AsOf, active, look_up
from projections.answers.estimates import Narrowing, number, question_of
from projections.answers.moments import Axis
from projections.answers.vintages import Believed, Vintage
from projections.tables.journal import recorded_at
from projections.tables.registry import IndicatorRow
from service.web.chart.drawing import Kind, Mark, Picture, Step
from service.web.replay.moment import said_by


def picture(
    db: sqlite3.Connection,
    row: IndicatorRow,
    as_of: AsOf,
    asked: Narrowing,
    axis: Axis,
    found: Believed,
) -> Picture:
    """All that is to be drawn of what was believed along an axis."""
    ours, theirs = found
    marks = _marks(db, row, as_of, asked, axis, {name for v in ours for name in v.body["used"]})
    moments = [*(v.moment for v in (*ours, *theirs)), *(mark.at for mark in marks)]
    title, unit = row.definition.title, row.definition.unit
    return Picture(_steps(ours), _steps(theirs), marks, *framed(moments), title, unit)


def framed(moments: Sequence[int]) -> tuple[int, int]:
    """The span of time to show for moments: a little before the first, more behind the last."""
    start, end = min(moments, default=0), max(moments, default=0)
    room = max(DAY, (end - start) // 25)
    return start - room // 4, end + room


def _steps(found: Sequence[Vintage]) -> list[Step]:
    names = ("best", "low", "high", "open_low", "open_high")
    return [Step(v.moment, *(v.body[name] for name in names)) for v in found]


def _marks(
    db: sqlite3.Connection,
    row: IndicatorRow,
    as_of: AsOf,
    asked: Narrowing,
    axis: Axis,
    used: set[str],
) -> list[Mark]:
    """A mark for each claim that counts or ever did."""
    claims = {claim.id: claim for claim in _active(db, row.id, row.definition, as_of, asked)}
    find = look_up(db, as_of)
    gone = (claim for name in used - claims.keys() if (claim := find(name)))
    return [
        _mark(db, claim, "used" if claim.id in used else "relay" if claim.links else "excluded", axis)
        for claim in (*claims.values(), *gone)
    ]


def _active(
    db: sqlite3.Connection, indicator: str, definition: Definition, as_of: AsOf, asked: Narrowing
) -> list[Claim]:
    question = question_of(definition, asked)
    return [c for c in active(db, question, indicator, as_of) if concerns(question, c)]


def _mark(db: sqlite3.Connection, claim: Claim, kind: Kind, axis: Axis) -> Mark:
    at = claim.published if axis == "publication" else recorded_at(db, claim.position) or 0
    day = show_instant(from_micros(claim.published))[:10]
    low, best, high = (number(x) for x in (claim.low, claim.best, claim.high))
    bounds = interval_of(claim)
    return Mark(
        at=at,
        low=low,
        best=best,
        high=high,
        open_low=bounds.low is None,
        open_high=bounds.high is None,
        originator=claim.originator,
        kind=kind,
        label=f"{claim.originator}, {day}: {said_by(claim)} ({claim.id})",
        href=f"/reports/{claim.report}",
    )
