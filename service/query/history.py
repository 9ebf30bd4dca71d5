"""The history of a figure: its cells, its vintages, and the revisions of each voice."""

from itertools import islice, zip_longest

from typing_extensions import TypedDict

from domain.estimates.claims import cell_text
from domain.estimates.revisions import Revisions
from domain.period import Period, spanning
from projections.answers.cell_estimates import EVERY, SeriesRow, Wanted
from projections.answers.derived_series import As
from projections.answers.figure import FigureAnswer, figure_of
from projections.answers.glance import in_short
from projections.answers.known_vintages import KnownVintage, known_vintages
from projections.answers.moments import Axis, Cause, CauseAnswer, cause_answer
from projections.answers.questions import HEADLINE, Narrowing
from projections.answers.running_figure import VintageFigure
from projections.answers.series import series, voice_revisions
from projections.answers.values import Instant, Number, instant, number
from projections.answers.vintages import Vintage, VintageChange, each_vintage
from projections.changed.history import ChangedEstimate
from service.query.changed import kept_vintages
from service.query.listed import ListedFields, listed_fields
from service.query.standpoint import Standpoint

FromTo = TypedDict("FromTo", {"from": Instant, "to": Instant | None})
"""A span of time; `to` is null where it has not ended."""


class CountedSeriesRow(SeriesRow, ListedFields):
    """The estimate of a cell or an incident of which no list is long."""


class VintageRow(FromTo, VintageFigure):
    """A figure as it stood for a span of time, and the event that made it so."""

    change: VintageChange
    cause: CauseAnswer


class KnownVintageRow(FigureAnswer):
    """A figure that we knew for a span of record time, of what the world could know in another span."""

    known_from: Instant
    known_to: Instant | None
    published_from: Instant
    published_to: Instant | None
    from_position: int
    to_position: int | None
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
) -> list[CountedSeriesRow]:
    """The estimate of each cell, in order of period, from the first, latest or n-th figures.

    With `turned` the steps of a total or the running total of an increment; raises `NotDerivable`.
    `part` says which of the rows to return.
    """
    how = asked, release, within, here.suspect, turned, part
    return [_counted_row(each) for each in series(here.db, indicator, here.as_of, *how)]


def _counted_row(row: SeriesRow) -> CountedSeriesRow:
    short = in_short(row["flags"])
    return {**row, **listed_fields(row, short["flags"], short["flag_counts"])}


def period_between(first: Period | None, last: Period | None) -> Period | None:
    """The period from the beginning of one to the end of another; None where both are open.

    Raises `BadPeriod` if it ends before it begins.
    """
    start, end = first.first if first else None, last.last if last else None
    return None if start is None and end is None else spanning(start, end)


def vintage_rows(
    here: Standpoint,
    indicator: str,
    asked: Narrowing,
    axis: Axis,
    *,
    every: bool,
    part: slice = EVERY,
) -> list[VintageRow]:
    """How a figure was revised, oldest first; `every` keeps re-affirmations that changed nothing.

    `part` says which of the rows to return; no row after them is computed but the next, with which
    the last of them ends.
    """
    more = part if part.stop is None else slice(part.start, part.stop + 1)
    headline = (asked, axis, every) == (HEADLINE, "record", False)
    found = _kept_vintages(here, indicator, more) if headline else None
    if found is None:
        each = each_vintage(here.db, indicator, here.as_of, asked, axis, every=every)
        found = list(islice(each, more.start, more.stop))
    ends = [instant(vintage.moment) for vintage in found[1:]]
    rows = [_vintage_row(vintage, end) for vintage, end in zip_longest(found, ends)]
    return rows if part.stop is None else rows[: part.stop - (part.start or 0)]


def _kept_vintages(here: Standpoint, indicator: str, part: slice) -> list[Vintage] | None:
    """The vintages of a headline as its kept changes say, None where they do not say all."""
    found = kept_vintages(here.on(indicator), indicator, part)
    return None if found is None else [_vintage_of(*each) for each in found]


def _vintage_of(moment: int, change: ChangedEstimate) -> Vintage:
    given, after = change["cause"], change["after"]
    cause = Cause(given["position"], given["type"], given["report"])
    body: VintageFigure = {**figure_of(after), "cutoff": after["cutoff"], "used": after["used"]}
    return Vintage(moment, change["change"], cause, body)


def _vintage_row(vintage: Vintage, end: Instant | None) -> VintageRow:
    return {
        "from": instant(vintage.moment),
        "to": end,
        **vintage.body,
        "change": vintage.change,
        "cause": cause_answer(vintage.cause),
    }


def known_vintage_rows(here: Standpoint, indicator: str, asked: Narrowing) -> list[KnownVintageRow]:
    """How a figure was revised along record and publication time at once, in order of record time."""
    found = known_vintages(here.db, indicator, here.as_of, asked)
    return [_known_vintage_row(each) for each in found]


def _known_vintage_row(each: KnownVintage) -> KnownVintageRow:
    start, end, published_to = each.known_from, each.known_to, each.published_to
    return {
        "known_from": instant(start.moment),
        "known_to": None if end is None else instant(end.moment),
        "published_from": instant(each.published_from),
        "published_to": None if published_to is None else instant(published_to),
        **figure_of(each.figure),
        "from_position": start.position,
        "to_position": None if end is None else end.position,
        "cause": cause_answer(each.cause),
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
