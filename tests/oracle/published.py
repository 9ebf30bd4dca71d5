"""What stands of an indicator at a position and a publication time, by looking at every claim."""

import sqlite3
from typing import NamedTuple

from projections.tables.claim_rows import ACTIVE, WHOLE
from projections.tables.projection import FOREVER

_ROWS = (
    "SELECT c.since, c.until, c.pub_from, c.pub_to, c.cutoff, c.position, c.claim, c.lane, c.cohort, "
    "m.measure FROM claims c JOIN measures m ON m.indicator = c.indicator WHERE c.indicator = ?"
)
LATEST = FOREVER - 1
"""The publication time of who sees everything that was ever published."""


class Row(NamedTuple):
    """A claim between positions and publication times, the ends exclusive."""

    since: int
    until: int
    pub_from: int
    pub_to: int
    cutoff: int
    position: int
    claim: str
    lane: str
    cohort: str
    measure: str

    @property
    def counts(self) -> bool:
        """Whether it counts in the headline."""
        return self.lane in ACTIVE and (self.cohort == WHOLE or self.measure == "increment")


def standing(db: sqlite3.Connection, indicator: str, position: int, by: int) -> set[Row]:
    """The claims on an indicator that stand, whether they count or not."""
    rows = map(Row._make, db.execute(_ROWS, (indicator,)))
    return {
        row for row in rows if row.since <= position < row.until and row.pub_from <= by < row.pub_to
    }


def counted(db: sqlite3.Connection, indicator: str, position: int, by: int) -> tuple[int, int]:
    """The number of claims that count, and that of their reports."""
    found = [row for row in standing(db, indicator, position, by) if row.counts]
    return len(found), len({row.position for row in found})
