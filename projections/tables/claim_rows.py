"""What a report says, as rows: one for each claim and each span of publication times.

A row stands for a claim from `pub_from` up to `pub_to`, the upper end exclusive: in the words of the
version then in force, or in its last words where that version left it out, with those who dispute it
by then. `lane` groups rows by how they can matter to an estimate; `version` is the stream version of
the event by which the row begins.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import NamedTuple

from domain.estimates.claims import (
    Standing,
    cell_of,
    cut_off,
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
    stated_at,
    stated_on,
    valid_period,
)
from domain.times import to_micros, upper_micros
from domain.vocabulary import Measure, NumberedStatement, Quantity, claim_id
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
_micros = lru_cache(maxsize=4_096)(to_micros)  # the claims of a report share their times

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
    published_as = _published_as(report)
    disputed = {dispute.disputed.n for dispute in report.disputes}
    for n, span in claim_spans(report, sorted(claim_numbers(report))):
        row = _row(report, n, span, filed_at, published_as[span.version.number], measure_of)
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


def _row(
    report: Filed, n: int, span: ClaimSpan, filed_at: int, version: int, measure_of: MeasureOf
) -> ClaimRow:
    """The row of a claim over a span of publication times, without disputes."""
    claim, provenance = span.words.claims[n], span.words.provenance
    stated, period = stated_at(claim, provenance), valid_period(claim, provenance)
    said_on = stated_on(claim, provenance).last
    assert said_on is not None
    prospective = is_prospective(claim.status, period, said_on)
    first, last, headline = place(measure_of(claim.indicator), period.text, prospective)
    parents, grade = sorted(links(report, span.words, n)), report.grades.get(n)
    credibility = grade.credibility if grade else None
    quantity, stance = claim.quantity or _NO_QUANTITY, claim.stance
    # By place, not by name: a call with so many names takes three times as long.
    return ClaimRow(
        claim_id(report.id, n),
        report.id,
        n,
        filed_at,
        _micros(span.since),
        _upper_end(span.until),
        _lane(span.standing, claim, bool(parents), credibility),
        span.standing,
        claim.indicator,
        claim.cohort or WHOLE,
        claim.incident or NO_INCIDENT,
        claim.originator,
        claim.spokesperson,
        claim.basis,
        claim.status,
        period.text,
        first,
        last,
        headline,
        int(prospective),
        _valid_until(period, stated, said_on, prospective),
        cut_off(period, _micros(stated)),
        _micros(stated),
        said_on.toordinal(),
        _micros(span.words.published_at),
        quantity.low,
        quantity.best,
        quantity.high,
        quantity.qualifier,
        int(stance.asserts) if stance else None,
        stance.likelihood if stance else None,
        credibility,
        json.dumps(parents) if parents else "",
        json.dumps(sorted(claim.rests_on)) if claim.rests_on else "",
        "",  # disputed by nobody
        claim.quote.exact if claim.quote else "",
        version,
    )


@lru_cache(maxsize=8_192)
def place(measured: Measured, period: str, prospective: bool) -> tuple[int, int, int]:
    """First and last day of the cell that a period is, and which kind of headline it may be."""
    cell = first, last = cell_of(measured.measure, parse_period(period), measured.since)
    may_be = in_headline(measured.measure, cell, prospective)
    kind = (PROSPECTIVE if prospective else OBSERVED) if may_be else 0
    return NO_FIRST if first is None else first, NO_LAST if last is None else last, kind


def _valid_until(period: Period, stated: datetime, said_on: date, prospective: bool) -> int:
    """The moment from which a claim counts on the axis of valid time, by the day as it was written."""
    upper = upper_micros(period)
    if prospective:
        return FOREVER if upper is None else upper
    if said_on != stated.date():
        stated = datetime.combine(said_on, time.max, UTC)
    return cut_off(period, _micros(stated))


def _lane(standing: Standing, claim: NumberedStatement, linked: bool, credibility: int | None) -> str:
    if standing == "withdrawn-by-us":
        return BY_US
    if standing != "active":
        return OUT
    quantity = claim.quantity
    if quantity is not None and not quantity.has_figure and quantity.qualifier != "unknown":
        return NO_FIGURE
    if linked:
        return RELAY
    return WEAK if is_weak(claim.basis, linked, credibility) else ORIGIN
