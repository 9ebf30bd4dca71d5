"""Writes what changed about a sum: cells by family, addends, voices, and the days covered."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.estimates.cells import merged
from projections.sums.families import CellRow, cells_meeting
from projections.tables.projection import FOREVER
from projections.tables.sums import ADDEND, NOW, AddendRow

_INSERT_ADDEND = (
    f"INSERT INTO sum_addends (indicator, since, until, {ADDEND}) "
    f"VALUES (?, ?, {FOREVER}, {', '.join('?' * len(AddendRow._fields))})"
)
_END_ADDEND = (
    "UPDATE sum_addends SET until = ? WHERE indicator = ? AND cohort = ? AND first = ? AND back = ? "
    f"AND incident = ? AND {NOW}"
)

Days = tuple[int, int]
"""First and last day, as the tables have them."""


@dataclass(frozen=True, slots=True)
class Change:
    """The addends that an event ended, and those that it began."""

    ended: Sequence[AddendRow]
    begun: Sequence[AddendRow]


def addends_of(db: sqlite3.Connection, indicator: str, cells: Iterable[CellRow]) -> list[AddendRow]:
    """The present addends of some cells."""
    keys = [(cell.cohort, cell.first, -cell.last, cell.incident) for cell in cells if cell.outer]
    rows = db.execute(
        f"SELECT {ADDEND} FROM json_each(:keys) k CROSS JOIN sum_addends a "
        "ON a.indicator = :indicator AND a.cohort = k.value ->> 0 AND a.first = k.value ->> 1 "
        f"AND a.back = k.value ->> 2 AND a.incident = k.value ->> 3 AND a.{NOW}",
        {"keys": json.dumps(keys), "indicator": indicator},
    )
    return [AddendRow._make(row) for row in rows]


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
        [
            (indicator, *row[:4], (row.last - row.first).bit_length(), row.family, row.outer)
            for row in now - was
        ],
    )


def write_addends(db: sqlite3.Connection, indicator: str, position: int, change: Change) -> None:
    """End addends and insert those that stand from a position on."""
    _each(
        db,
        _END_ADDEND,
        [(position, indicator, a.cohort, a.first, a.back, a.incident) for a in change.ended],
    )
    _each(db, _INSERT_ADDEND, [(indicator, position, *addend) for addend in change.begun])


def write_voices(db: sqlite3.Connection, indicator: str, change: Change) -> int:
    """Count the addends of each voice; return by how many the voices have grown."""
    more = Counter[str]()
    for addends, sign in ((change.begun, 1), (change.ended, -1)):
        for addend in addends:
            for voice in json.loads(addend.voices):
                more[voice] += sign
    grown = 0
    for voice, difference in more.items():
        if difference:
            grown += _count(db, indicator, voice, difference)
    return grown


def _count(db: sqlite3.Connection, indicator: str, voice: str, difference: int) -> int:
    (count,) = db.execute(
        "INSERT INTO sum_voices VALUES (?, ?, ?) ON CONFLICT (indicator, voice) "
        "DO UPDATE SET addends = addends + excluded.addends RETURNING addends",
        (indicator, voice, difference),
    ).fetchone()
    if count == 0:
        db.execute("DELETE FROM sum_voices WHERE indicator = ? AND voice = ?", (indicator, voice))
        return -1
    return int(count == difference)


def write_days(db: sqlite3.Connection, indicator: str, position: int, change: Change) -> int:
    """Bring the spans of covered days up to date; return by how many they have grown.

    The cells are written already.
    """
    gone, come = ({*map(_days, filter(_is_period, each))} for each in (change.ended, change.begun))
    changed = gone ^ come
    if not changed:
        return 0
    first, last = min(days[0] for days in changed), max(days[1] for days in changed)
    before = _spans_near(db, indicator, first, last)
    kept = [(begins, min(ends, first - 1)) for begins, ends in before if begins < first]
    kept += [(max(begins, last + 1), ends) for begins, ends in before if ends > last]
    cells = cells_meeting(db, indicator, first, last)
    within = [
        (max(cell.first, first), min(cell.last, last))
        for cell in cells
        if cell.outer and not cell.incident
    ]
    after = [(int(begins), int(ends)) for begins, ends in merged([*kept, *within])]
    ended, begun = set(before).difference(after), set(after).difference(before)
    _each(
        db,
        f"UPDATE sum_days SET until = ? WHERE indicator = ? AND first = ? AND {NOW}",
        [(position, indicator, days[0]) for days in ended],
    )
    _each(
        db,
        f"INSERT INTO sum_days VALUES (?, ?, ?, ?, {FOREVER})",
        [(indicator, *days, position) for days in begun],
    )
    return len(begun) - len(ended)


def _is_period(addend: AddendRow) -> bool:
    return not addend.incident


def _days(addend: AddendRow) -> Days:
    return addend.first, -addend.back


def _spans_near(db: sqlite3.Connection, indicator: str, first: int, last: int) -> list[Days]:
    """The present spans that share a day with some days, or end just before or begin just after."""
    rows = db.execute(
        "SELECT first, last FROM sum_days INDEXED BY sum_days_now WHERE indicator = ? "
        f"AND first <= ? AND {NOW} ORDER BY first DESC",
        (indicator, last + 1),
    )
    found = list[Days]()
    for begins, ends in rows:
        if ends < first - 1:
            break
        found.append((begins, ends))
    rows.close()
    return found


def _each(db: sqlite3.Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        db.executemany(statement, rows)
