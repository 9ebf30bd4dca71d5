"""What a batch of events enters beside the claims, collected and written together.

One statement for many rows costs a third of one for each. Who reads what is stored in the middle of
a batch writes first.
"""

import json
import sqlite3
from collections.abc import Iterable

from domain.vocabulary import Measure
from projections.tables.claim_rows import ACTIVE, COLUMNS, WHOLE, Row
from projections.tables.projection import FOREVER

Tally = tuple[int, int]
"""How many claims, in how many reports."""
_Scope = tuple[object, object]
"""An indicator, and which of its cohorts; None is its headline."""

_INSERT = (
    f"INSERT INTO claims (since, until, {', '.join(COLUMNS)}) "
    f"VALUES (?, {FOREVER}, {', '.join('?' * len(COLUMNS))})"
)
_CLAIM, _PUB_TO, _LANE, _INDICATOR, _COHORT, _ORIGINATOR, _LINKS = (
    COLUMNS.index(name)
    for name in ("claim", "pub_to", "lane", "indicator", "cohort", "originator", "links")
)


class Entries:
    """Rows that wait to be written, and what is known of those that were."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._begun = list[tuple[object, ...]]()
        self._markings = list[tuple[str, str, int]]()
        self._links = list[tuple[str, object]]()
        self._voices = set[tuple[object, object]]()
        self._heard = set[tuple[object, object]]()
        self._touches = list[tuple[object, ...]]()
        self._tallied = list[tuple[object, ...]]()
        self._tallies: dict[_Scope, Tally] = {}
        self._measures: dict[object, Measure] = {}

    def write(self) -> None:
        """Write what waits."""
        many = self._db.executemany
        for statement, rows in (
            (_INSERT, self._begun),
            ("INSERT OR REPLACE INTO markings VALUES (?, ?, ?)", self._markings),
            ("INSERT OR IGNORE INTO links VALUES (?, ?)", self._links),
            ("INSERT INTO touches VALUES (?, ?, ?, ?)", self._touches),
            ("INSERT INTO tallies VALUES (?, ?, ?, ?, ?)", self._tallied),
        ):
            if rows:
                many(statement, rows)
                rows.clear()
        if fresh := self._voices - self._heard:
            many("INSERT OR IGNORE INTO voices VALUES (?, ?)", fresh)
            self._heard |= fresh
        self._voices.clear()

    def measure(self, indicator: object) -> Measure:
        """What an indicator measures; fixed from its first claim on."""
        if indicator not in self._measures:
            query = "SELECT measure FROM measures WHERE indicator = ?"
            [self._measures[indicator]] = self._db.execute(query, (indicator,)).fetchone()
        return self._measures[indicator]

    def define(self, indicator: str, measure: Measure) -> None:
        """Enter what an indicator measures."""
        self._db.execute("INSERT OR REPLACE INTO measures VALUES (?, ?)", (indicator, measure))
        self._measures[indicator] = measure

    def begin(self, position: int, rows: Iterable[Row]) -> None:
        """Enter rows that stand from a position on, with whom and what they bring up."""
        for row in rows:
            self._begun.append((position, *row))
            self._voices.add((row[_ORIGINATOR], row[_INDICATOR]))
            if row[_LINKS]:
                self._links += [(parent, row[_CLAIM]) for parent in json.loads(str(row[_LINKS]))]

    def mark(self, report: str, marking: str, level: int) -> None:
        """Enter how a report is marked."""
        self._markings.append((report, marking, level))

    def touch(
        self,
        position: int,
        indicators: Iterable[str],
        before: Iterable[Row] = (),
        after: Iterable[Row] = (),
    ) -> None:
        """Enter that an event may have changed what is known of indicators, rows before and after.

        How many claims and reports are active is kept with it, so that none need ever be counted.
        """
        was, now = self._counted(before), self._counted(after)
        for scope in was.keys() | now.keys() if was else now:
            more = now.get(scope, 0) - was.get(scope, 0)
            reports = int(scope in now) - int(scope in was)
            claims_so_far, reports_so_far = self._tally(*scope)
            self._tallies[scope] = tally = claims_so_far + more, reports_so_far + reports
            if scope[1] is not None and (more or reports):
                self._tallied.append((*scope, position, *tally))
        self._touches += [(name, position, *self._tally(name, None)) for name in indicators]

    def _counted(self, rows: Iterable[Row]) -> dict[_Scope, int]:
        counts: dict[_Scope, int] = {}
        for row in rows:
            if row[_PUB_TO] == FOREVER and row[_LANE] in ACTIVE:
                indicator, cohort = row[_INDICATOR], row[_COHORT]
                if cohort == WHOLE or self.measure(indicator) == "increment":
                    counts[indicator, None] = counts.get((indicator, None), 0) + 1
                if cohort != WHOLE:
                    counts[indicator, cohort] = counts.get((indicator, cohort), 0) + 1
        return counts

    def _tally(self, indicator: object, cohort: object) -> Tally:
        scope = indicator, cohort
        if scope not in self._tallies:
            self._tallies[scope] = tally_at(self._db, indicator, cohort, FOREVER)
        return self._tallies[scope]


def tally_at(db: sqlite3.Connection, indicator: object, cohort: object, position: int) -> Tally:
    """How many claims, in how many reports, were active at a position for a cohort, or a headline.

    The headline of an increment is about all of its cohorts, any other about the whole.
    """
    table, one = ("touches", "") if cohort is None else ("tallies", "AND cohort = :cohort ")
    row = db.execute(
        f"SELECT claims, reports FROM {table} WHERE indicator = :indicator {one}"
        "AND position <= :position ORDER BY position DESC LIMIT 1",
        {"indicator": indicator, "cohort": cohort, "position": position},
    ).fetchone()
    return row or (0, 0)
