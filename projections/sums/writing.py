"""Writes what changed about a sum: its cells, its addends, and the days covered."""

import sqlite3
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar

from projections.sums.families import CellRow
from projections.sums.stored import Days
from projections.tables.projection import FOREVER
from projections.tables.sums import ADDEND, NOW, AddendRow

_INSERT_ADDEND = (
    f"INSERT INTO sum_addends (indicator, since, until, {ADDEND}) "
    f"VALUES (?, ?, ?, {', '.join('?' * len(AddendRow._fields))})"
)
_END_ADDEND = (
    "UPDATE sum_addends INDEXED BY sum_addends_now SET until = ? WHERE indicator = ? AND cohort = ? "
    f"AND first = ? AND back = ? AND incident = ? AND {NOW}"
)
_INSERT_DAYS = "INSERT INTO sum_days VALUES (?, ?, ?, ?, ?)"
_END_DAYS = (
    f"UPDATE sum_days INDEXED BY sum_days_now SET until = ? WHERE indicator = ? AND first = ? AND {NOW}"
)


T = TypeVar("T", bound=tuple[object, ...])


class Change(NamedTuple):
    """The addends that an event ended, and those that it began."""

    ended: Sequence[AddendRow]
    begun: Sequence[AddendRow]


NO_CHANGE = Change((), ())


class Changes:
    """The addends and spans of covered days that events ended and began, until they are written."""

    def __init__(self, indicator: str) -> None:
        self._indicator = indicator
        self._addends = _Begun[AddendRow](itemgetter(slice(4)))
        self._days = _Begun[Days](itemgetter(0))

    def note(self, position: int, change: Change, ended: Iterable[Days], begun: Iterable[Days]) -> None:
        """Note what an event changed."""
        self._addends.note(position, change.ended, change.begun)
        self._days.note(position, ended, begun)

    def write(self, db: sqlite3.Connection) -> None:
        """Write the rows that ended and those that began."""
        name = self._indicator
        ended = [(position, name, *addend[:4]) for addend, position in self._addends.ended]
        _each(db, _END_ADDEND, ended)
        _each(db, _INSERT_ADDEND, [(name, *span, *addend) for addend, *span in self._addends.rows()])
        _each(db, _END_DAYS, [(position, name, days[0]) for days, position in self._days.ended])
        _each(db, _INSERT_DAYS, [(name, *days, *span) for days, *span in self._days.rows()])


class _Begun(Generic[T]):
    """Rows that began and that ended, with the positions at which they did."""

    def __init__(self, place: Callable[[T], Hashable]) -> None:
        self.ended = list[tuple[T, int]]()
        """Rows that were there before, with the position that ended them."""
        self._place, self._closed = place, list[tuple[T, int, int]]()
        self._open = dict[Hashable, tuple[T, int]]()
        """Of each place at most one row stands."""

    def note(self, position: int, ended: Iterable[T], begun: Iterable[T]) -> None:
        for row in ended:
            opened = self._open.pop(self._place(row), None)
            if opened:
                self._closed.append((*opened, position))
            else:
                self.ended.append((row, position))
        for row in begun:
            self._open[self._place(row)] = row, position

    def rows(self) -> Iterator[tuple[T, int, int]]:
        """The rows that began, each with its first position and the one that ended it."""
        yield from self._closed
        yield from ((row, since, FOREVER) for row, since in self._open.values())


def write_cells(
    db: sqlite3.Connection, indicator: str, before: Iterable[CellRow], after: Iterable[CellRow]
) -> None:
    """Replace rows of cells where they changed."""
    was, now = set(before), set(after)
    _each(
        db,
        "DELETE FROM sum_cells WHERE indicator = ? AND cohort = ? AND incident = ? AND first = ? "
        "AND last = ?",
        [(indicator, *row[:4]) for row in was - now],
    )
    _each(
        db,
        "INSERT INTO sum_cells VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(indicator, *row[:4], row.size, row.family, row.outer) for row in now - was],
    )


def _each(db: sqlite3.Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        db.executemany(statement, rows)
