"""The first things of lists that answers give in part: claims used, days covered, flags.

A list is stored again where an event changes its first things. So the list of any position is one row,
and what comes behind the first things costs nothing.
"""

import json
import sqlite3
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, cast

from projections.answers.kept_sums import MOST_FLAGS, MOST_LISTED, days_text
from projections.sums.stored import Days
from projections.sums.writing import Change
from projections.tables.projection import FOREVER
from projections.tables.sums import DAYS, FLAGS, NOW, USED, list_at

Order = tuple[Any, ...]
"""How the things of a list are ordered."""
_ORDER = "cohort, first, back, incident"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of list: how many things it gives, how the present ones are read, and how it is stored."""

    name: str
    most: int
    query: str
    read: Callable[[Sequence[Any]], tuple[Order, Sequence[Any]]]
    text: Callable[[Sequence[Any]], str]


def _of_addend(row: Sequence[Any]) -> tuple[Order, Sequence[Any]]:
    return tuple(row[:4]), json.loads(row[4]) if row[4] else ()


def _of_span(row: Sequence[Any]) -> tuple[Order, Sequence[Any]]:
    return (row[0],), [tuple(row)]


_KINDS = (
    _Kind(
        USED,
        MOST_LISTED,
        f"SELECT {_ORDER}, used FROM sum_addends INDEXED BY sum_addends_now WHERE indicator = ? "
        f"AND {NOW} ORDER BY {_ORDER}",
        _of_addend,
        json.dumps,
    ),
    _Kind(
        FLAGS,
        MOST_FLAGS,
        f"SELECT {_ORDER}, flags FROM sum_addends INDEXED BY sum_addends_flagged WHERE indicator = ? "
        f"AND {NOW} AND flags > '' ORDER BY {_ORDER}",
        _of_addend,
        json.dumps,
    ),
    _Kind(
        DAYS,
        MOST_LISTED + 1,  # one more, for the gap before it
        f"SELECT first, last FROM sum_days INDEXED BY sum_days_now WHERE indicator = ? AND {NOW} "
        "ORDER BY first",
        _of_span,
        days_text,
    ),
)


class Heads:
    """The first things of every list of a sum, while events change it."""

    def __init__(self, db: sqlite3.Connection, indicator: str) -> None:
        self._db = db
        self._used, self._flags, self._days = (_Head(db, indicator, kind) for kind in _KINDS)

    def follow(
        self, position: int, change: Change, ended: Iterable[Days], begun: Iterable[Days]
    ) -> None:
        """Note what an event changed, and the lists that it leaves."""
        used: dict[Order, Sequence[Any]] = {addend[:4]: () for addend in change.ended}
        flags = {addend[:4]: () for addend in change.ended if addend.flags}
        days: dict[Order, Sequence[Any]] = {(first,): () for first, _ in ended}
        self._used.follow(position, used | {a[:4]: json.loads(a.used) for a in change.begun})
        self._flags.follow(
            position, flags | {a[:4]: json.loads(a.flags) for a in change.begun if a.flags}
        )
        self._days.follow(position, days | {(first,): [(first, last)] for first, last in begun})

    def write(self) -> None:
        """Write the lists that changed."""
        rows = [row for head in (self._used, self._flags, self._days) for row in head.rows]
        self._db.executemany("INSERT INTO sum_lists VALUES (?, ?, ?, ?, ?)", rows)


class _Head:
    """The first things of one list; of those behind them nothing is read."""

    def __init__(self, db: sqlite3.Connection, indicator: str, kind: _Kind) -> None:
        self._db, self._indicator, self._kind = db, indicator, kind
        self.rows = list[tuple[str, str, int, str, str]]()
        self._stored, upto = list_at(db, indicator, kind.name, FOREVER) or ("", "")
        self._upto: Order | None = tuple(json.loads(upto)) if upto else None
        self._changed: dict[Order, Sequence[Any]] = {}
        self._known: dict[Order, Sequence[Any]] = {}
        self._orders = list[Order]()
        self._places, self._read_to = kind.most, cast(Order | None, ())
        """Up to where all is known; None where all is."""

    def follow(self, position: int, changed: Mapping[Order, Sequence[Any]]) -> None:
        """Note the things at some places after an event, and the list if it is another."""
        self._changed |= changed
        for order, things in changed.items():
            self._put(order, things)
        if not changed or (self._upto is not None and min(changed) > self._upto):
            return
        first, self._upto = self._first()
        text = self._kind.text(first) if first else ""
        if text != self._stored:
            self._stored, upto = text, json.dumps(self._upto) if self._upto else ""
            self.rows.append((self._indicator, self._kind.name, position, text, upto))

    def _put(self, order: Order, things: Sequence[Any]) -> None:
        if self._read_to is not None and order > self._read_to:
            return
        if order in self._known and not things:
            del self._known[order], self._orders[bisect_left(self._orders, order)]
        elif things:
            if order not in self._known:
                insort(self._orders, order)
            self._known[order] = things

    def _first(self) -> tuple[list[Any], Order | None]:
        """The first things, and the place of the last one if there may be more."""
        wanted = self._kind.most
        while True:
            found = list[Any]()
            for order in self._orders:
                found += self._known[order]
                if len(found) >= wanted:
                    return found[:wanted], order
            if self._read_to is None:
                return found, None
            self._read_more()

    def _read_more(self) -> None:
        """Read twice as many places from the beginning, as they are after all changes so far."""
        self._places *= 2
        rows = self._db.execute(self._kind.query, (self._indicator,))
        read = dict(map(self._kind.read, islice(rows, self._places)))
        self._known, self._orders = {}, []
        self._read_to = max(read) if len(read) == self._places else None
        for order, things in chain(read.items(), self._changed.items()):
            self._put(order, things)
