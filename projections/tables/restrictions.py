"""Which indicators' estimates rest on something restricted: where none does, one answer is for all."""

import sqlite3

from projections.tables.levels import changed_between, level_of
from projections.tables.projection import Projection

SCHEMA = """
CREATE TABLE restrictions (
    indicator TEXT NOT NULL, level INTEGER NOT NULL, stream TEXT NOT NULL,
    PRIMARY KEY (indicator, level, stream)
) WITHOUT ROWID;
CREATE INDEX restrictions_by_stream ON restrictions (stream);
CREATE TABLE restricting (built INTEGER NOT NULL);
INSERT INTO restricting VALUES (0);
"""
_BY_EVENT = "INSERT OR IGNORE INTO restrictions SELECT t.indicator, l.level, l.stream "
_OF_ITS_STREAM = (
    f"{_BY_EVENT} FROM journal j CROSS JOIN levels l ON l.stream = j.stream "
    "CROSS JOIN touches t ON t.position = j.position "
)
_OF_ITS_SUBJECTS = (
    f"{_BY_EVENT} FROM subjects s CROSS JOIN levels l ON l.stream = s.stream "
    "CROSS JOIN touches t ON t.position = s.position "
)
AFFECTED = """
WITH RECURSIVE these (id) AS (
    SELECT ? UNION SELECT p.part FROM main.parts p JOIN these ON p.whole = these.id
)
SELECT 1 FROM these CROSS JOIN main.restrictions r ON r.indicator = these.id AND r.level > ? LIMIT 1
"""
_ALL_AFFECTED = """
WITH RECURSIVE these (id) AS (
    SELECT indicator FROM main.restrictions WHERE level > ?
    UNION SELECT p.whole FROM main.parts p JOIN these ON p.part = these.id
)
SELECT id FROM these
"""


def amend(db: sqlite3.Connection, first: int, last: int) -> None:
    """Insert what the events touch that are restricted, and all again of what changed its level."""
    for stream in changed_between(db, first, last):
        _derive_again(db, stream)
    if db.execute("SELECT 1 FROM levels LIMIT 1").fetchone():
        db.execute(f"{_OF_ITS_STREAM} WHERE j.position BETWEEN ? AND ?", (first, last))
        db.execute(f"{_OF_ITS_SUBJECTS} WHERE s.position BETWEEN ? AND ?", (first, last))


def _derive_again(db: sqlite3.Connection, stream: str) -> None:
    db.execute("DELETE FROM restrictions WHERE stream = ?", (stream,))
    if level_of(db, stream):
        db.execute(f"{_OF_ITS_STREAM} WHERE j.stream = ?", (stream,))
        db.execute(f"{_OF_ITS_SUBJECTS} WHERE s.stream = ?", (stream,))


def complete(db: sqlite3.Connection, most: int) -> int:
    """Insert everything at the end of a build, when all indices are there."""
    if db.execute("SELECT built FROM restricting").fetchone()[0]:
        return 0
    streams = db.execute("SELECT stream FROM levels").fetchall()
    for (stream,) in streams:
        _derive_again(db, stream)
    db.execute("UPDATE restricting SET built = 1")
    return len(streams)


def is_affected(db: sqlite3.Connection, indicator: str, level: int) -> bool:
    """Whether an estimate of an indicator may rest on something that is above a level."""
    return db.execute(AFFECTED, (indicator, level)).fetchone() is not None


def affected(db: sqlite3.Connection, level: int) -> set[str]:
    """Every indicator whose estimate may rest on something that is above a level."""
    return {row[0] for row in db.execute(_ALL_AFFECTED, (level,))}


RESTRICTIONS = Projection(
    "restrictions",
    1,
    SCHEMA,
    None,
    ("SELECT * FROM restrictions ORDER BY indicator, level, stream",),
    amend=amend,
    complete=complete,
    reads=("journal", "levels", "claims"),
)
