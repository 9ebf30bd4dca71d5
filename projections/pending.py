"""How many deferred rows are not built yet, of each projection that has such rows."""

import sqlite3
from collections.abc import Mapping

from projections.board import BOARD
from projections.headlines import HEADLINES
from projections.sums.projection import SUMS
from projections.tables.projection import FOREVER

_DEFINED = f"SELECT count(*) FROM indicators WHERE until = {FOREVER}"
_UNFOLLOWED = (
    "SELECT count(*) FROM touches t JOIN measures m ON m.indicator = t.indicator "
    "AND m.measure = 'increment' CROSS JOIN sum_progress p "
    "WHERE t.position >= p.position AND (t.position, t.indicator) > (p.position, p.indicator)"
)


def pending(db: sqlite3.Connection) -> Mapping[str, int]:
    """The number of deferred rows by projection: events of sums to follow, indicators to compute."""
    defined = _count(db, _DEFINED)
    return {
        SUMS.name: _count(db, _UNFOLLOWED),
        HEADLINES.name: defined - _count(db, "SELECT count(*) FROM headlines"),
        BOARD.name: defined - _count(db, "SELECT count(*) FROM flag_tallies"),
    }


def _count(db: sqlite3.Connection, query: str) -> int:
    found: int = db.execute(query).fetchone()[0]
    return found
