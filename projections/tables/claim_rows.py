"""What a report says, as rows: one for each claim and each span of publication times.

A row stands for a claim from `pub_from` up to `pub_to`, the upper end exclusive: in the words of the
version then in force, or in its last words where that version left it out, with those who dispute it
by then. `lane` says at once how it may matter; `version` leads to the event by which the row begins.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from domain.estimates.claims import cell_of, cut_off, in_headline
from domain.period import parse_period
from domain.streams.report_state import (
    Filed,
    Version,
    claim_numbers,
    links,
    stated_at,
    timeline,
    valid_period,
)
from domain.times import to_micros
from domain.vocabulary import Measure, NumberedStatement, claim_id
from projections.tables.projection import FOREVER

ORIGIN, WEAK, RELAY, NO_FIGURE, BY_US, OUT = "o", "w", "r", "n", "u", "x"
"""Lanes: an origin; a relay without a link; a linked relay; active without a figure; withdrawn by
us, so that relays may stand in; out for another reason."""

ACTIVE = (ORIGIN, WEAK, RELAY)
WHOLE = ""
"""The cohort of a claim that has none."""
NO_FIRST, NO_LAST = 0, 4_000_000
"""Days that stand for open ends of a cell, beyond every real one."""

COLUMNS = [
    "claim",
    "report",
    "n",
    "position",
    "pub_from",
    "pub_to",
    "lane",
    "standing",
    "indicator",
    "cohort",
    "originator",
    "spokesperson",
    "basis",
    "status",
    "period",
    "first",
    "last",
    "headline",
    "cutoff",
    "stated",
    "published",
    "low",
    "best",
    "high",
    "qualifier",
    "asserts",
    "likelihood",
    "credibility",
    "links",
    "disputed_by",
    "version",
]

Row = tuple[object, ...]
"""Values in the order of `COLUMNS`."""

MeasureOf = Callable[[str], Measure]
"""What an indicator measures."""


def rows_of(report: Filed, born: int, held: bool, measure_of: MeasureOf) -> Iterator[Row]:
    """All rows of a report as it now stands: filed at position `born`, under check or not."""
    spans, said_from, published_as = list(timeline(report)), _said_from(report), _published_as(report)
    for n in sorted(claim_numbers(report)):
        named = (claim_id(report.id, n), report.id, n, born)
        for start, end, version in spans:
            words = version if n in version.claims else _last_said(report, n, version, start, said_from)
            if words is not None:  # else it is a claim of a later version, not published yet
                said = _row(report, n, words, _standing(version, n, held), measure_of)
                for piece in _disputed(report, n, start, end, published_as[version.number]):
                    since, until, disputed_by, number = piece
                    yield (*named, since, until, *said, disputed_by, number)


def _last_said(
    report: Filed, n: int, version: Version, start: datetime, said_from: Mapping[int, datetime]
) -> Version | None:
    """The version that last had claim n, of a report whose version left it out from `start` on."""
    saying = [v for v in report.versions if n in v.claims]
    said = [v for v in saying if version.withdrawn or said_from[v.number] <= start]
    return max(said, key=lambda v: (said_from[v.number], v.number), default=None)


def _disputed(
    report: Filed, n: int, start: datetime, end: datetime | None, number: int
) -> Iterator[tuple[int, int, str, int]]:
    """A span cut where claim n was disputed: from, to, by whom by then, the event that began it."""
    disputes = [dispute for dispute in report.disputes if dispute.disputed.n == n]
    if not disputes:
        yield to_micros(start), _ending(end), "", number
        return
    begun = {start: number}
    for dispute in disputes:
        since = dispute.disputed.published_at
        if since is not None and start < since and (end is None or since < end):
            begun[since] = dispute.number
    cuts = sorted(begun)
    for since, until in zip(cuts, [*cuts[1:], end], strict=True):
        said = [d.disputed for d in disputes]
        by = {each.by for each in said if each.published_at is None or each.published_at <= since}
        yield to_micros(since), _ending(until), json.dumps(sorted(by)) if by else "", begun[since]


def _ending(until: datetime | None) -> int:
    return FOREVER if until is None else to_micros(until)


def _said_from(report: Filed) -> dict[int, datetime]:
    """When each version was said; one that we mistyped, when what replaced it was."""
    said: dict[int, datetime] = {}
    for version in reversed(report.versions):
        since = said.setdefault(version.number, version.force_from)
        if version.replaces is not None:
            said[version.replaces] = since
    return said


def _published_as(report: Filed) -> dict[int, int]:
    """The version as which its publisher published each: what we mended since, nobody ever read."""
    published: dict[int, int] = {}
    for version in report.versions:
        mistyped = version.replaces or version.number
        published[version.number] = published.get(mistyped, version.number)
    return published


def _row(report: Filed, n: int, words: Version, standing: str, measure_of: MeasureOf) -> Row:
    """What a row says of claim n in the words of a version, from its lane to its links."""
    claim, provenance = words.claims[n], words.provenance
    stated, period = stated_at(claim, provenance), valid_period(claim, provenance)
    parents = sorted(links(report, words, n))
    quantity, stance, grade = claim.quantity, claim.stance, report.grades.get(n)
    return (
        _lane(standing, claim, bool(parents)),
        standing,
        claim.indicator,
        claim.cohort or WHOLE,
        claim.originator,
        claim.spokesperson,
        claim.basis,
        claim.status,
        period.text,
        *_place(measure_of(claim.indicator), period.text),
        cut_off(period, stated),
        to_micros(stated),
        to_micros(words.published_at),
        *((quantity.low, quantity.best, quantity.high, quantity.qualifier) if quantity else _NOTHING),
        *((int(stance.asserts), stance.likelihood) if stance else _NO_STANCE),
        grade.credibility if grade else None,
        json.dumps(parents) if parents else "",
    )


_NOTHING, _NO_STANCE = (None,) * 4, (None,) * 2


@lru_cache(maxsize=8_192)
def _place(measure: Measure, period: str) -> tuple[int, int, int]:
    """First and last day of the cell that a period is, and whether it may be a headline."""
    cell = first, last = cell_of(measure, parse_period(period))
    headline = int(in_headline(measure, cell))
    return NO_FIRST if first is None else first, NO_LAST if last is None else last, headline


def _standing(version: Version, n: int, held: bool) -> str:
    if version.withdrawn == "publisher":
        return "withdrawn"
    if n not in version.claims:
        return "corrected"
    if version.withdrawn:
        return "withdrawn-by-us"
    return "held" if held else "active"


def _lane(standing: str, claim: NumberedStatement, linked: bool) -> str:
    if standing == "withdrawn-by-us":
        return BY_US
    if standing != "active":
        return OUT
    if claim.quantity is not None and not claim.quantity.has_figure:
        return NO_FIGURE
    if linked:
        return RELAY
    return WEAK if claim.basis == "relay" else ORIGIN
