"""Slippage: a row for each statement of a plan, against the indicator that it plans for."""

from collections.abc import Sequence
from datetime import date

from typing_extensions import TypedDict

from domain.estimates.figures import Figure
from domain.estimates.slippage import Fulfilled, Slippage, SlippageState
from domain.vocabulary import Status
from projections.answers.slippage import plan_slippage
from projections.answers.values import Day, Instant, Number, instant, number
from service.query.standpoint import Standpoint


class BoundedFigure(TypedDict):
    """A figure with its bounds; all null is unknown."""

    best: Number
    low: Number
    high: Number
    open_low: bool
    open_high: bool


class FulfilledFigure(BoundedFigure):
    """How far a plan is fulfilled, with the status and the cut-off of what leads the figure."""

    status: Status | None
    cutoff: Day | None


class SlippageRow(TypedDict):
    """One statement of a plan, what is fulfilled of it, its state, and the day it was reached on."""

    claim: str
    originator: str
    cohort: str | None
    stated_at: Instant
    target: str
    planned: BoundedFigure
    moved_days: int | None
    fulfilled_at_target: FulfilledFigure | None
    fulfilled_now: FulfilledFigure
    share: Number
    state: SlippageState
    reached_on: Day | None
    late_days: int | None


def slippage_rows(here: Standpoint, plan: str, cohort: str | None = None) -> list[SlippageRow] | None:
    """A row for each statement of a plan; None where the indicator plans for no other."""
    found = plan_slippage(here.db, plan, here.as_of, cohort)
    return None if found is None else [_slippage_row(row) for row in found.rows]


def standing_row(rows: Sequence[SlippageRow], leading: str | None) -> SlippageRow | None:
    """The statement that a plan stands by: what leads its estimate, else the last one that counts."""
    counting = [row for row in rows if row["state"] not in ("replanned", "withdrawn")]
    whole = [row for row in counting if row["cohort"] is None]
    led = [row for row in counting if row["claim"] == leading]
    latest = sorted(whole, key=lambda row: row["stated_at"])
    return next(iter(led or latest[-1:]), None)


def _slippage_row(row: Slippage) -> SlippageRow:
    claim = row.statement
    return {
        "claim": claim.id,
        "originator": claim.voice,
        "cohort": claim.cohort,
        "stated_at": instant(claim.stated),
        "target": claim.period,
        "planned": _bounded(row.planned),
        "moved_days": row.moved_days,
        "fulfilled_at_target": None if row.at_target is None else _fulfilled(row.at_target),
        "fulfilled_now": _fulfilled(row.now),
        "share": number(row.share),
        "state": row.state,
        "reached_on": None if row.reached_on is None else date.fromordinal(row.reached_on).isoformat(),
        "late_days": row.late_days,
    }


def _bounded(figure: Figure) -> BoundedFigure:
    return {
        "best": number(figure.best),
        "low": number(figure.low),
        "high": number(figure.high),
        "open_low": figure.known and figure.low is None,
        "open_high": figure.known and figure.high is None,
    }


def _fulfilled(fulfilled: Fulfilled) -> FulfilledFigure:
    bounded = _bounded(fulfilled.figure)
    return {**bounded, "status": fulfilled.status, "cutoff": fulfilled.cutoff}
