"""What a report says, as rows: one for each claim and each span of publication times.

A row stands for a claim from `pub_from` up to `pub_to`, the upper end exclusive: in the words of the
version then in force, or in its last words where that version left it out, with those who dispute it
by then. `lane` groups rows by how they can matter to an estimate; `version` is the stream version of
the event by which the row begins.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from functools import lru_cache, partial
from typing import Any, NamedTuple

from domain.estimates.claims import (
    Standing,
    cell_of,
    cut_off_by,
    in_headline,
    is_prospective,
    is_weak,
)
from domain.period import Period, parse_period
from domain.streams.report_state import (
    ClaimSpan,
    Filed,
    claim_numbers,
    claim_spans,
    disputes_at,
    links,
    stated,
    written_on,
)
from domain.streams.versions import Version
from domain.times import to_micros, upper_micros
from domain.vocabulary import Basis, Measure, Quantity, claim_id
from projections.tables.projection import FOREVER

ORIGIN, WEAK, RELAY, NO_FIGURE, BY_US, OUT = "o", "w", "r", "n", "u", "x"
"""Lanes: an origin; a relay without a link; a linked relay; active without a figure; withdrawn by
us, so that relays may stand in; out for another reason."""

ACTIVE = (ORIGIN, WEAK, RELAY)
WHOLE = NO_INCIDENT = ""
"""The cohort, and the incident, of a claim that has none."""
OBSERVED, PROSPECTIVE = 1, 2
"""Kinds of claims that may be a headline, in the column `headline`; 0 is none."""
NO_FIRST, NO_LAST = 0, 4_000_000
"""Days that stand for open ends of a cell, beyond every real one."""


class ClaimRow(NamedTuple):
    """A row of the table `claims`, without the positions between which it stands."""

    claim: str
    report: str
    n: int
    position: int
    pub_from: int
    pub_to: int
    lane: str
    standing: str
    indicator: str
    cohort: str
    incident: str
    originator: str
    spokesperson: str | None
    basis: str
    status: str
    period: str
    first: int
    last: int
    headline: int
    prospective: int
    valid: int
    cutoff: int
    stated: int
    stated_on: int
    published: int
    low: float | None
    best: float | None
    high: float | None
    qualifier: str | None
    asserts: int | None
    likelihood: str | None
    credibility: int | None
    links: str
    rests_on: str
    disputed_by: str
    quote: str
    version: int


COLUMNS = ClaimRow._fields
_POSITION, _INDICATOR, _PERIOD, _FIRST, _PROSPECTIVE = map(
    COLUMNS.index, ("position", "indicator", "period", "first", "prospective")
)
_micros = lru_cache(maxsize=64)(to_micros)  # the claims of a report share their times

TABLE = """
CREATE TABLE claims (
    since INTEGER NOT NULL, until INTEGER NOT NULL,
    claim TEXT NOT NULL, report TEXT NOT NULL, n INTEGER NOT NULL, position INTEGER NOT NULL,
    pub_from INTEGER NOT NULL, pub_to INTEGER NOT NULL,
    lane TEXT NOT NULL, standing TEXT NOT NULL,
    indicator TEXT NOT NULL, cohort TEXT NOT NULL, incident TEXT NOT NULL,
    originator TEXT NOT NULL, spokesperson TEXT,
    basis TEXT NOT NULL, status TEXT NOT NULL, period TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, headline INTEGER NOT NULL,
    prospective INTEGER NOT NULL, valid INTEGER NOT NULL,
    cutoff INTEGER NOT NULL, stated INTEGER NOT NULL, stated_on INTEGER NOT NULL,
    published INTEGER NOT NULL,
    low REAL, best REAL, high REAL, qualifier TEXT, asserts INTEGER, likelihood TEXT,
    credibility INTEGER, links TEXT NOT NULL, rests_on TEXT NOT NULL,
    disputed_by TEXT NOT NULL, quote TEXT NOT NULL, version INTEGER NOT NULL
);
CREATE INDEX claims_by_report ON claims (report, until);
"""


class Measured(NamedTuple):
    """What an indicator measures, and the day from which a total counts."""

    measure: Measure
    since: date | None


MeasureOf = Callable[[str], Measured]
"""What an indicator measures."""


def claim_rows(report: Filed, filed_at: int, measure_of: MeasureOf) -> Iterator[ClaimRow]:
    """All rows of a report in its present state; `filed_at` is the position of its filing."""
    return (placed(row, filed_at, measure_of) for row in unplaced_rows(report))


def placed(row: tuple[Any, ...], filed_at: int, measure_of: MeasureOf) -> ClaimRow:
    """A row in its place: the position of its report's filing, and the cell by what is measured."""
    measured = measure_of(row[_INDICATOR])
    cell = _place(measured, row[_PERIOD], bool(row[_PROSPECTIVE]))
    before, between, after = row[:_POSITION], row[_POSITION + 1 : _FIRST], row[_PROSPECTIVE:]
    return _of_values((*before, filed_at, *between, *cell, *after))


def unplaced_rows(report: Filed) -> Iterator[ClaimRow]:
    """All rows of a report in its present state, with zeros for what depends on anything else."""
    published_as = _published_as(report)
    disputed = {dispute.disputed.n for dispute in report.disputes}
    framed: ClaimSpan | None = None
    for n, span in claim_spans(report, sorted(claim_numbers(report))):
        if span is not framed:  # claims share it
            framed, frame = span, _frame(span, published_as)
        row = _row(report, n, frame)
        if n in disputed:
            yield from _cut_by_disputes(report, span, row)
        else:
            yield row


def _cut_by_disputes(report: Filed, span: ClaimSpan, row: ClaimRow) -> Iterator[ClaimRow]:
    """A row cut at the times at which its claim was disputed, each piece with all disputes by then."""
    begun_by = {span.since: row.version}
    for dispute in report.disputes:
        since = dispute.disputed.published_at
        if dispute.disputed.n == row.n and since is not None and _within(since, span):
            begun_by[since] = dispute.number
    cuts = sorted(begun_by)
    for since, until in zip(cuts, [*cuts[1:], span.until], strict=True):
        by = {dispute.by for dispute in disputes_at(report, row.n, since)}
        yield row._replace(
            pub_from=_micros(since),
            pub_to=_upper_end(until),
            disputed_by=json.dumps(sorted(by)) if by else "",
            version=begun_by[since],
        )


def _within(moment: datetime, span: ClaimSpan) -> bool:
    return span.since < moment and (span.until is None or moment < span.until)


def _upper_end(until: datetime | None) -> int:
    return FOREVER if until is None else _micros(until)


def _published_as(report: Filed) -> dict[int, int]:
    """For each version, the one that its publisher published: a record correction publishes nothing."""
    published: dict[int, int] = {}
    for version in report.versions:
        mistyped = version.replaces or version.number
        published[version.number] = published.get(mistyped, version.number)
    return published


_NO_QUANTITY = Quantity.model_construct(low=None, best=None, high=None, qualifier=None)


class _Frame(NamedTuple):
    """What the rows of all claims over a span of publication times share."""

    words: Version
    since: int
    until: int
    standing: Standing
    published: int
    version: int


def _frame(span: ClaimSpan, published_as: dict[int, int]) -> _Frame:
    return _Frame(
        span.words,
        _micros(span.since),
        _upper_end(span.until),
        span.standing,
        _micros(span.words.published_at),
        published_as[span.version.number],
    )


def _row(report: Filed, n: int, frame: _Frame) -> ClaimRow:
    """The row of a claim over a span of publication times, without disputes and unplaced."""
    words, since, until, standing, published, version = frame
    claim, id = words.claims[n], report.id
    said = _said(*stated(claim, words.provenance))
    period = parse_period(claim.period) if claim.period else said.on
    prospective = is_prospective(claim.status, period, said.day)
    upper = _upper(period.text)
    parents, grade = links(report, words, n), report.grades.get(n)
    credibility = grade.credibility if grade else None
    quantity, stance = claim.quantity or _NO_QUANTITY, claim.stance
    # Made of a tuple: a call with so many arguments takes three times as long.
    return _of_values(
        (
            claim_id(id, n),
            id,
            n,
            0,
            since,
            until,
            _lane(standing, claim.basis, claim.quantity, bool(parents), credibility),
            standing,
            claim.indicator,
            claim.cohort or WHOLE,
            claim.incident or NO_INCIDENT,
            claim.originator,
            claim.spokesperson,
            claim.basis,
            claim.status,
            period.text,
            *(0, 0, 0),
            int(prospective),
            _valid_until(upper, said, prospective),
            cut_off_by(upper, said.at),
            said.at,
            said.day.toordinal(),
            published,
            quantity.low,
            quantity.best,
            quantity.high,
            quantity.qualifier,
            int(stance.asserts) if stance else None,
            stance.likelihood if stance else None,
            credibility,
            json.dumps(sorted(parents)) if parents else "",
            json.dumps(sorted(claim.rests_on)) if claim.rests_on else "",
            "",  # disputed by nobody
            claim.quote.exact if claim.quote else "",
            version,
        )
    )


_of_values: Callable[[tuple[object, ...]], ClaimRow] = partial(tuple.__new__, ClaimRow)
"""A row of the values of its columns, in their order."""


class _Said(NamedTuple):
    """When something was said: its day as it was written, and the moment up to which it counts by that.

    Moments in microseconds.
    """

    at: int
    on: Period
    day: date
    by_day: int


@lru_cache(maxsize=64)  # the claims of a report share their times
def _said(moment: datetime, written: str | None) -> _Said:
    on = written_on(moment, written)
    assert on.last is not None
    at = by_day = to_micros(moment)
    if on.last != moment.date():
        by_day = to_micros(datetime.combine(on.last, time.max, UTC))
    return _Said(at, on, on.last, by_day)


@lru_cache(maxsize=8_192)
def _upper(period: str) -> int | None:
    return upper_micros(parse_period(period))


def place(measured: Measured, period: str, prospective: bool) -> tuple[int, int, int]:
    """First and last day of the cell that a period is, and which kind of headline it may be."""
    cell = first, last = cell_of(measured.measure, parse_period(period), measured.since)
    may_be = in_headline(measured.measure, cell, prospective)
    kind = (PROSPECTIVE if prospective else OBSERVED) if may_be else 0
    return NO_FIRST if first is None else first, NO_LAST if last is None else last, kind


_place = lru_cache(maxsize=8_192)(place)


def _valid_until(upper: int | None, said: _Said, prospective: bool) -> int:
    """The moment from which a claim counts on the axis of valid time, by the day as it was written."""
    if prospective:
        return FOREVER if upper is None else upper
    return cut_off_by(upper, said.by_day)


def _lane(
    standing: Standing, basis: Basis, quantity: Quantity | None, linked: bool, credibility: int | None
) -> str:
    if standing != "active":
        return BY_US if standing == "withdrawn-by-us" else OUT
    if quantity is not None and not quantity.has_figure and quantity.qualifier != "unknown":
        return NO_FIGURE
    if linked:
        return RELAY
    return WEAK if is_weak(basis, linked, credibility) else ORIGIN
