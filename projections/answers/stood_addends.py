"""The addends of a sum that stood at a position, and the days that they covered."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from heapq import merge
from typing import Any

from projections.sums.families import Key
from projections.sums.stored import Days
from projections.tables.sums import AddendRow

Order = tuple[str, int, int, str]
"""How addends are ordered: cohort, first day, last day as a negative number, incident."""
_THEN = "a.since <= :base AND a.until > :base"
_OF_PERIODS = (
    f"SELECT {{fields}} FROM json_each(:keys) k CROSS JOIN sum_addends a ON a.indicator = :indicator "
    "AND a.cohort = k.value ->> 0 AND a.first = k.value ->> 2 AND a.back = -(k.value ->> 3) "
    f"AND a.incident = '' AND {_THEN}"
)
_OF_INCIDENTS = (
    "SELECT {fields} FROM json_each(:keys) k CROSS JOIN sum_addends a "
    "INDEXED BY sum_addends_by_incident ON a.indicator = :indicator AND a.incident = k.value ->> 1 "
    f"AND a.incident > '' AND a.cohort = k.value ->> 0 AND {_THEN}"
)
_IN_ORDER = (
    "SELECT a.cohort, a.first, a.back, a.incident, a.{field} FROM sum_addends a {index} "
    f"WHERE a.indicator = :indicator AND {_THEN} {{only}} "
    "ORDER BY a.cohort, a.first, a.back, a.incident"
)
_ADDEND = ", ".join(f"a.{field}" for field in AddendRow._fields)
_SPEAKS = (
    f"SELECT 1 FROM sum_addends a WHERE a.indicator = :indicator AND {_THEN} "
    "AND instr(a.voices, :voice) AND (a.cohort, a.first, a.back, a.incident) NOT IN "
    "(SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(:removed)) LIMIT 1"
)
_MARKED = (
    "SELECT a.level, a.cohort, a.first, a.back, a.incident FROM sum_addends a "
    "INDEXED BY sum_addends_marked WHERE a.indicator = :indicator AND a.level > 0 "
    f"AND {_THEN} ORDER BY a.level DESC"
)
_SPANS = f"SELECT first, last FROM sum_days a WHERE a.indicator = :indicator AND {_THEN} "
_SPANS_WITHIN = f"{_SPANS} AND a.first >= :first AND a.first <= :last"
_SPAN_BEFORE = f"{_SPANS} AND a.first < :first ORDER BY a.first DESC LIMIT 1"
_SPANS_AFTER = f"{_SPANS} AND a.first > :first ORDER BY a.first LIMIT :most"


class StoodAddends:
    """Reads the addends of a sum at a position; some reads leave out those that are `removed`."""

    def __init__(self, db: sqlite3.Connection, indicator: str, position: int) -> None:
        self._db = db
        self._given: dict[str, Any] = {"indicator": indicator, "base": position}

    def of_cells(self, keys: Collection[Key]) -> Iterator[AddendRow]:
        """The addends of some cells."""
        for query, wanted in (
            (_OF_PERIODS, [key for key in keys if not key.incident]),
            (_OF_INCIDENTS, [key for key in keys if key.incident]),
        ):
            if wanted:
                given = {**self._given, "keys": json.dumps(wanted)}
                yield from map(AddendRow._make, self._db.execute(query.format(fields=_ADDEND), given))

    def texts(
        self, field: str, removed: Collection[Order], begun: Sequence[AddendRow]
    ) -> Iterator[str]:
        """A text of each addend in order, with those that begin, unless it is empty."""
        noted = field in ("flags", "clash")
        index = "INDEXED BY sum_addends_noted" if noted else ""
        only = f"AND (a.flags > '' OR a.clash > '') AND a.{field} > ''" if noted else ""
        rows = self._db.execute(_IN_ORDER.format(field=field, index=index, only=only), self._given)
        stay = ((row[:4], row[4]) for row in rows if row[:4] not in removed)
        come = ((order_of(addend), getattr(addend, field)) for addend in begun)
        return (text for _, text in merge(stay, come) if text)

    def any_by(self, voice: str, removed: Collection[Order]) -> bool:
        """Whether a voice has a part in any of them."""
        given = {"voice": json.dumps(voice), "removed": json.dumps([*removed])}
        return self._db.execute(_SPEAKS, self._given | given).fetchone() is not None

    def highest_level(self, removed: Collection[Order]) -> int:
        """The level of the most restrictive marking among the claims used."""
        rows = self._db.execute(_MARKED, self._given)
        return next((level for level, *order in rows if tuple(order) not in removed), 0)

    def spans_at(self, days: Days) -> list[Days]:
        """The spans of covered days that share a day with these."""
        given = self._given | {"first": days[0], "last": days[1]}
        before = self._db.execute(_SPAN_BEFORE, given).fetchall()
        within = self._db.execute(_SPANS_WITHIN, given).fetchall()
        return [span for span in before if span[1] >= days[0]] + within

    def spans_after(self, day: int, most: int) -> list[Days]:
        """The first spans of covered days that begin after a day."""
        return self._db.execute(_SPANS_AFTER, self._given | {"first": day, "most": most}).fetchall()


def order_of(addend: AddendRow) -> Order:
    """The place of an addend among all."""
    return addend[:4]
