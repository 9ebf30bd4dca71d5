"""A row for each cited figure: what moved it, or up to which event nothing did.

To compute them takes long where an indicator has very many claims, so they are made when nothing else
is to do; readers compute what is not there yet.
"""

import json
import sqlite3
from collections.abc import Iterator

from projections.answers.moments import touching
from projections.moved.moving import MovedFigure, Watched, moved_after, moved_when_cited
from projections.tables.cited_figures import CitedRow, cited_row
from projections.tables.projection import Projection

SCHEMA = """
CREATE TABLE moved_figures (
    citation TEXT NOT NULL, position INTEGER NOT NULL, followed INTEGER NOT NULL, body TEXT,
    PRIMARY KEY (citation, position)
) WITHOUT ROWID;
"""
AT_ONCE = 200
"""Maximum number of events of one indicator that are followed at a time."""
_ROWS = (
    "SELECT c.position, c.until, c.recorded_at, c.actor, c.body, m.followed, m.body "
    "FROM cited_figures c LEFT JOIN moved_figures m USING (citation, position)"
)
_BEHIND = (
    f"{_ROWS} WHERE m.followed IS NULL OR (m.body IS NULL AND EXISTS (SELECT 1 FROM touches t "
    "WHERE t.indicator = c.indicator AND t.position > m.followed AND t.position < c.until)) LIMIT 1"
)
Followed = tuple[int, MovedFigure | None] | None
"""Up to which event a figure was followed, and what moved it; None before it was followed at all."""


def idle(db: sqlite3.Connection) -> bool:
    """Follow one cited figure through some events; return whether there was one to follow."""
    found = db.execute(_BEHIND).fetchone()
    if found is None:
        return False
    row, kept = cited_row(*found[:5]), _followed(*found[5:])
    followed, moved = _follow(db, Watched(row.event, row.position), row.until - 1, kept, AT_ONCE)
    db.execute(
        "INSERT OR REPLACE INTO moved_figures VALUES (?, ?, ?, ?)",
        (row.event.citation, row.position, followed, None if moved is None else json.dumps(moved)),
    )
    return True


def _followed(followed: int | None, body: str | None) -> Followed:
    return None if followed is None else (followed, None if body is None else json.loads(body))


def _follow(
    db: sqlite3.Connection, watched: Watched, until: int, kept: Followed, most: int | None = None
) -> tuple[int, MovedFigure | None]:
    """Follow a figure up to a position, or through at most so many events."""
    if kept is None:
        moved = moved_when_cited(db, watched) if watched.then != _opened(watched) else None
        kept = watched.cited.position, moved
    followed, moved = kept
    if moved is not None:
        return kept
    causes = touching(db, watched.cited.indicator, followed, until, most)
    return (causes[-1].position if causes else followed), moved_after(db, watched, causes)


def _opened(watched: Watched) -> object:
    return watched.open_at(watched.cited.position)


def move_of(
    db: sqlite3.Connection, row: CitedRow, watched: Watched, until: int, *, kept: bool
) -> MovedFigure | None:
    """What moved a figure by a position; where what is `kept` is right for the reader, from there."""
    query = "SELECT followed, body FROM moved_figures WHERE citation = ? AND position = ?"
    found = db.execute(query, (row.event.citation, row.position)).fetchone() if kept else None
    last = min(until, row.until - 1)
    known = _followed(*found) if found else None
    if known is not None and known[1] is not None and known[1]["position"] > last:
        return None
    return _follow(db, watched, last, known)[1]


def _digested(db: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    """What moved every figure, whether it is kept yet or not."""
    for found in db.execute(f"{_ROWS} ORDER BY c.citation, c.position").fetchall():
        row = cited_row(*found[:5])
        watched = Watched(row.event, row.position)
        _, moved = _follow(db, watched, row.until - 1, _followed(*found[5:]))
        yield row.event.citation, row.position, json.dumps(moved)


MOVED = Projection(
    "moved",
    1,
    SCHEMA,
    None,  # what moved is found out when there is time
    _digested,
    idle=idle,
    reads=("journal", "registry", "assessments", "claims", "sums", "cited"),
)
