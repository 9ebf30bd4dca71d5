"""The content of the revision chart: the steps of a figure and a point for each claim."""

import sqlite3
from collections.abc import Sequence

from domain.estimates.claims import Claim
from domain.estimates.estimate import concerns
from domain.estimates.figures import interval_of
from domain.events import Definition
from domain.times import DAY, FIRST_MOMENT, LAST_MOMENT, from_micros, show_instant
from projections.answers.as_of import AsOf
from projections.answers.claims import active, look_up
from projections.answers.moments import Axis
from projections.answers.questions import Narrowing, question_of
from projections.answers.values import number
from projections.answers.vintages import Believed, Vintage
from projections.tables.journal import recorded_at
from projections.tables.registry import IndicatorRow
from service.web.chart.picture import ClaimPoint, Picture, PointKind, Step, step_of
from service.web.wording import claim_statement


def revision_picture(
    db: sqlite3.Connection,
    row: IndicatorRow,
    as_of: AsOf,
    asked: Narrowing,
    axis: Axis,
    believed: Believed,
) -> Picture:
    """Return the chart's content from the vintages along an axis.

    `believed` has our vintages and those of the latest publication alone.
    """
    ours, compared = believed
    points = _points(db, row, as_of, asked, axis, {name for v in ours for name in v.body["used"]})
    moments = [*(v.moment for v in (*ours, *compared)), *(point.at for point in points)]
    title, unit = row.definition.title, row.definition.unit
    return Picture(_steps(ours), _steps(compared), points, *time_frame(moments), title, unit)


def time_frame(moments: Sequence[int]) -> tuple[int, int]:
    """Return the span of time to show: from a little before the first moment to more after the last.

    It does not reach beyond the ends of the calendar, on which the moments themselves may be.
    """
    start, end = min(moments, default=0), max(moments, default=0)
    margin = max(DAY, (end - start) // 25)
    return max(FIRST_MOMENT, start - margin // 4), min(LAST_MOMENT, end + margin)


def _steps(vintages: Sequence[Vintage]) -> list[Step]:
    return [step_of(vintage.moment, vintage.body) for vintage in vintages]


def _points(
    db: sqlite3.Connection,
    row: IndicatorRow,
    as_of: AsOf,
    asked: Narrowing,
    axis: Axis,
    used: set[str],
) -> list[ClaimPoint]:
    """One point for each claim that is active or was used at any step."""
    claims = {claim.id: claim for claim in _active(db, row.id, row.definition, as_of, asked)}
    find = look_up(db, as_of)
    former = (claim for name in used - claims.keys() if (claim := find(name)))
    return [
        _point(db, claim, "used" if claim.id in used else "relay" if claim.links else "excluded", axis)
        for claim in (*claims.values(), *former)
    ]


def _active(
    db: sqlite3.Connection, indicator: str, definition: Definition, as_of: AsOf, asked: Narrowing
) -> list[Claim]:
    question = question_of(definition, asked)
    return [c for c in active(db, question, indicator, as_of) if concerns(question, c)]


def _point(db: sqlite3.Connection, claim: Claim, kind: PointKind, axis: Axis) -> ClaimPoint:
    at = claim.published if axis == "publication" else recorded_at(db, claim.position) or 0
    day = show_instant(from_micros(claim.published))[:10]
    low, best, high = (number(x) for x in (claim.low, claim.best, claim.high))
    bounds = interval_of(claim)
    return ClaimPoint(
        at=at,
        low=low,
        best=best,
        high=high,
        open_low=bounds.low is None,
        open_high=bounds.high is None,
        originator=claim.originator,
        kind=kind,
        label=f"{claim.originator}, {day}: {claim_statement(claim)} ({claim.id})",
        href=f"/reports/{claim.report}",
    )
