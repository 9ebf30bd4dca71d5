"""What of a sum is neither a sum nor a count of its addends: its weakest support, its outer days."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import chain
from typing import Any

from domain.estimates.support import WEAKEST_FIRST
from projections.sums.least import Least
from projections.sums.stored import Days
from projections.sums.writing import Change
from projections.tables.sums import NOW, TotalRow

Weak = tuple[Any, ...]
"""Support, order and reasons of an addend."""

_ORDER = "cohort, first, back, incident"


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of the addends and covered days that stand at one time, each in rising order.

    `covers` and `lasts` are negative days.
    """

    weakest: Callable[[], Iterable[Weak]]
    covers: Callable[[], Iterable[int]]
    firsts: Callable[[], Iterable[int]]
    lasts: Callable[[], Iterable[int]]


def stored_now(db: sqlite3.Connection, indicator: str) -> Stored:
    """What stands now, by the indices over it."""

    def numbers(*queries: str) -> Callable[[], Iterator[int]]:
        return lambda: _merged(db, queries, (indicator,))

    return Stored(
        lambda: db.execute(_WEAKEST, (indicator,)),
        numbers(_COVERS),
        numbers(_FIRST, _FIRST_INCIDENT),
        numbers(_LAST, _LAST_INCIDENT),
    )


_OF = f"WHERE indicator = ? AND {NOW}"
_WEAKEST = (
    f"SELECT support, {_ORDER}, reasons FROM sum_addends INDEXED BY sum_addends_by_support {_OF} "
    f"AND support >= 0 ORDER BY support, {_ORDER}"
)
_COVERS = (
    f"SELECT -covers FROM sum_addends INDEXED BY sum_addends_by_cover {_OF} "
    "AND covers >= 0 ORDER BY covers DESC"
)
_FIRST = f"SELECT first FROM sum_days INDEXED BY sum_days_now {_OF} ORDER BY first"
_LAST = f"SELECT -last FROM sum_days INDEXED BY sum_days_now {_OF} ORDER BY first DESC"
_FIRST_INCIDENT = (
    f"SELECT first FROM sum_addends INDEXED BY sum_incidents_by_first {_OF} "
    "AND incident > '' ORDER BY first"
)
_LAST_INCIDENT = (
    f"SELECT back FROM sum_addends INDEXED BY sum_incidents_by_last {_OF} "
    "AND incident > '' ORDER BY back"
)


def stored_then(db: sqlite3.Connection, indicator: str, position: int, known: TotalRow) -> Stored:
    """What stood at a position, at which the total was `known`; read one by one, as far as needed."""
    given = {"indicator": indicator, "position": position}

    def numbers(*queries: str) -> Callable[[], Iterator[int]]:
        return lambda: _merged(db, queries, given)

    def weakest() -> Iterator[Weak]:
        weakest = len(WEAKEST_FIRST) if known.support is None else known.support
        levels = range(weakest, len(WEAKEST_FIRST))
        return chain.from_iterable(db.execute(_LEVEL_THEN, given | {"level": each}) for each in levels)

    return Stored(
        weakest,
        numbers(_COVERS_THEN),
        numbers(_FIRST_THEN, _FIRST_INCIDENT_THEN),
        numbers(_LAST_THEN, _LAST_INCIDENT_THEN),
    )


def _merged(db: sqlite3.Connection, queries: Sequence[str], given: Any) -> Iterator[int]:
    """The numbers that some queries give in rising order, in that order."""
    return merge(*((row[0] for row in db.execute(query, given)) for query in queries))


_THEN = "WHERE indicator = :indicator AND since <= :position AND until > :position"
_LEVEL_THEN = (
    f"SELECT support, {_ORDER}, reasons FROM sum_addends {_THEN} AND support = :level ORDER BY {_ORDER}"
)
"""Those of one support; as a rule they are not few, so that the first is soon found."""
_COVERS_THEN = f"SELECT -covers FROM sum_addends {_THEN} AND covers >= 0 ORDER BY covers DESC"
_INCIDENTS_THEN = f"FROM sum_addends INDEXED BY sum_addends_by_incident {_THEN} AND incident > ''"
_FIRST_THEN = f"SELECT first FROM sum_days {_THEN} ORDER BY first"
_LAST_THEN = f"SELECT -last FROM sum_days {_THEN} ORDER BY first DESC"
_FIRST_INCIDENT_THEN = f"SELECT first {_INCIDENTS_THEN} ORDER BY first"
_LAST_INCIDENT_THEN = f"SELECT back {_INCIDENTS_THEN} ORDER BY back"


class Extremes:
    """The extremes of the addends of a sum, of which the present ones are `known`.

    What is stored is read where one of them ends.
    """

    def __init__(self, stored: Stored, known: TotalRow) -> None:
        self._support, self._reasons = known.support, known.reasons
        self._weakest = Least(stored.weakest, None, unread=True)
        self._covers = Least(stored.covers, _negative(known.covers), unread=False)
        self._first = Least(stored.firsts, known.first, unread=False)
        self._last = Least(stored.lasts, _negative(known.last), unread=False)

    def follow(self, change: Change, ended: Iterable[Days], begun: Iterable[Days]) -> dict[str, Any]:
        """Note a change of addends and of the spans of covered days; return the extremes then."""
        come, gone = change.begun, change.ended
        self._follow_support(
            [(a.support, *a[:4], a.reasons) for a in come if a.support is not None],
            [(a.support, *a[:4], a.reasons) for a in gone if a.support is not None],
        )
        self._covers.change(
            [-addend.covers for addend in come if addend.covers is not None],
            [-addend.covers for addend in gone if addend.covers is not None],
        )
        days = [*begun, *((a.first, -a.back) for a in come if a.incident)]
        days_gone = [*ended, *((a.first, -a.back) for a in gone if a.incident)]
        if days or days_gone:
            self._first.change([first for first, _ in days], [first for first, _ in days_gone])
            self._last.change([-last for _, last in days], [-last for _, last in days_gone])
        return {
            "support": self._support,
            "reasons": self._reasons,
            "covers": _negative(self._covers.least),
            "first": self._first.least,
            "last": _negative(self._last.least),
        }

    def _follow_support(self, begun: Sequence[Weak], ended: Sequence[Weak]) -> None:
        if begun == ended:
            return
        self._weakest.change(begun, ended)
        for one in (*begun, *ended):
            # An addend with a better support is the weakest neither before nor after.
            if self._support is None or one[0] <= self._support:
                least = self._weakest.least
                self._support = least[0] if least else None
                self._reasons = least[-1] if least else TotalRow().reasons
                break


def _negative(day: int | None) -> int | None:
    return None if day is None else -day
