"""What of a sum is neither a sum nor a count of its addends: its weakest support, its outer days."""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, TypedDict

from projections.sums.least import Least
from projections.sums.stored import Days
from projections.sums.writing import Change
from projections.tables.sums import NOW, AddendRow, TotalRow

_Row = tuple[Any, ...]

_OF = f"WHERE indicator = ? AND {NOW}"
_ORDER = "cohort, first, back, incident"
_WEAKEST = (
    f"SELECT support, {_ORDER}, reasons FROM sum_addends INDEXED BY sum_addends_by_support {_OF} "
    f"AND support >= 0 ORDER BY support, {_ORDER}"
)
_COVERS = (
    f"SELECT -covers, {_ORDER} FROM sum_addends INDEXED BY sum_addends_by_cover {_OF} "
    "AND covers >= 0 ORDER BY covers DESC"
)
_FIRST = f"SELECT first, last FROM sum_days INDEXED BY sum_days_now {_OF} ORDER BY first"
_LAST = f"SELECT -last, first FROM sum_days INDEXED BY sum_days_now {_OF} ORDER BY first DESC"
_FIRST_INCIDENT = (
    f"SELECT first, {_ORDER} FROM sum_addends INDEXED BY sum_incidents_by_first {_OF} "
    "AND incident > '' ORDER BY first"
)
_LAST_INCIDENT = (
    f"SELECT back, {_ORDER} FROM sum_addends INDEXED BY sum_incidents_by_last {_OF} "
    "AND incident > '' ORDER BY back"
)


class Found(TypedDict):
    """The extremes of a sum, as the total has them."""

    support: int | None
    reasons: str
    covers: int | None
    first: int | None
    last: int | None


class Extremes:
    """The extremes of the addends of a sum; those that stay are read where one ends."""

    def __init__(self, db: sqlite3.Connection, indicator: str) -> None:
        def stored(query: str) -> Least[_Row]:
            return Least(_rows(db, query, indicator))

        self._weakest, self._covers = stored(_WEAKEST), stored(_COVERS)
        self._days = stored(_FIRST), stored(_LAST)
        self._incidents = stored(_FIRST_INCIDENT), stored(_LAST_INCIDENT)

    def follow(self, change: Change, ended: Iterable[Days], begun: Iterable[Days]) -> None:
        """Note a change: of addends, and of the spans of covered days."""
        for addend in change.ended:
            for where, one in self._of(addend):
                where.end(one)
        for addend in change.begun:
            for where, one in self._of(addend):
                where.begin(one)
        for first, last in ended:
            self._days[0].end((first, last))
            self._days[1].end((-last, first))
        for first, last in begun:
            self._days[0].begin((first, last))
            self._days[1].begin((-last, first))

    def _of(self, addend: AddendRow) -> Iterator[tuple[Least[_Row], _Row]]:
        """Where an addend may be the least, and as what."""
        order = addend[:4]
        if addend.support is not None:
            yield self._weakest, (addend.support, *order, addend.reasons)
        if addend.covers is not None:
            yield self._covers, (-addend.covers, *order)
        if addend.incident:
            yield self._incidents[0], (addend.first, *order)
            yield self._incidents[1], (addend.back, *order)

    def found(self) -> Found:
        """The extremes as they are now."""
        weakest, covers = self._weakest.least, self._covers.least
        firsts, lasts = (
            [one[0] for each in pair if (one := each.least)]
            for pair in zip(self._days, self._incidents, strict=True)
        )
        return Found(
            support=weakest[0] if weakest else None,
            reasons=weakest[-1] if weakest else TotalRow().reasons,
            covers=-covers[0] if covers else None,
            first=min(firsts, default=None),
            last=-min(lasts) if lasts else None,
        )


def _rows(db: sqlite3.Connection, query: str, indicator: str) -> Iterator[_Row]:
    yield from db.execute(query, (indicator,))
