"""The claims that can matter to a figure, at moments that move along one axis or both.

Asked for one moment, an index finds them; asked for every moment of a history, each search would pass
over all that comes later. A sweep reads the claims once, and takes each in when it begins to stand.
"""

import sqlite3
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from domain.estimates.claims import Cell, Claim, LookUp
from domain.estimates.estimate import Estimate, Question
from domain.estimates.estimation import standing_claims
from domain.estimates.policies import DEFAULT_POLICY
from projections.answers.as_of import AsOf
from projections.answers.candidates import Candidates
from projections.answers.claims import ACTIVE_LANES, FIELDS, claim_of, in_cell, parameters, where
from projections.answers.moments import CELL_OR_RELAY
from projections.answers.plane import RECTANGLE, STANDING, Along, Plane, Rectangle
from projections.answers.stand_ins import StandIns
from projections.tables.claim_rows import OBSERVED, ORIGIN, PROSPECTIVE, RELAY, WEAK, WHOLE
from projections.tables.registry import Voices, sources_of, voices_at

_Order = tuple[int, ...]
"""How claims of an originator are ordered; the last number is the row."""


class _Place(NamedTuple):
    """Where rows compete: of the claims in one place at most one matters."""

    kind: int
    lane: str
    originator: str


class _Entry(NamedTuple):
    """A row of the table of claims.

    `kind` is 0 for a relay that is about something else than what is asked; `relay` is its claim.
    """

    relay: str | None
    place: _Place
    order: _Order
    published: _Order


_ROWS = (
    f"SELECT {RECTANGLE}, CASE c.lane WHEN '{RELAY}' THEN c.claim END, {{kind}} AS kind, "
    "c.lane, c.originator, c.cutoff, c.stated, c.published, c.position, c.n, c.rowid FROM claims c "
    f"WHERE c.indicator = :indicator AND c.cohort = :cohort AND c.lane IN ({ACTIVE_LANES}) {{place}} "
    f"AND (kind > 0 OR c.lane = '{RELAY}') AND {{where}}"
)
_IN_CELL = (
    "CASE WHEN c.first = :first AND c.last = :last "
    f"THEN CASE c.prospective WHEN 0 THEN {OBSERVED} ELSE {PROSPECTIVE} END ELSE 0 END"
)


class Sweep(Candidates):
    """Candidates for a headline or a cell of one indicator, at one moment after another."""

    def __init__(self, db: sqlite3.Connection, indicator: str, last: AsOf, along: Along) -> None:
        super().__init__(db, indicator)
        self._along, self._last = along, last
        self._claims = dict[int, Claim]()
        self._scope: tuple[str, Cell | None] | None = None
        self._made: tuple[Question, list[Claim], Estimate] | None = None
        self._judged: tuple[Question, list[Claim], Sequence[Claim]] | None = None
        self._firsts = dict[tuple[str, tuple[int, ...]], list[Claim]]()

    def tops(self, question: Question, as_of: AsOf, lane: str) -> list[Claim]:
        """The observed claim that stands for each originator."""
        self._advance(question, as_of)
        return self._first(question, as_of, lane, (OBSERVED,))

    def in_cell(self, question: Question, as_of: AsOf) -> list[Claim]:
        """What each originator said last of the cell asked, observed or not, firm and weak."""
        self._advance(question, as_of)
        kinds = OBSERVED, PROSPECTIVE
        return [claim for lane in (ORIGIN, WEAK) for claim in self._first(question, as_of, lane, kinds)]

    def stand_ins(self, question: Question, as_of: AsOf) -> list[Claim]:
        """The relays that stand in for an absent root."""
        self._advance(question, as_of)
        for claim, sign in self._stand_ins.changes(as_of):
            if sign > 0:
                self._standing_in.add(claim.id)
            else:
                self._standing_in.discard(claim.id)
        voices = voices_at(self.db, as_of.position)
        return [self._claim(self._relays[name], as_of, voices) for name in sorted(self._standing_in)]

    def published_last(self, question: Question, as_of: AsOf) -> list[Claim]:
        """The claim that was published last, observed ones first, relays included."""
        self._advance(question, as_of)
        wanted = self._wanted(question, as_of)
        for kind in (OBSERVED, PROSPECTIVE):
            latest = [
                orders[-1]
                for (there, originator), orders in self._published.items()
                if there == kind and orders and (wanted is None or originator in wanted)
            ]
            if latest:
                voices = voices_at(self.db, as_of.position)
                return [self._claim(max(latest)[-1], as_of, voices)]
        return []

    def estimate(self, question: Question, claims: list[Claim], find: LookUp) -> Estimate:
        """The estimate that these claims make, which the same ones made a moment before as well.

        What derives from others, or rests on them, is judged by these too.
        """
        if any(claim.links or claim.rests_on for claim in claims):
            return super().estimate(question, claims, find)
        if self._made is None or self._made[:2] != (question, claims):
            self._made = question, claims, super().estimate(question, claims, find)
        return replace(self._made[2], flags=[*self._made[2].flags])  # which may be added to

    def standing(self, question: Question, claims: list[Claim], find: LookUp) -> Sequence[Claim]:
        """The claims that any policy judges, which the same ones made a moment before as well."""
        if any(claim.links for claim in claims):
            return standing_claims(question, claims, find)
        asked = replace(question, policy=DEFAULT_POLICY)
        if self._judged is None or self._judged[:2] != (asked, claims):
            self._judged = asked, claims, standing_claims(question, claims, find)
        return self._judged[2]

    def forget(self) -> None:
        """Read claims again, because an event may have changed sources: grades and voices."""
        self._claims.clear()
        self._firsts.clear()

    def _first(self, question: Question, as_of: AsOf, lane: str, kinds: tuple[int, ...]) -> list[Claim]:
        """The claim that comes first of each originator in a lane."""
        if question.originator is not None:
            return self._found_first(question, as_of, lane, kinds)
        if (lane, kinds) not in self._firsts:
            self._firsts[lane, kinds] = self._found_first(question, as_of, lane, kinds)
        return self._firsts[lane, kinds]

    def _found_first(
        self, question: Question, as_of: AsOf, lane: str, kinds: tuple[int, ...]
    ) -> list[Claim]:
        wanted, voices = self._wanted(question, as_of), voices_at(self.db, as_of.position)
        found = sorted(
            (place.originator, orders[-1][-1])
            for place, orders in self._standing.items()
            if orders
            and place.lane == lane
            and place.kind in kinds
            and (wanted is None or place.originator in wanted)
        )
        return [self._claim(row, as_of, voices) for _, row in found]

    def _wanted(self, question: Question, as_of: AsOf) -> set[str] | None:
        """The originators of the voice asked; None where all are."""
        asked = question.originator
        return None if asked is None else {*sources_of(asked, voices_at(self.db, as_of.position))}

    def _claim(self, row: int, as_of: AsOf, voices: Voices) -> Claim:
        found = self._claims.get(row)
        if found is None:
            query = f"SELECT {FIELDS} FROM claims c WHERE c.rowid = :row"
            given = parameters(as_of, row=row)
            found = self._claims[row] = claim_of(
                self.db, self.db.execute(query, given).fetchone(), voices
            )
        return found

    def _advance(self, question: Question, as_of: AsOf) -> None:
        scope = question.cohort or WHOLE, question.cell
        if scope != self._scope:
            self._begin(scope)
        for entry, sign in self._plane.move(as_of):
            if sign < 0:
                self._leave(entry, as_of)
            elif sign > 0:
                self._enter(entry, as_of)

    def _enter(self, entry: _Entry, as_of: AsOf) -> None:
        self._firsts.clear()
        if entry.place.kind:
            insort(self._standing[entry.place], entry.order)
            insort(self._published[entry.place.kind, entry.place.originator], entry.published)
        if entry.relay is not None:
            row = self._relays[entry.relay] = entry.order[-1]
            claim = self._claim(row, as_of, voices_at(self.db, as_of.position))
            self._stand_ins.put(claim, active=True)

    def _leave(self, entry: _Entry, as_of: AsOf) -> None:
        self._firsts.clear()
        if entry.place.kind:
            _discard(self._standing[entry.place], entry.order)
            _discard(self._published[entry.place.kind, entry.place.originator], entry.published)
        if entry.relay is not None:
            row = self._relays.pop(entry.relay)
            claim = self._claim(row, as_of, voices_at(self.db, as_of.position))
            self._stand_ins.put(claim, active=False)
            self._standing_in.discard(entry.relay)

    def _begin(self, scope: tuple[str, Cell | None]) -> None:
        self._scope, entries = scope, list(self._read(*scope))
        self._plane = Plane(entries)
        self._firsts.clear()
        self._standing = defaultdict[_Place, list[_Order]](list)
        self._published = defaultdict[tuple[int, str], list[_Order]](list)
        self._relays, self._standing_in = dict[str, int](), set[str]()
        relays = {entry.relay for _, entry in entries if entry.relay is not None}
        self._stand_ins = StandIns(self.db, relays, self._last, self._along)

    def _read(self, cohort: str, cell: Cell | None) -> Iterator[tuple[Rectangle, _Entry]]:
        """The rows that may matter, each with where it stands.

        In a cell that comes first which was stated last, in a headline that which reaches furthest.
        """
        query = _ROWS.format(
            kind="c.headline" if cell is None else _IN_CELL,
            place="" if cell is None else CELL_OR_RELAY,
            where=where(self._last, f"{STANDING[self._along]} AND c.valid <= :until"),
        )
        more = {} if cell is None else in_cell(cell)
        given = parameters(self._last, indicator=self.indicator, cohort=cohort, **more)
        for (
            since,
            until,
            begins,
            ends,
            relay,
            kind,
            lane,
            originator,
            cutoff,
            *order,
        ) in self.db.execute(query, given):
            first = tuple(order) if cell is not None else (cutoff, *order)
            place = _Place(kind, lane, originator)
            yield (since, until, begins, ends), _Entry(relay, place, first, tuple(order[1:]))


def _discard(orders: list[_Order], order: _Order) -> None:
    del orders[bisect_left(orders, order)]


class Sweeps:
    """Sweeps over the indicators of one history: the one asked about, and its parts."""

    def __init__(self, db: sqlite3.Connection, last: AsOf, along: Along) -> None:
        self._db, self._last, self._along = db, last, along
        self._made = dict[str, Sweep]()

    def __call__(self, indicator: str) -> Sweep:
        """The sweep over an indicator."""
        if indicator not in self._made:
            self._made[indicator] = Sweep(self._db, indicator, self._last, self._along)
        return self._made[indicator]

    def forget(self) -> None:
        """Read claims again, because an event may have changed sources."""
        for each in self._made.values():
            each.forget()


FEW = 8
"""Number of events for which claims are searched by index, event by event."""


def sweeps_along_record(db: sqlite3.Connection, last: AsOf, events: int) -> Sweeps | None:
    """Sweeps from event to event up to the last; None for a few, which an index answers sooner."""
    return Sweeps(db, last, "record") if events > FEW else None
