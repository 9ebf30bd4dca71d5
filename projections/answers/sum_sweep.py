"""The sum of an increment at moments that move along one axis or both.

A sweep reads each claim once, when it begins to stand, and sums only the cells that it changes.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from domain.estimates.claims import Claim
from domain.estimates.estimate import Question, concerns
from domain.estimates.estimation import with_figure
from domain.estimates.policies import ASSESSMENT, CONSENSUS, LATEST_PUBLICATION
from domain.events import Definition, SourceGraded
from domain.stream_names import split_stream
from projections.answers.as_of import AsOf
from projections.answers.claims import (
    ACTIVE_LANES,
    FIELDS,
    claim_of,
    parameters,
    place_of,
    where,
)
from projections.answers.plane import RECTANGLE, STANDING, Along, Plane
from projections.answers.questions import Narrowing, question_of
from projections.answers.running_addends import RunningAddends
from projections.answers.running_notes import RunningNotes
from projections.answers.stand_ins import StandIns
from projections.sums.addends import claim_key
from projections.sums.families import Key
from projections.tables.claim_rows import NO_FIGURE, RELAY
from projections.tables.registry import IndicatorRow, Voices, indicator_at, voices_at

_ROWS = (
    f"SELECT {RECTANGLE}, c.rowid, c.claim, c.lane FROM claims c "
    "WHERE c.indicator = :indicator{place} "
    f"AND c.lane IN ({ACTIVE_LANES}, '{NO_FIGURE}') AND {{where}}"
)
_READ = f"SELECT {FIELDS} FROM claims c WHERE c.rowid = :row"
_GRADES = "SELECT stream FROM journal WHERE position > ? AND position <= ? AND type = ?"

Change = tuple[Claim, int]
"""A claim that begins to stand as it is (1), or ceases to (-1)."""


def sum_sweep(
    db: sqlite3.Connection,
    indicator: str,
    last: AsOf,
    asked: Narrowing,
    along: Along,
    *,
    noting: bool = False,
) -> "SumSweep | None":
    """A sweep over an indicator, if it is an increment that can be summed from its claims.

    When `noting`, what is said beside the figure is summed as well.
    """
    row = indicator_at(db, indicator, last.position)
    if row is None or row.definition.measure != "increment":
        return None
    return SumSweep(db, row, last, asked, along, noting=noting)


class SumSweep:
    """The sum of one increment, at one moment after another."""

    def __init__(
        self,
        db: sqlite3.Connection,
        row: IndicatorRow,
        last: AsOf,
        asked: Narrowing,
        along: Along,
        *,
        noting: bool,
    ) -> None:
        self._db, self._asked, self._along, self._noting = db, asked, along, noting
        place, more = place_of(question_of(row.definition, asked), every_cohort=True)
        condition = where(last, f"{STANDING[along]} AND c.valid <= :until")
        query = _ROWS.format(place=place, where=condition)
        rows = db.execute(query, parameters(last, indicator=row.id, **more)).fetchall()
        self._plane = Plane[int]((each[:4], each[4]) for each in rows)
        self._stand_ins = StandIns(db, {each[5] for each in rows if each[6] == RELAY}, last, along)
        self._active = dict[int, Claim]()
        self._relays = dict[str, Claim]()
        self._position, self._forgotten = 0, False
        self._voices: Voices = {}
        self._sum: _Sum | None = None

    def forget(self) -> None:
        """Read the claims of those sources again that an event may have changed."""
        self._forgotten = self._along != "publication"

    def at(self, definition: Definition, as_of: AsOf) -> RunningAddends | None:
        """The addends of the sum at a moment; None where it must be computed from all claims."""
        changes = [*self._advance(as_of)]
        standing_in = self._standing_in(changes, as_of)
        question = question_of(definition, self._asked, voices=self._voices)
        if question.policy == ASSESSMENT:
            self._sum = None
            return None
        if self._sum is None or self._sum.question != question:
            self._sum = _Sum(question, noting=self._noting)
            changes = [(claim, 1) for claim in self._active.values()]
            standing_in = [(claim, 1) for claim in self._relays.values()]
        self._sum.change(changes, standing_in)
        has_parts = definition.parts and question.policy != LATEST_PUBLICATION
        return None if has_parts and not self._sum.addends.n_used else self._sum.found

    def _standing_in(self, changes: Iterable[Change], as_of: AsOf) -> list[Change]:
        """The relays that cease to stand in by a moment, and those that begin to."""
        for claim, sign in changes:
            if claim.links and _has_figure(claim):
                self._stand_ins.put(claim, active=sign > 0)
        found = [*self._stand_ins.changes(as_of)]
        for claim, sign in found:
            if sign > 0:
                self._relays[claim.id] = claim
            else:
                del self._relays[claim.id]
        return found

    def _advance(self, as_of: AsOf) -> Iterator[Change]:
        """The claims that cease to stand by a moment, and those that begin to."""
        moved = [*self._plane.move(as_of)]
        for row in (row for row, sign in moved if sign < 0):
            yield self._active.pop(row), -1
        regraded = self._regraded(as_of)
        self._voices, self._position = voices_at(self._db, as_of.position), as_of.position
        for row, claim in self._active.items() if regraded else ():
            if claim.originator in regraded:
                self._active[row] = self._read(row, as_of)
                yield from ((claim, -1), (self._active[row], 1))
        for row in (row for row, sign in moved if sign > 0):
            self._active[row] = self._read(row, as_of)
            yield self._active[row], 1

    def _regraded(self, as_of: AsOf) -> set[str]:
        """The sources whose grade or voice has changed since the last moment."""
        if not self._forgotten:
            return set()
        self._forgotten = False
        between = self._position, as_of.position
        graded = self._db.execute(_GRADES, (*between, SourceGraded.TYPE)).fetchall()
        now = voices_at(self._db, as_of.position)
        moved = {name for name, _ in self._voices.items() ^ now.items()}
        return moved.union(split_stream(stream)[1] for (stream,) in graded)

    def _read(self, row: int, as_of: AsOf) -> Claim:
        given = parameters(as_of, row=row)
        return claim_of(self._db, self._db.execute(_READ, given).fetchone(), self._voices)


class _Sum:
    """The claims that count in a sum, by cell, and its addends."""

    def __init__(self, question: Question, *, noting: bool) -> None:
        self.question, self._dependent = question, 0
        self.addends = RunningAddends(question, RunningNotes() if noting else None)
        self._in_scope = replace(question, cell=None)
        self._published = question.policy == LATEST_PUBLICATION
        self._said = dict[Key, list[Claim]]()
        self._kinds = Counter[tuple[bool, bool]]()

    def change(self, changes: Iterable[Change], standing_in: Iterable[Change]) -> None:
        """Bring the sum up to date with claims that begin or cease to stand, and to stand in."""
        counting = [each for each in changes if self._counts(each[0])]
        if not self._published:
            counting += standing_in
        dirty = {key for each in counting if (key := self._put(*each))}
        if dirty:
            self.addends.follow(dirty, self._said)

    @property
    def found(self) -> RunningAddends | None:
        """The addends; None where cells depend on others, as those of prospective claims do."""
        asked = [kind for kind, count in self._kinds.items() if count and kind[0]]
        kinds = asked or [kind for kind, count in self._kinds.items() if count]
        if kinds and all(prospective for _, prospective in kinds):
            return None
        if self.addends.notes and not self._noted_rightly:
            return None
        return self.addends if self.addends.apart else None

    @property
    def _noted_rightly(self) -> bool:
        """Whether what is said beside the figure follows from the addends by themselves.

        What rests on others, or derives from them, is no voice of its own; a consensus that is none is
        flagged beside the contradiction that it is.
        """
        return self.question.policy != CONSENSUS and (self._published or not self._dependent)

    def _counts(self, claim: Claim) -> bool:
        return _has_figure(claim) if self._published else not claim.links

    def _put(self, claim: Claim, sign: int) -> Key | None:
        """Count a claim in its cell, or no longer; None where that changes no cell."""
        if not concerns(self._in_scope, claim):
            return None
        self._kinds[concerns(self.question, claim), claim.prospective] += sign
        self._dependent += sign * bool(claim.links or claim.rests_on)
        if claim.prospective:
            return None
        key = claim_key(claim)
        said = self._said.setdefault(key, [])
        if sign > 0:
            said.append(claim)
        else:
            said.remove(claim)
        if not said:
            del self._said[key]
        return key


def _has_figure(claim: Claim) -> bool:
    return bool(with_figure("increment", [claim])[0])
