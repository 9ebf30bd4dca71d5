"""The claims that stand for each originator, at moments that move forward along one axis.

Asked for one moment, an index finds them; asked for every moment of a history, each search would pass
over all that comes later. A sweep reads the claims once, in the order in which they begin to stand.
"""

import sqlite3
from bisect import insort
from collections import defaultdict
from heapq import heappop, heappush
from typing import NamedTuple

from domain.estimates.claims import Claim
from domain.estimates.estimate import Question
from projections.answers.as_of import AsOf
from projections.answers.candidates import Candidates
from projections.answers.claims import FIELDS, claim_of, parameters, where
from projections.answers.moments import Axis
from projections.tables.claim_rows import OBSERVED, ORIGIN, RELAY, WEAK, WHOLE
from projections.tables.registry import Voices, sources_of, voices_at

_Order = tuple[int, int, int, int, int, int]
"""How claims of an originator are ordered: cut-off, statement, publication, position, number, row."""


class _Entry(NamedTuple):
    """A row of the table of claims, and from when until when it stands along the axis."""

    enters: int
    leaves: int
    place: tuple[str, str]
    order: _Order


ALONG = {
    "record": ("c.since", "c.until", "c.pub_from <= :by AND c.pub_to > :by AND c.since <= :position"),
    "publication": (
        "c.pub_from",
        "c.pub_to",
        "c.since <= :position AND c.until > :position AND c.pub_from <= :by",
    ),
}
"""By axis: where a row begins and ends to stand, and the condition on the other axis."""
_ROWS = (
    "SELECT {enters}, {leaves}, c.lane, c.originator, c.cutoff, c.stated, c.published, c.position, "
    "c.n, c.rowid FROM claims c WHERE c.indicator = :indicator AND c.cohort = :cohort "
    f"AND ((c.lane IN ('{ORIGIN}', '{WEAK}') AND c.headline = {OBSERVED}) OR c.lane = '{RELAY}') "
    "AND {where} ORDER BY {enters}"
)


class Sweep(Candidates):
    """Candidates for a headline of one indicator, at one moment after another."""

    def __init__(self, db: sqlite3.Connection, indicator: str, last: AsOf, axis: Axis) -> None:
        super().__init__(db, indicator)
        self._axis, self._last = axis, last
        self._entries = list[_Entry]()
        self._next = 0
        self._leaving = list[tuple[int, tuple[str, str], _Order]]()
        self._standing = defaultdict[tuple[str, str], list[_Order]](list)
        self._claims = dict[int, Claim]()
        self._cohort: str | None = None

    def tops(self, question: Question, as_of: AsOf, lane: str) -> list[Claim]:
        """The observed claim that stands for each originator."""
        self._advance(question.cohort or WHOLE, as_of)
        voices = voices_at(self.db, as_of.position)
        asked = question.originator
        wanted = None if asked is None else set(sources_of(asked, voices))
        found = sorted(
            (originator, orders[-1][-1])
            for (there, originator), orders in self._standing.items()
            if there == lane and orders and (wanted is None or originator in wanted)
        )
        return [self._claim(row, as_of, voices) for _, row in found]

    def stand_ins(self, question: Question, as_of: AsOf) -> list[Claim]:
        """Relays whose root may be absent; none are looked for where no relay stands."""
        self._advance(question.cohort or WHOLE, as_of)
        if not any(orders for (lane, _), orders in self._standing.items() if lane == RELAY):
            return []
        return super().stand_ins(question, as_of)

    def forget(self) -> None:
        """Read claims again, because an event may have changed sources: grades and voices."""
        self._claims.clear()

    def _claim(self, row: int, as_of: AsOf, voices: Voices) -> Claim:
        found = self._claims.get(row)
        if found is None:
            query = f"SELECT {FIELDS} FROM claims c WHERE c.rowid = :row"
            given = parameters(as_of, row=row)
            found = self._claims[row] = claim_of(
                self.db, self.db.execute(query, given).fetchone(), voices
            )
        return found

    def _advance(self, cohort: str, as_of: AsOf) -> None:
        if cohort != self._cohort:
            self._begin(cohort)
        moment = as_of.position if self._axis == "record" else as_of.by
        while self._next < len(self._entries) and self._entries[self._next].enters <= moment:
            entry = self._entries[self._next]
            self._next += 1
            if entry.leaves > moment:
                insort(self._standing[entry.place], entry.order)
                heappush(self._leaving, (entry.leaves, entry.place, entry.order))
        while self._leaving and self._leaving[0][0] <= moment:
            _, place, order = heappop(self._leaving)
            self._standing[place].remove(order)

    def _begin(self, cohort: str) -> None:
        enters, leaves, other = ALONG[self._axis]
        condition = where(self._last, f"{other} AND c.valid <= :until")
        query = _ROWS.format(enters=enters, leaves=leaves, where=condition)
        given = parameters(self._last, indicator=self.indicator, cohort=cohort)
        self._entries = [
            _Entry(begins, ends, (lane, originator), tuple(order))
            for begins, ends, lane, originator, *order in self.db.execute(query, given)
        ]
        self._cohort, self._next = cohort, 0
        self._leaving.clear()
        self._standing.clear()


class Sweeps:
    """Sweeps over the indicators of one history: the one asked about, and its parts."""

    def __init__(self, db: sqlite3.Connection, last: AsOf, axis: Axis) -> None:
        self._db, self._last, self._axis = db, last, axis
        self._made = dict[str, Sweep]()

    def __call__(self, indicator: str) -> Sweep:
        """The sweep over an indicator."""
        if indicator not in self._made:
            self._made[indicator] = Sweep(self._db, indicator, self._last, self._axis)
        return self._made[indicator]

    def forget(self) -> None:
        """Read claims again, because an event may have changed sources."""
        for each in self._made.values():
            each.forget()
