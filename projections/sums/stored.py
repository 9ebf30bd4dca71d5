"""What is stored of a sum now: its cells around some days, their addends, and the days covered."""

import json
import sqlite3
from collections.abc import Collection, Iterable

from domain.estimates.cells import merged
from projections.sums.families import CellRow, Key
from projections.tables.sums import ADDEND, NOW, AddendRow

Days = tuple[int, int]
"""First and last day, as the tables have them."""

_FIELDS = "c.cohort, c.incident, c.first, c.last, c.family, c.outer"
_MEETING = (
    "WITH RECURSIVE sizes (size) AS (SELECT min(size) FROM sum_cells INDEXED BY sum_cells_by_days "
    "WHERE indicator = :indicator UNION ALL SELECT (SELECT min(c.size) FROM sum_cells c "
    "INDEXED BY sum_cells_by_days WHERE c.indicator = :indicator AND c.size > sizes.size) FROM sizes "
    "WHERE size >= 0) "
    f"SELECT {_FIELDS} FROM sizes CROSS JOIN json_each(:days) d CROSS JOIN sum_cells c "
    "INDEXED BY sum_cells_by_days ON c.indicator = :indicator AND c.size = sizes.size "
    "AND c.first BETWEEN (d.value ->> 0) - ((1 << sizes.size) - 1) AND (d.value ->> 1) "
    "WHERE sizes.size >= 0 AND c.last >= (d.value ->> 0)"
)
"""Cells of a size, which has so many binary digits, begin at most so many days before they end."""
_OF_INCIDENTS = (
    f"SELECT {_FIELDS} FROM json_each(:incidents) n CROSS JOIN sum_cells c "
    "INDEXED BY sum_cells_by_incident ON c.indicator = :indicator AND c.incident = n.value "
    "AND c.incident > ''"
)
_OF_FAMILIES = (
    f"SELECT {_FIELDS} FROM json_each(:families) f CROSS JOIN sum_cells c "
    "INDEXED BY sum_cells_by_family ON c.indicator = :indicator AND c.family = f.value"
)
_COVERED = (
    "FROM json_each(:days) d CROSS JOIN sum_days s INDEXED BY sum_days_now ON s.indicator = :indicator"
)
_SPANS = (
    f"SELECT s.first, s.last {_COVERED} AND s.first BETWEEN (d.value ->> 0) AND (d.value ->> 1) + 1 "
    f"AND s.{NOW} UNION SELECT s.first, s.last {_COVERED} AND s.first = (SELECT b.first "
    "FROM sum_days b INDEXED BY sum_days_now WHERE b.indicator = :indicator "
    f"AND b.first < (d.value ->> 0) AND b.{NOW} ORDER BY b.first DESC LIMIT 1) AND s.{NOW} "
    "WHERE s.last >= (d.value ->> 0) - 1 ORDER BY 1"
)


def cells_around(
    db: sqlite3.Connection, indicator: str, keys: Collection[Key], days: Iterable[Days]
) -> tuple[set[CellRow], list[CellRow], list[Days]]:
    """The cells that matter to a change of some cells, which are or may be on some days.

    Returns those that share a day with a family that may change, the cells of these families, and the
    days of all of them.
    """
    incidents = [key for key in keys if key.incident]
    near = _of_incidents(db, indicator, incidents) if incidents else set()
    spans = _merged([*days, *((cell.first, cell.last) for cell in near)])
    near |= _meeting(db, indicator, spans)
    if not near:
        return near, [], spans
    given = {"families": json.dumps(sorted({cell.family for cell in near})), "indicator": indicator}
    members = [CellRow._make(row) for row in db.execute(_OF_FAMILIES, given)]
    wider = _merged([*spans, *((cell.first, cell.last) for cell in members)])
    if wider != spans:
        near |= _meeting(db, indicator, wider)
    return near.union(members), members, wider


def _merged(spans: Iterable[Days]) -> list[Days]:
    return [(int(first), int(last)) for first, last in merged(spans)]


def _of_incidents(db: sqlite3.Connection, indicator: str, keys: Collection[Key]) -> set[CellRow]:
    """The cells of the same incidents, of whatever cohort."""
    given = {"incidents": json.dumps(sorted({key.incident for key in keys})), "indicator": indicator}
    return {CellRow._make(row) for row in db.execute(_OF_INCIDENTS, given)}


def _meeting(db: sqlite3.Connection, indicator: str, days: list[Days]) -> set[CellRow]:
    given = {"days": json.dumps(days), "indicator": indicator}
    return {CellRow._make(row) for row in db.execute(_MEETING, given)}


def all_keys(db: sqlite3.Connection, indicator: str) -> frozenset[Key]:
    """Every cell of an indicator in which there are claims now."""
    rows = db.execute(f"SELECT {_FIELDS} FROM sum_cells c WHERE c.indicator = ?", (indicator,))
    return frozenset(CellRow._make(row).key for row in rows)


def addends_of(db: sqlite3.Connection, indicator: str, cells: Iterable[CellRow]) -> list[AddendRow]:
    """The present addends of some cells."""
    keys = [(cell.cohort, cell.first, -cell.last, cell.incident) for cell in cells if cell.outer]
    if not keys:
        return []
    rows = db.execute(
        f"SELECT {ADDEND} FROM json_each(:keys) k CROSS JOIN sum_addends a "
        "INDEXED BY sum_addends_now ON a.indicator = :indicator AND a.cohort = k.value ->> 0 "
        "AND a.first = k.value ->> 1 "
        f"AND a.back = k.value ->> 2 AND a.incident = k.value ->> 3 AND a.{NOW}",
        {"keys": json.dumps(keys), "indicator": indicator},
    )
    return [AddendRow._make(row) for row in rows]


def spans_near(db: sqlite3.Connection, indicator: str, days: Collection[Days]) -> list[Days]:
    """The present spans of covered days that share a day with some days, or lie beside one of them."""
    given = {"days": json.dumps([*days]), "indicator": indicator}
    return [(first, last) for first, last in db.execute(_SPANS, given)]
