"""Families of cells: those that can affect each other's figure, so that each family is summed alone.

Periods of one cohort, or one of them of the whole, that share a day are related; so is an incident to a
period that holds it, and to the same incident of the whole. A family is closed under that.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

_REACHES = json.dumps([2**size - 1 for size in range(23)])
"""The greatest distance between first and last day of a cell, by its size."""


class Key(NamedTuple):
    """The cell of a claim; an incident has no days of its own, they are 0."""

    cohort: str
    incident: str
    first: int
    last: int


class CellRow(NamedTuple):
    """A cell in which there are claims now, with its days and the number of its family."""

    cohort: str
    incident: str
    first: int
    last: int
    family: int
    outer: int

    @property
    def key(self) -> Key:
        """The cell without what changes about it."""
        return key_of(self.cohort, self.incident, self.first, self.last)

    def may_relate(self, other: "CellRow") -> bool:
        """Whether one of two cells may have a part in the figure of the other."""
        if self.cohort != other.cohort and "" not in (self.cohort, other.cohort):
            return False
        if self.incident and other.incident:
            return self.incident == other.incident
        if self.incident or other.incident:
            return self._lies_within(other) if self.incident else other._lies_within(self)
        return self._meets(other)

    def _lies_within(self, other: "CellRow") -> bool:
        return other.first <= self.first and self.last <= other.last

    def _meets(self, other: "CellRow") -> bool:
        return self.first <= other.last and other.first <= self.last


def key_of(cohort: str, incident: str, first: int, last: int) -> Key:
    """The cell of a claim with these words."""
    return Key(cohort, incident, 0, 0) if incident else Key(cohort, "", first, last)


_FIELDS = "c.cohort, c.incident, c.first, c.last, c.family, c.outer"


_NAMED = (
    f"SELECT {_FIELDS} FROM json_each(:keys) k CROSS JOIN sum_cells c ON c.indicator = :indicator "
    "AND c.cohort = k.value ->> 0 AND c.incident = k.value ->> 1"
)
_OF_ITS_DAYS = "AND c.first = k.value ->> 2 AND c.last = k.value ->> 3"


def cells_named(db: sqlite3.Connection, indicator: str, keys: Collection[Key]) -> list[CellRow]:
    """The cells of some keys, as far as there are claims in them."""
    periods, incidents = [k for k in keys if not k.incident], [k for k in keys if k.incident]
    found = list[CellRow]()
    for named, query in ((periods, f"{_NAMED} {_OF_ITS_DAYS}"), (incidents, _NAMED)):
        if named:
            rows = db.execute(query, {"keys": json.dumps(named), "indicator": indicator})
            found += [CellRow._make(row) for row in rows]
    return found


def cells_of_families(
    db: sqlite3.Connection, indicator: str, families: Collection[int]
) -> list[CellRow]:
    """The cells of some families."""
    rows = db.execute(
        f"SELECT {_FIELDS} FROM json_each(:families) f CROSS JOIN sum_cells c "
        "INDEXED BY sum_cells_by_family ON c.indicator = :indicator AND c.family = f.value",
        {"families": json.dumps([*families]), "indicator": indicator},
    )
    return [CellRow._make(row) for row in rows]


def cells_meeting(db: sqlite3.Connection, indicator: str, first: int, last: int) -> list[CellRow]:
    """The cells that share a day with some days."""
    rows = db.execute(
        f"SELECT {_FIELDS} FROM json_each(:reaches) s CROSS JOIN sum_cells c "
        "INDEXED BY sum_cells_by_days ON c.indicator = :indicator AND c.size = s.key "
        "AND c.first BETWEEN :first - s.value AND :last WHERE c.last >= :first",
        {"reaches": _REACHES, "indicator": indicator, "first": first, "last": last},
    )
    return [CellRow._make(row) for row in rows]


def related(db: sqlite3.Connection, indicator: str, cell: CellRow) -> list[CellRow]:
    """The cells to which one may be related."""
    found = cells_meeting(db, indicator, cell.first, cell.last)
    if cell.incident:
        rows = db.execute(
            f"SELECT {_FIELDS} FROM sum_cells c INDEXED BY sum_cells_by_incident "
            "WHERE c.indicator = ? AND c.incident = ? AND c.incident > ''",
            (indicator, cell.incident),
        )
        found += [CellRow._make(row) for row in rows]
    return [other for other in found if cell.may_relate(other)]


def grouped(cells: Iterable[CellRow]) -> list[list[CellRow]]:
    """Cells by family, found in one pass over their days."""
    by_key = {cell.key: cell for cell in sorted(cells, key=_by_first_day)}
    leader = {key: key for key in by_key}
    reaching: dict[str, CellRow] = {}
    for key, cell in by_key.items():
        for other in _reached(cell, reaching):
            _unite(leader, key, other.key)
        whole = Key("", cell.incident, 0, 0)
        if cell.incident and whole in leader:
            _unite(leader, key, whole)
        if not cell.incident and reaching.get(cell.cohort, cell).last <= cell.last:
            reaching[cell.cohort] = cell
    families: dict[Key, list[CellRow]] = {}
    for key, cell in by_key.items():
        families.setdefault(_leading(leader, key), []).append(cell)
    return [*families.values()]


def _by_first_day(cell: CellRow) -> tuple[int, bool]:
    return cell.first, bool(cell.incident)


def _reached(cell: CellRow, reaching: Mapping[str, CellRow]) -> Iterable[CellRow]:
    """Of the periods that began before, for each cohort the longest, if it is related."""
    cohorts = {cell.cohort, ""} if cell.cohort or cell.incident else reaching.keys()
    needed = cell.last if cell.incident else cell.first
    return [reaching[c] for c in cohorts if c in reaching and reaching[c].last >= needed]


def _leading(leader: dict[Key, Key], key: Key) -> Key:
    while leader[key] != key:
        leader[key] = leader[leader[key]]
        key = leader[key]
    return key


def _unite(leader: dict[Key, Key], one: Key, other: Key) -> None:
    leader[_leading(leader, one)] = _leading(leader, other)


def all_keys(db: sqlite3.Connection, indicator: str) -> frozenset[Key]:
    """Every cell of an indicator in which there are claims now."""
    rows = db.execute(f"SELECT {_FIELDS} FROM sum_cells c WHERE c.indicator = ?", (indicator,))
    return frozenset(CellRow._make(row).key for row in rows)


def highest_family(db: sqlite3.Connection, indicator: str) -> int:
    """The highest number of a family of an indicator."""
    (highest,) = db.execute(
        "SELECT max(family) FROM sum_cells INDEXED BY sum_cells_by_family WHERE indicator = ?",
        (indicator,),
    ).fetchone()
    return highest or 0
