"""The headline of a sum as it could be known by a publication time, from one that is kept.

The sum that is kept for a position which knew about the same claims differs from it by few: those
recorded late, and those changed since. Only the cells around these are summed again.
"""

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from itertools import chain, islice
from typing import NamedTuple

from domain.estimates.cells import between, merged
from domain.estimates.flags import Flag, overlap
from domain.estimates.origins import resolve
from domain.events import (
    Definition,
    IndicatorDefined,
    IndicatorRevised,
    SourceGraded,
    SourceRegistered,
)
from domain.stream_names import report_stream
from domain.vocabulary import MARKINGS, Marking
from projections.answers.as_of import AsOf
from projections.answers.claims import look_up, parameters
from projections.answers.counts import counts
from projections.answers.kept_sums import (
    MOST_FLAGS,
    MOST_LISTED,
    KeptSum,
    flag_counts,
    kept_estimate,
    spans_of,
)
from projections.answers.published_tally import positions_apart
from projections.answers.stood_addends import Order, StoodAddends, order_of
from projections.sums.addends import addend_rows, cell_row, published_claims, said_in
from projections.sums.counts import Counted, with_counts
from projections.sums.extremes import Extremes, stored_then
from projections.sums.families import grouped, key_of
from projections.sums.places import places_around
from projections.sums.running import LARGEST
from projections.sums.stored import Days
from projections.sums.totals import asked_of, changed_total, judged_kept
from projections.sums.writing import Change
from projections.tables.claim_rows import RELAY
from projections.tables.claim_writes import tally_at
from projections.tables.claims import descendants
from projections.tables.projection import FOREVER
from projections.tables.redactions import any_redacted
from projections.tables.registry import indicator_at
from projections.tables.sums import DAYS, USED, AddendRow, TotalRow, is_followed, list_at, total_at

_STANDS = "c.since <= :position AND c.until > :position AND c.pub_from <= :by AND c.pub_to > :by"
_PREFIX = len(report_stream("")) + 1
"""Where the id of a report begins in the name of its stream."""
_STOOD = f"c.since <= :base AND c.until > :base AND c.pub_to = {FOREVER}"
_DIFFERENT = (
    f"SELECT iif({_STANDS}, 1, -1), c.cohort, c.incident, c.first, c.last, c.lane, c.prospective, "
    "c.links, c.rests_on, c.claim FROM (SELECT DISTINCT j.stream FROM json_each(:events) e "
    "CROSS JOIN main.journal j ON j.position = e.value) r CROSS JOIN main.claims c "
    "INDEXED BY claims_by_report ON c.report = substr(r.stream, :prefix) "
    f"WHERE c.indicator = :indicator AND ({_STANDS}) <> ({_STOOD})"
)
"""The claims in reports of some events that stand at the times asked or stood before, and not both."""
_LAST_BREAK = (
    "SELECT max(t.position) FROM main.journal j INDEXED BY journal_by_type CROSS JOIN touches t "
    "ON t.indicator = :indicator AND t.position = j.position "
    "WHERE j.type IN (SELECT value FROM json_each(:types)) "
    "AND j.position > :base AND j.position <= :position"
)
_BREAKING = json.dumps(
    [each.TYPE for each in (SourceGraded, SourceRegistered, IndicatorDefined, IndicatorRevised)]
)
"""Events that may change what claims of other events come to."""


def published_sum(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, *, every_flag: bool = True
) -> KeptSum | None:
    """The headline of a sum at a position and a publication time; None where it must be computed."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None or row.definition.measure != "increment":
        return None
    if not is_followed(db, indicator, as_of.position) or any_redacted(db, indicator, as_of.position):
        return None
    counted = counts(db, asked_of(row.definition), [indicator], as_of)
    base = _base(db, indicator, as_of, counted[0])
    before = total_at(db, indicator, base)
    if before is None or before.wide or before.standing_in or before.by_us:
        return None
    difference = _Difference(db, indicator, as_of, base, row.definition, before)
    return difference.sum(counted, every_flag=every_flag)


def _base(db: sqlite3.Connection, indicator: str, as_of: AsOf, claims: int) -> int:
    """A position whose sum differs little, after the last event that may change all cells.

    It is the first that knew as many claims: they are about the same, since most claims are recorded in
    the order in which they are published, be it at once or years later.
    """
    positions = range(as_of.position)
    base = bisect_left(positions, claims, key=lambda each: tally_at(db, indicator, None, each)[0])
    given = {"indicator": indicator, "types": _BREAKING, "base": base, "position": as_of.position}
    (last,) = db.execute(_LAST_BREAK, given).fetchone()
    return last or base


class _Covered(NamedTuple):
    """The first spans of covered days, the number of all, and which are others than those kept."""

    first: Sequence[Days]
    number: int
    ended: Collection[Days] = ()
    begun: Collection[Days] = ()


class _Difference:
    """What tells a sum at the times asked from the one that is kept for a position."""

    def __init__(
        self,
        db: sqlite3.Connection,
        indicator: str,
        as_of: AsOf,
        base: int,
        definition: Definition,
        before: TotalRow,
    ) -> None:
        self._db, self._indicator, self._as_of = db, indicator, as_of
        self._definition, self._base, self._before = definition, base, before
        self._stood = StoodAddends(db, indicator, base)
        events = json.dumps(sorted(positions_apart(db, indicator, base, as_of)))
        given = parameters(as_of, indicator=indicator, base=base, events=events, prefix=_PREFIX)
        rows = db.execute(_DIFFERENT, given).fetchall()
        self._claims = [row[-1] for row in rows]
        self._changed = [Counted._make(row[:-1]) for row in rows]
        self._formed_days: list[Days] = []

    def sum(self, counted: tuple[int, int], *, every_flag: bool) -> KeptSum | None:
        """The sum at the times asked; None where it must be computed."""
        total = with_counts(self._before, self._changed)
        if total.by_us or not judged_kept(self._definition, total).kept or self._relays_stand_in():
            return None
        change = self._addends()
        if change is None:
            return None
        return self._summed(total, change, counted, every_flag=every_flag)

    def _relays_stand_in(self) -> bool:
        """Whether a relay may stand in for a claim that is not published yet."""
        relays = [
            claim
            for claim, row in zip(self._claims, self._changed, strict=True)
            if row.lane == RELAY and row.sign > 0
        ]
        names = sorted({*relays, *descendants(self._db, self._claims)})
        if not names:
            return False
        find = look_up(self._db, self._as_of)
        found = [claim for name in names if (claim := find(name))]
        here = [c for c in found if c.links and c.indicator == self._indicator]
        return bool(resolve([c for c in here if c.standing == "active"], find).origins)

    def _addends(self) -> Change | None:
        """The addends around what is different, as they were and as they are; None of too many."""
        dirty = [row for row in self._changed if row.adds]
        if not dirty:
            return Change([], [])
        keys = {key_of(row.cohort, row.incident, row.first, row.last) for row in dirty}
        around = places_around(self._db, self._indicator, keys, {(r.first, r.last) for r in dirty})
        if around is None:
            return None
        question = asked_of(self._definition)
        said = published_claims(self._db, self._indicator, around, self._as_of)
        groups = grouped(cell_row(question, key, claims) for key, claims in said.items())
        if any(len(group) > LARGEST for group in groups):
            return None
        now = {row for group in groups for row in addend_rows(question, said_in(group, said))}
        self._formed_days = _periods(now)
        was = set(self._stood.of_cells(around))
        return Change(sorted(was - now, key=order_of), sorted(now - was, key=order_of))

    def _summed(
        self, total: TotalRow, change: Change, counted: tuple[int, int], *, every_flag: bool
    ) -> KeptSum:
        removed = {order_of(addend) for addend in change.ended}
        covered = self._covered(change)
        stored = stored_then(self._db, self._indicator, self._base, self._before)
        total = changed_total(
            total,
            change,
            voices=total.voices + self._more_voices(change, removed),
            spans=covered.number,
            **Extremes(stored, self._before).follow(change, covered.ended, covered.begun),
        )
        used = self._used(change, removed)
        leads = total.addends == total.led == 1
        leading = look_up(self._db, self._as_of)(used[0]) if leads else None
        flags = self._flags(total, change, removed, every=every_flag)
        return KeptSum(
            self._definition,
            kept_estimate(total, leading, flags, covered.first),
            counted,
            tuple(used),
            total.used,
            total.spans,
            None if total.covers is None else date.fromordinal(total.covers).isoformat(),
            self._marking(change, removed),
            flag_counts(total),
        )

    def _more_voices(self, change: Change, removed: Collection[Order]) -> int:
        """By how many the voices have grown; of most of them other addends stand."""
        begun, ended = (
            {voice for addend in each for voice in json.loads(addend.voices)}
            for each in (change.begun, change.ended)
        )
        come, gone = (
            sum(not self._stood.any_by(voice, removed) for voice in each)
            for each in (begun - ended, ended - begun)
        )
        return come - gone

    def _covered(self, change: Change) -> "_Covered":
        """The spans of covered days: as they were, but for the days of addends that came or went."""
        gone, come = (set(_periods(each)) for each in (change.ended, change.begun))
        if gone == come:
            return _Covered(self._first_spans((), ()), self._before.spans)
        # Whatever shares a day with what came or went was formed again; what adjoins it is one with it.
        changed = gone ^ come
        again = merged((first - 1, last + 1) for first, last in (*changed, *self._formed_days))
        was = {span for days in again for span in self._stood.spans_at((int(days[0]), int(days[1])))}
        left = [part for span in was for part in between(changed, span)]
        now = {(int(first), int(last)) for first, last in merged([*left, *self._formed_days])}
        ended, begun = was - now, now - was
        number = self._before.spans - len(ended) + len(begun)
        return _Covered(self._first_spans(ended, begun), number, ended, begun)

    def _first_spans(self, ended: Collection[Days], begun: Collection[Days]) -> Sequence[Days]:
        """The first spans of covered days after some ended and others began, one more than listed."""
        text, upto = list_at(self._db, self._indicator, DAYS, self._base) or ("", "")
        kept, some = spans_of(json.loads(text)) if text else [], bool(upto)
        if some and not {*kept}.isdisjoint(ended):
            more = self._stood.spans_after(kept[-1][0], len(ended))
            kept, some = kept + more, len(more) == len(ended)
        known = [span for span in begun if not some or span < kept[-1]]
        return sorted([*(span for span in kept if span not in ended), *known])[: MOST_LISTED + 1]

    def _used(self, change: Change, removed: Collection[Order]) -> list[str]:
        """The first claims used."""
        text, upto = list_at(self._db, self._indicator, USED, self._base) or ("", "")
        changed = [*removed, *map(order_of, change.begun)]
        if upto and (not changed or min(changed) > tuple(json.loads(upto))):
            kept: list[str] = json.loads(text)
            return kept
        found = list[str]()
        for some in self._stood.texts("used", removed, change.begun):
            found += json.loads(some)
            if len(found) >= MOST_LISTED:
                break
        return found[:MOST_LISTED]

    def _flags(
        self, total: TotalRow, change: Change, removed: Collection[Order], *, every: bool
    ) -> list[Flag]:
        """The flags of addends, all or the first of them, and that some addends overlap."""
        if not total.noted:
            return []
        given = chain.from_iterable(map(json.loads, self._stood.texts("flags", removed, change.begun)))
        some = given if every else islice(given, MOST_FLAGS)
        found = [Flag(code, detail, tuple(claims)) for code, detail, claims in some]
        if total.clashing:
            clashes = map(json.loads, self._stood.texts("clash", removed, change.begun))
            found.append(overlap(chain.from_iterable(clashes)))
        return found

    def _marking(self, change: Change, removed: Collection[Order]) -> Marking:
        """The most restrictive marking among the claims used."""
        levels = self._stood.highest_level(removed), *(addend.level for addend in change.begun)
        return MARKINGS[max(levels)]


def _periods(addends: Iterable[AddendRow]) -> list[Days]:
    """The days of those addends that are no incidents."""
    return [(addend.first, -addend.back) for addend in addends if not addend.incident]
