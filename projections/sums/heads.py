"""The first things of lists that answers give in part: claims used, days covered, flags.

A list is stored again where an event changes its first things. So the list of any position is one row,
and what comes behind the first things costs nothing.
"""

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Any, NamedTuple, cast

from projections.answers.kept_sums import MOST_FLAGS, MOST_LISTED, days_text
from projections.sums.stored import Days
from projections.sums.writing import Change
from projections.tables.projection import FOREVER
from projections.tables.sums import DAYS, FLAGS, NOW, USED, list_at

Order = tuple[Any, ...]
"""How the things of a list are ordered."""
_ORDER = "cohort, first, back, incident"


class _Part(NamedTuple):
    """What is at one place of a list: so many things, inside the brackets of their list as JSON.

    A span of days is `inside` as it is, since its text depends on the one before.
    """

    number: int
    inside: Any


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of list: how many things it gives, how the present ones are read, and how it is stored."""

    name: str
    most: int
    query: str
    read: Callable[[Any], tuple[Order, _Part | None]]
    text: Callable[[Sequence[_Part], int], str]


def _used_part(used: str) -> _Part | None:
    return None if used == "[]" else _Part(used.count('", "') + 1, used[1:-1])


def _flags_part(flags: str) -> _Part | None:
    return _Part(len(json.loads(flags)), flags[1:-1]) if flags else None


def _span_part(span: Days) -> tuple[Order, _Part]:
    return (span[0],), _Part(1, span)


def _joined(parts: Sequence[_Part], most: int) -> str:
    """The first things of some parts as JSON; of the last part perhaps not all."""
    more, inside = sum(part.number for part in parts) - most, [part.inside for part in parts]
    if more > 0:
        inside[-1] = json.dumps(json.loads(f"[{inside[-1]}]")[:-more])[1:-1]
    return f"[{', '.join(inside)}]"


_KINDS = (
    _Kind(
        USED,
        MOST_LISTED,
        f"SELECT {_ORDER}, used FROM sum_addends INDEXED BY sum_addends_now WHERE indicator = ? "
        f"AND {NOW} ORDER BY {_ORDER}",
        lambda row: (row[:4], _used_part(row[4])),
        _joined,
    ),
    _Kind(
        FLAGS,
        MOST_FLAGS,
        f"SELECT {_ORDER}, flags FROM sum_addends INDEXED BY sum_addends_flagged WHERE indicator = ? "
        f"AND {NOW} AND flags > '' ORDER BY {_ORDER}",
        lambda row: (row[:4], _flags_part(row[4])),
        _joined,
    ),
    _Kind(
        DAYS,
        MOST_LISTED + 1,  # one more, for the gap before it
        f"SELECT first, last FROM sum_days INDEXED BY sum_days_now WHERE indicator = ? AND {NOW} "
        "ORDER BY first",
        _span_part,
        lambda parts, _: days_text([part.inside for part in parts]),
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
        used: dict[Order, _Part | None] = {addend[:4]: None for addend in change.ended}
        used |= {addend[:4]: _used_part(addend.used) for addend in change.begun}
        self._used.follow(position, used)
        flags: dict[Order, _Part | None] = {a[:4]: None for a in change.ended if a.flags}
        flags |= {a[:4]: _flags_part(a.flags) for a in change.begun if a.flags}
        self._flags.follow(position, flags)
        days: dict[Order, _Part | None] = {(first,): None for first, _ in ended}
        days |= map(_span_part, begun)
        self._days.follow(position, days)

    def write(self) -> None:
        """Write the lists that changed."""
        if rows := [row for head in (self._used, self._flags, self._days) for row in head.rows]:
            self._db.executemany("INSERT INTO sum_lists VALUES (?, ?, ?, ?, ?)", rows)


class _Head:
    """The first things of one list; of those behind them nothing is read."""

    def __init__(self, db: sqlite3.Connection, indicator: str, kind: _Kind) -> None:
        self._db, self._indicator, self._kind = db, indicator, kind
        self.rows = list[tuple[str, str, int, str, str]]()
        self._stored: str | None = None
        self._upto: Order | None = None
        self._changed: dict[Order, _Part | None] = {}
        self._orders, self._parts = list[Order](), list[_Part]()
        self._places, self._read_to = kind.most, cast(Order | None, ())
        """Up to where all is known; None where all is."""

    def follow(self, position: int, changed: Mapping[Order, _Part | None]) -> None:
        """Note the things at some places after an event, and the list if it is another."""
        if not changed:
            return
        if self._stored is None:
            self._stored, upto = list_at(self._db, self._indicator, self._kind.name, FOREVER) or (
                "",
                "",
            )
            self._upto = tuple(json.loads(upto)) if upto else None
        self._changed |= changed
        for order, part in changed.items():
            self._put(order, part)
        if self._upto is not None and min(changed) > self._upto:
            return
        parts, self._upto = self._first()
        text = self._kind.text(parts, self._kind.most) if parts else ""
        if text != self._stored:
            self._stored, upto = text, json.dumps(self._upto) if self._upto else ""
            self.rows.append((self._indicator, self._kind.name, position, text, upto))

    def _put(self, order: Order, part: _Part | None) -> None:
        if self._read_to is not None and order > self._read_to:
            return
        at = bisect_left(self._orders, order)
        if at < len(self._orders) and self._orders[at] == order:
            if part:
                self._parts[at] = part
            else:
                del self._orders[at], self._parts[at]
        elif part:
            self._orders.insert(at, order)
            self._parts.insert(at, part)

    def _first(self) -> tuple[Sequence[_Part], Order | None]:
        """The parts with the first things, and the place of the last one if there may be more."""
        most = self._kind.most
        while True:
            parts = self._parts[:most]
            numbers = [*accumulate([part.number for part in parts])]
            if numbers and numbers[-1] >= most:
                last = bisect_left(numbers, most)
                return parts[: last + 1], self._orders[last]
            if self._read_to is None:
                return parts, None
            self._read_more()

    def _read_more(self) -> None:
        """Read more places from the beginning, as they are after all changes so far."""
        rows = self._db.execute(self._kind.query, (self._indicator,))
        read = dict(map(self._kind.read, islice(rows, self._places)))
        self._read_to = max(read) if len(read) == self._places else None
        known = {order: part for order, part in (read | self._changed).items() if part}
        self._orders = [o for o in sorted(known) if self._read_to is None or o <= self._read_to]
        self._parts = [known[order] for order in self._orders]
        self._places *= 2
