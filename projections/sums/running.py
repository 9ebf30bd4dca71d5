"""One sum brought forward over a run of events: the families of cells they change, and the total.

What is stored around these cells is read once. Each event then costs by the families it changes, and
all rows are written in the end.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Set

from domain.estimates.cell_figures import Memory
from domain.estimates.claims import Claim
from domain.estimates.estimate import Question
from projections.answers.claims import in_cell
from projections.sums.addends import (
    Reader,
    Said,
    addend_row,
    addend_rows,
    cell_row,
    claims_at,
    said_in,
)
from projections.sums.cells import Cells, regrouped
from projections.sums.covered import CoveredDays
from projections.sums.extremes import Extremes, stored_now
from projections.sums.families import CellRow, Key, numbered
from projections.sums.heads import Heads
from projections.sums.places import write_places
from projections.sums.stored import (
    Days,
    addends_of,
    cells_around,
    spans_near,
)
from projections.sums.totals import changed_total
from projections.sums.voices import VoiceCounts
from projections.sums.writing import NO_CHANGE, Change, Changes, write_cells
from projections.tables.sums import AddendRow, TotalRow

LARGEST = 200
"""Maximum number of cells of a family that is kept; a sum with a larger one is computed from claims."""

_MOST_BEGUN = 2**20
"""More families than one event can begin: with its position each has a number that none had before."""

_Outer = tuple[str, int, int, str]
"""An outermost cell, as its addend has it: its last day is a negative number."""


class RunningSum:
    """The cells and addends of a sum around those that a run of events changes."""

    def __init__(self, question: Question, reader: Reader, dirty: Set[Key], total: TotalRow) -> None:
        db, indicator = reader.db, reader.indicator
        self._question, self._reader, self._memory = question, reader, Memory()
        everything = reader.begun is None
        before = dirty if everything else {key for key in dirty if key.incident}
        self._said = reader.new(dirty) | reader.said(before)
        near, members, days = cells_around(db, indicator, dirty, _days_said(self._said))
        self._before, self._formed_cells = {cell.key: cell for cell in members}, set[Key]()
        self._cells = Cells(near)
        # Of any other period no claim counted before: it is no cell yet.
        self._said |= reader.said([cell.key for cell in self._cells.named(dirty - before)])
        stored = addends_of(db, indicator, members)
        self._addends: dict[_Outer, AddendRow] = {addend[:4]: addend for addend in stored}
        self._covered = CoveredDays(lambda: spans_near(db, indicator, days))
        self._voices = VoiceCounts(db, indicator)
        self._extremes = Extremes(stored_now(db, indicator), total)
        self._changes, self._heads = Changes(indicator), Heads(db, indicator)

    def follow(self, position: int, dirty: Collection[Key], total: TotalRow) -> TotalRow:
        """The total after an event that changed the claims of some cells."""
        self._cells.highest = position * _MOST_BEGUN
        change, wider = self._formed(position, dirty)
        if wider:
            total = total._replace(wide=total.wide + wider)
        if not (change.ended or change.begun):
            return total
        days = _days_changed(change)
        ended, begun = self._covered.follow(days, self._cells) if days else ((), ())
        self._changes.note(position, change, ended, begun)
        self._heads.follow(position, change, ended, begun)
        return changed_total(
            total,
            change,
            voices=total.voices + self._voices.follow(change),
            spans=total.spans + len(begun) - len(ended),
            **self._extremes.follow(change, ended, begun),
        )

    def _formed(self, position: int, dirty: Collection[Key]) -> tuple[Change, int]:
        """Form the families of some cells again; return what changed, and by how many large ones."""
        if len(dirty) == 1 and (change := self._formed_alone(position, *dirty)):
            return change, 0
        claims = self._claims(dirty, position)
        fresh = [cell_row(self._question, key, said) for key, said in claims.items()]
        members, groups = regrouped(self._cells, dirty, fresh)
        small = [group for group in groups if len(group) <= LARGEST]
        if more := {cell.key for group in small for cell in group} - claims.keys():
            claims |= self._claims(more, position)
        rows = [
            row
            for group in small
            for row in addend_rows(
                self._question, said_in(group, claims), self._memory if len(group) > 1 else None
            )
        ]
        outer = {(row.cohort, row.incident, row.first, -row.back) for row in rows}
        cells = [
            CellRow(*cell[:4], family, int(cell[:4] in outer))
            for family, group in numbered(groups, members, self._cells.highest)
            for cell in group
        ]
        self._cells.replace(members, cells)
        self._formed_cells.update(cell.key for cell in {*members} ^ {*cells})
        sizes = Counter(cell.family for cell in members)
        large_before = sum(size > LARGEST for size in sizes.values())
        return self._changed(members, rows), len(groups) - len(small) - large_before

    def _formed_alone(self, position: int, key: Key) -> Change | None:
        """What changes with a cell that is, and was, the only one of its family; None of any other."""
        claims = claims_at(position, self._said[key])
        if not claims:
            return None
        fresh = cell_row(self._question, key, claims)
        before = self._cells.alone(key, fresh)
        if before is None:
            return None
        row = addend_row(self._question, claims)
        place = row[:4]
        if before is not fresh:
            stood, self._addends[place] = self._addends[place], row
            return NO_CHANGE if row == stood else Change((stood,), (row,))
        self._addends[place] = row
        self._cells.insert(key, CellRow(*fresh[:4], self._cells.highest + 1, 1))
        self._formed_cells.add(key)
        return Change((), (row,))

    def _claims(self, keys: Collection[Key], position: int) -> dict[Key, list[Claim]]:
        """The claims that stand in some cells at a position, of those in which there are any."""
        if unread := [key for key in keys if key not in self._said]:
            self._said |= self._reader.said(unread)
        found = dict[Key, list[Claim]]()
        for key in keys:
            if claims := claims_at(position, self._said.get(key, ())):
                found[key] = claims
        return found

    def _changed(self, members: Iterable[CellRow], after: Iterable[AddendRow]) -> Change:
        """The addends that end with some cells as they were, and those that begin."""
        outer = ((cell.cohort, cell.first, -cell.last, cell.incident) for cell in members if cell.outer)
        before = [self._addends.pop(each) for each in outer]
        was, now = set(before), set(after)
        self._addends |= {row[:4]: row for row in after}
        return Change([row for row in before if row not in now], [row for row in now if row not in was])

    def write(self) -> None:
        """Write all rows that changed."""
        db = self._reader.db
        before = [self._before[key] for key in self._formed_cells if key in self._before]
        write_cells(db, self._reader.indicator, before, self._cells.named(self._formed_cells))
        new = [key for key, said in self._said.items() if said and not self._has_its_place(key)]
        write_places(db, self._reader.indicator, {key: self._said[key] for key in new})
        self._voices.write()
        self._heads.write()
        self._changes.write(db)

    def _has_its_place(self, key: Key) -> bool:
        """Whether the days of a cell are stored: it has claims, and no other day."""
        return not key.incident and key in self._before


def _days_changed(change: Change) -> Collection[Days]:
    """The days of periods that came or went as outermost cells; not of those that only changed."""
    if [addend[:4] for addend in change.ended] == [addend[:4] for addend in change.begun]:
        return ()
    gone, come = ({(a.first, -a.back) for a in each if not a.incident} for each in change)
    return gone ^ come


def _days_said(said: Mapping[Key, Iterable[Said]]) -> Iterable[Days]:
    """All days on which some cells may be."""
    for key, each in said.items():
        if not key.incident:
            yield key.first, key.last
        for one in each if key.incident else ():
            days = in_cell(one.claim.cell)
            yield days["first"], days["last"]
