"""The current estimate of every indicator, stored ready to read."""

import json
import sqlite3
from collections.abc import Iterator

from projections.answers.as_of import NOW
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.estimates import answer
from projections.tables.portions import Portions
from projections.tables.projection import FOREVER, Projection
from projections.tables.registry import indicator_at

SCHEMA = """
CREATE TABLE headlines (indicator TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
"""


def amend(db: sqlite3.Connection, first: int, last: int) -> None:
    """Delete the estimate of every indicator that an event of the batch touches."""
    db.execute(
        "DELETE FROM headlines WHERE indicator IN "
        "(SELECT indicator FROM touches WHERE position BETWEEN ? AND ?)",
        (first, last),
    )


def complete(db: sqlite3.Connection, most: int) -> int:
    """Build up to `most` missing estimates; return the number built."""
    missing = _missing(db, most)
    for indicator in missing:
        _build(db, indicator)
    return len(missing)


def _missing(db: sqlite3.Connection, most: int = -1) -> list[str]:
    rows = db.execute(
        "SELECT id FROM indicators i WHERE until = ? AND NOT EXISTS "
        "(SELECT 1 FROM headlines h WHERE h.indicator = i.id) LIMIT ?",
        (FOREVER, most),
    )
    return [row[0] for row in rows]


def _build(db: sqlite3.Connection, indicator: str) -> None:
    body = json.dumps(answer(db, indicator, NOW))
    db.execute("INSERT INTO headlines VALUES (?, ?)", (indicator, body))


def headline(db: sqlite3.Connection, indicator: str) -> EstimateAnswer | None:
    """The current estimate of an indicator, stored or computed; None before it is defined."""
    row = db.execute("SELECT body FROM headlines WHERE indicator = ?", (indicator,)).fetchone()
    if row:
        kept: EstimateAnswer = json.loads(row[0])
        return kept
    return None if indicator_at(db, indicator, NOW.position) is None else answer(db, indicator, NOW)


def _digested(db: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    """The current estimate of every indicator, whether it is stored yet or not."""
    for row in db.execute(
        "SELECT id FROM indicators WHERE until = ? ORDER BY id", (FOREVER,)
    ).fetchall():
        yield row[0], json.dumps(headline(db, row[0]))


HEADLINES = Projection(
    "estimates",
    5,
    SCHEMA,
    None,
    _digested,
    amend=amend,
    complete=complete,
    portions=Portions(SCHEMA, lambda db: sorted(_missing(db)), _build),
    reads=("registry", "assessments", "claims", "sums"),
)
