"""The history of a figure: its cells, its vintages, and the revisions of each voice."""

from itertools import zip_longest

from typing_extensions import TypedDict

from domain.estimates.claims import cell_text
from domain.estimates.revisions import Revisions
from domain.period import Period, spanning
from projections.answers.cell_estimates import EVERY, SeriesRow, Wanted
from projections.answers.derived_series import As
from projections.answers.moments import Axis, CauseAnswer, cause_answer
from projections.answers.questions import Narrowing
from projections.answers.series import series, voice_revisions
from projections.answers.values import Instant, Number, instant, number
from projections.answers.vintages import Vintage, VintageChange, VintageFigure, vintages
from service.query.standpoint import Standpoint

FromTo = TypedDict("FromTo", {"from": Instant, "to": Instant | None})
"""A span of time; `to` is null where it has not ended."""


class VintageRow(FromTo, VintageFigure):
    """A figure as it stood for a span of time, and the event that made it so."""

    change: VintageChange
    cause: CauseAnswer


class RevisionRow(TypedDict):
    """How one voice revised its figure for one cell, or, without a period, its headline."""

    originator: str
    cohort: str | None
    incident: str | None
    period: str | None
    prospective: bool
    n_revisions: int
    n_advances: int
    first: Number
    latest: Number
    min_lag_days: int | None
    max_lag_days: int | None
    spread: Number
    rel_spread: Number


def series_rows(
    here: Standpoint,
    indicator: str,
    asked: Narrowing,
    release: Wanted = "latest",
    within: Period | None = None,
    turned: As | None = None,
    part: slice = EVERY,
) -> list[SeriesRow]:
    """The estimate of each cell, in order of period, from the first, latest or n-th figures.

    With `turned` the steps of a total or the running total of an increment; raises `NotDerivable`.
    `part` says which of the rows to return.
    """
    how = asked, release, within, here.suspect, turned, part
    return series(here.db, indicator, here.as_of, *how)


def period_between(first: Period | None, last: Period | None) -> Period | None:
    """The period from the beginning of one to the end of another; None where both are open.

    Raises `BadPeriod` if it ends before it begins.
    """
    start, end = first.first if first else None, last.last if last else None
    return None if start is None and end is None else spanning(start, end)


def vintage_rows(
    here: Standpoint, indicator: str, asked: Narrowing, axis: Axis, *, every: bool
) -> list[VintageRow]:
    """How a figure was revised, oldest first; `every` keeps re-affirmations that changed nothing."""
    found = vintages(here.db, indicator, here.as_of, asked, axis, every=every)
    ends = [instant(vintage.moment) for vintage in found[1:]]
    return [_vintage_row(vintage, end) for vintage, end in zip_longest(found, ends)]


def _vintage_row(vintage: Vintage, end: Instant | None) -> VintageRow:
    return {
        "from": instant(vintage.moment),
        "to": end,
        **vintage.body,
        "change": vintage.change,
        "cause": cause_answer(vintage.cause),
    }


def revision_rows(here: Standpoint, indicator: str, asked: Narrowing) -> list[RevisionRow]:
    """How each voice revised its figures, cell by cell and for its headline."""
    found = voice_revisions(here.db, indicator, here.as_of, asked)
    return [revision_row(row) for row in found]


def revision_row(row: Revisions) -> RevisionRow:
    """The revisions of one voice for one cell as callers receive them."""
    return {
        "originator": row.originator,
        "cohort": row.cohort,
        "incident": row.incident,
        "period": None if row.cell is None else cell_text(row.measure, row.cell),
        "prospective": row.prospective,
        "n_revisions": row.n_revisions,
        "n_advances": row.n_advances,
        "first": number(row.values[0]),
        "latest": number(row.values[-1]),
        "min_lag_days": row.min_lag_days,
        "max_lag_days": row.max_lag_days,
        "spread": number(row.spread),
        "rel_spread": number(row.rel_spread),
    }
