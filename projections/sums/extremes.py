"""What of a sum is neither a sum nor a count of its addends: its weakest support, its outer days."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from itertools import chain
from typing import Any

from projections.sums.least import Least
from projections.sums.stored import Days
from projections.sums.writing import Change
from projections.tables.sums import NOW, AddendRow, TotalRow

_Weak = tuple[Any, ...]
"""Support, order and reasons of an addend."""

_OF = f"WHERE indicator = ? AND {NOW}"
_ORDER = "cohort, first, back, incident"
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


class Extremes:
    """The extremes of the addends of a sum, of which the present ones are `known`.

    What is stored is read where one of them ends.
    """

    def __init__(self, db: sqlite3.Connection, indicator: str, known: TotalRow) -> None:
        def numbers(*queries: str) -> Callable[[], Iterator[int]]:
            return lambda: merge(*((row[0] for row in db.execute(q, (indicator,))) for q in queries))

        self._support, self._reasons = known.support, known.reasons

        def weakest() -> Iterator[_Weak]:
            yield from db.execute(_WEAKEST, (indicator,))

        self._weakest: Least[_Weak] = Least(weakest, None, unread=True)
        self._covers = Least(numbers(_COVERS), _negative(known.covers), unread=False)
        self._first = Least(numbers(_FIRST, _FIRST_INCIDENT), known.first, unread=False)
        self._last = Least(numbers(_LAST, _LAST_INCIDENT), _negative(known.last), unread=False)

    def follow(self, change: Change, ended: Iterable[Days], begun: Iterable[Days]) -> dict[str, Any]:
        """Note a change of addends and of the spans of covered days; return the extremes then."""
        self._follow_support(change)
        come, gone = change.begun, change.ended
        self._covers.change(_covers(come), _covers(gone))
        days, gone_days = [*begun, *_incidents(come)], [*ended, *_incidents(gone)]
        if days or gone_days:
            self._first.change([first for first, _ in days], [first for first, _ in gone_days])
            self._last.change([-last for _, last in days], [-last for _, last in gone_days])
        return {
            "support": self._support,
            "reasons": self._reasons,
            "covers": _negative(self._covers.least),
            "first": self._first.least,
            "last": _negative(self._last.least),
        }

    def _follow_support(self, change: Change) -> None:
        begun, ended = _supported(change.begun), _supported(change.ended)
        self._weakest.change(begun, ended)
        # An addend with a better support is the weakest neither before nor after.
        if begun != ended and any(
            self._support is None or one[0] <= self._support for one in chain(begun, ended)
        ):
            least = self._weakest.least
            self._support = least[0] if least else None
            self._reasons = least[-1] if least else TotalRow().reasons


def _supported(addends: Sequence[AddendRow]) -> list[_Weak]:
    return [(a.support, *a[:4], a.reasons) for a in addends if a.support is not None]


def _covers(addends: Sequence[AddendRow]) -> list[int]:
    return [-addend.covers for addend in addends if addend.covers is not None]


def _incidents(addends: Sequence[AddendRow]) -> list[Days]:
    return [(addend.first, -addend.back) for addend in addends if addend.incident]


def _negative(day: int | None) -> int | None:
    return None if day is None else -day
