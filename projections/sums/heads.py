"""The first things of lists that answers give in part: claims used, days covered, flags.

A list is stored again where an event changes its first things. So the list of any position is one row,
and what comes behind the first things costs nothing.
"""

import json
import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from operator import itemgetter
from typing import Any, cast

from projections.answers.kept_sums import MOST_FLAGS, MOST_LISTED, distances, spans_of
from projections.sums.stored import Days
from projections.sums.writing import Change
from projections.tables.projection import FOREVER
from projections.tables.sums import DAYS, FLAGS, NOW, USED, list_at

Order = tuple[Any, ...]
"""How the things of a list are ordered."""
_ORDER = "cohort, first, back, incident"
_SPARE = 10
"""How many places more are read, so that the next ones are known where some of the first things end."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of list: how many things it gives, and how the present ones are read.

    A row is a place of the list and the things there; `number` counts these.
    """

    name: str
    most: int
    query: str
    number: Callable[[Any], int]


_USED = _Kind(
    USED,
    MOST_LISTED,
    f"SELECT {_ORDER}, used FROM sum_addends INDEXED BY sum_addends_now WHERE indicator = ? "
    f"AND {NOW} AND used <> '[]' ORDER BY {_ORDER}",
    lambda used: used.count('", "') + 1,
)
_FLAGS = _Kind(
    FLAGS,
    MOST_FLAGS,
    f"SELECT {_ORDER}, flags FROM sum_addends INDEXED BY sum_addends_flagged WHERE indicator = ? "
    f"AND {NOW} AND flags > '' ORDER BY {_ORDER}",
    lambda flags: len(json.loads(flags)),
)
_DAYS = _Kind(
    DAYS,
    MOST_LISTED + 1,  # one more, for the gap before it
    f"SELECT first, last FROM sum_days INDEXED BY sum_days_now WHERE indicator = ? AND {NOW} "
    "ORDER BY first",
    lambda last: 1,
)


class Heads:
    """The first things of every list of a sum, while events change it."""

    def __init__(self, db: sqlite3.Connection, indicator: str) -> None:
        self._db = db
        self._used, self._flags = _Head(db, indicator, _USED), _Head(db, indicator, _FLAGS)
        self._days = _DaysHead(db, indicator, _DAYS)

    def follow(
        self, position: int, change: Change, ended: Collection[Days], begun: Collection[Days]
    ) -> None:
        """Note what an event changed, and the lists that it leaves."""
        gone, come = change
        used: dict[Order, Any] = {addend[:4]: None for addend in gone}
        for addend in come:
            used[addend[:4]] = addend.used if addend.used != "[]" else None
        self._used.follow(position, used)
        flags: dict[Order, Any] = {addend[:4]: None for addend in gone if addend.flags}
        for addend in come:
            if addend.flags:
                flags[addend[:4]] = addend.flags
        if flags:
            self._flags.follow(position, flags)
        if ended or begun:
            days: dict[Order, Any] = {(first,): None for first, _ in ended}
            days |= {(first,): last for first, last in begun}
            self._days.follow(position, days)

    def write(self) -> None:
        """Write the lists that changed."""
        if rows := [row for head in (self._used, self._flags, self._days) for row in head.rows]:
            self._db.executemany("INSERT INTO sum_lists VALUES (?, ?, ?, ?, ?)", rows)


class _Head:
    """The first things of one list; of those behind them nothing is read.

    What addends have is a list as JSON.
    """

    def __init__(self, db: sqlite3.Connection, indicator: str, kind: _Kind) -> None:
        self._db, self._indicator, self._kind = db, indicator, kind
        self.rows = list[tuple[str, str, int, str, str]]()
        self._stored: str | None = None
        self._upto: Order | None = None
        self._changed: dict[Order, Any] = {}
        self._orders, self._pieces, self._numbers = list[Order](), list[str](), list[int]()
        self._places, self._read_to = kind.most + _SPARE, cast(Order | None, ())
        """Up to where all is known; None where all is."""

    def follow(self, position: int, changed: Mapping[Order, Any]) -> None:
        """Note the things at some places after an event, and the list if it is another."""
        if self._stored is None:
            self._stored = self._found_stored()
        self._changed |= changed
        for order, things in changed.items():
            self._put(order, things)
        if self._upto is not None and min(changed) > self._upto:
            return
        first, self._upto = self._first()
        text = self._text(first) if first else ""
        if text != self._stored:
            self._stored, upto = text, json.dumps(self._upto) if self._upto else ""
            self.rows.append((self._indicator, self._kind.name, position, text, upto))

    def _found_stored(self) -> str:
        found = list_at(self._db, self._indicator, self._kind.name, FOREVER)
        text, upto = found or ("", "")
        self._upto = tuple(json.loads(upto)) if upto else None
        if not text:
            self._read_to = None
        return text

    def _put(self, order: Order, things: Any) -> None:
        if self._read_to is not None and order > self._read_to:
            return
        at = bisect_left(self._orders, order)
        there = at < len(self._orders) and self._orders[at] == order
        if things is None:
            if there:
                self._remove(at)
        elif there:
            self._replace(at, things)
        else:
            self._orders.insert(at, order)
            self._insert(at, things)

    def _insert(self, at: int, things: Any) -> None:
        self._pieces.insert(at, things[1:-1])
        self._numbers.insert(at, self._kind.number(things))

    def _replace(self, at: int, things: Any) -> None:
        self._pieces[at], self._numbers[at] = things[1:-1], self._kind.number(things)

    def _remove(self, at: int) -> None:
        del self._orders[at], self._pieces[at], self._numbers[at]

    def _first(self) -> tuple[int, Order | None]:
        """At how many places the first things are; and the last of these if there may be more."""
        most = self._kind.most
        while True:
            numbers = [*accumulate(self._numbers[:most])]
            if numbers and numbers[-1] >= most:
                last = bisect_left(numbers, most)
                return last + 1, self._orders[last]
            if self._read_to is None:
                return len(numbers), None
            self._read_more()

    def _text(self, first: int) -> str:
        """The things at the first places as JSON; of the last place perhaps not all."""
        pieces, more = self._pieces[:first], sum(self._numbers[:first]) - self._kind.most
        if more > 0:
            pieces[-1] = json.dumps(json.loads(f"[{pieces[-1]}]")[:-more])[1:-1]
        return f"[{', '.join(pieces)}]"

    def _read_more(self) -> None:
        """Read more places from the beginning, as they are after all changes so far."""
        rows = islice(self._db.execute(self._kind.query, (self._indicator,)), self._places)
        read = {tuple(order): things for *order, things in rows}
        self._read_to = max(read) if len(read) == self._places else None
        known = [
            (order, things) for order, things in (read | self._changed).items() if things is not None
        ]
        known.sort()
        if self._read_to is not None:
            known = known[: bisect_right(known, self._read_to, key=itemgetter(0))]
        self._fill(known)
        self._places *= 2

    def _fill(self, known: Sequence[tuple[Order, Any]]) -> None:
        self._orders = [order for order, _ in known]
        self._pieces = [things[1:-1] for _, things in known]
        self._numbers = [self._kind.number(things) for _, things in known]


class _DaysHead(_Head):
    """The first spans of covered days; the list that is stored says all of them.

    The piece of a span depends on the one before it.
    """

    def __init__(self, db: sqlite3.Connection, indicator: str, kind: _Kind) -> None:
        super().__init__(db, indicator, kind)
        self._lasts = list[int]()

    def _found_stored(self) -> str:
        text = super()._found_stored()
        if text:
            stored = text[1:-1].split(", ")
            spans = spans_of(map(int, stored))
            self._orders, self._lasts = [(first,) for first, _ in spans], [last for _, last in spans]
            self._pieces = [f"{a}, {b}" for a, b in zip(stored[::2], stored[1::2], strict=True)]
            self._numbers, self._read_to = [1] * len(spans), self._upto
        return text

    def _fill(self, known: Sequence[tuple[Order, int]]) -> None:
        self._orders, self._lasts = [order for order, _ in known], [last for _, last in known]
        self._numbers, before = [1] * len(known), [0, *self._lasts][: len(known)]
        self._pieces = [
            distances(day, first, last) for day, ((first,), last) in zip(before, known, strict=True)
        ]

    def _insert(self, at: int, things: int) -> None:
        self._lasts.insert(at, things)
        self._pieces.insert(at, "")
        self._numbers.insert(at, 1)
        self._tell(at)

    def _replace(self, at: int, things: int) -> None:
        self._lasts[at] = things
        self._tell(at)

    def _remove(self, at: int) -> None:
        super()._remove(at)
        del self._lasts[at]
        self._tell(at - 1)

    def _tell(self, at: int) -> None:
        """Note the distances of a span and of the next one."""
        for each in range(max(at, 0), min(at + 2, len(self._lasts))):
            before = self._lasts[each - 1] if each else 0
            self._pieces[each] = distances(before, self._orders[each][0], self._lasts[each])
