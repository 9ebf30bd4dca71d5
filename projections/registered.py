"""Reading indicators and sources as they stood at any position."""

import sqlite3
from dataclasses import dataclass
from functools import lru_cache

from domain.events import Definition, SourceGraded, SourceRegistered


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """An indicator's definition at a position, and the version of its stream."""

    id: str
    version: int
    definition: Definition


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source at a position, and the version of its stream."""

    id: str
    version: int
    registered: SourceRegistered
    graded: SourceGraded | None


@lru_cache(maxsize=4_096)  # every estimate reads one, and they are few
def _definition(body: str) -> Definition:
    return Definition.model_validate_json(body)


def indicator(db: sqlite3.Connection, name: str, position: int) -> IndicatorRow | None:
    """An indicator as defined at a position, None if it was not yet."""
    row = db.execute(
        "SELECT version, definition FROM indicators WHERE id = ? AND since <= ? AND until > ?",
        (name, position, position),
    ).fetchone()
    return IndicatorRow(name, row[0], _definition(row[1])) if row else None


def with_parts(db: sqlite3.Connection, name: str, position: int) -> tuple[str, ...]:
    """An indicator and its parts as defined at a position: its flags are found over them all."""
    row = indicator(db, name, position)
    return (name, *row.definition.parts) if row else (name,)


def indicators(
    db: sqlite3.Connection, position: int, after: str = "", limit: int = -1
) -> list[IndicatorRow]:
    """The indicators defined at a position, by id."""
    rows = db.execute(
        "SELECT id, version, definition FROM indicators WHERE id > ? AND since <= ? AND until > ? "
        "ORDER BY id LIMIT ?",
        (after, position, position, limit),
    )
    return [IndicatorRow(i, v, _definition(body)) for i, v, body in rows]


def source(db: sqlite3.Connection, name: str, position: int) -> SourceRow | None:
    """A source as registered and graded at a position, None if it was not yet."""
    row = db.execute(
        "SELECT id, version, registered, graded FROM sources WHERE id = ? AND since <= ? AND until > ?",
        (name, position, position),
    ).fetchone()
    return _source_row(row) if row else None


def sources(db: sqlite3.Connection, position: int, after: str = "", limit: int = -1) -> list[SourceRow]:
    """The sources registered at a position, by id."""
    rows = db.execute(
        "SELECT id, version, registered, graded FROM sources "
        "WHERE id > ? AND since <= ? AND until > ? ORDER BY id LIMIT ?",
        (after, position, position, limit),
    )
    return [_source_row(row) for row in rows]


def grades(db: sqlite3.Connection, name: str, position: int) -> list[tuple[int, SourceGraded]]:
    """Every grade that a source was given up to a position, with the position of each."""
    rows = db.execute(
        "SELECT since, graded FROM sources WHERE id = ? AND since <= ? AND graded IS NOT NULL "
        "ORDER BY since",
        (name, position),
    ).fetchall()
    graded = [(since, body) for since, body in rows]
    changed = [
        (since, body)
        for (since, body), before in zip(graded, [None, *(b for _, b in graded)], strict=False)
        if body != before
    ]
    return [(since, SourceGraded.model_validate_json(body)) for since, body in changed]


def voiced(db: sqlite3.Connection, source: str, position: int) -> list[str]:
    """The indicators that a source had spoken of by a position, by id."""
    rows = db.execute(
        "SELECT v.indicator FROM voices v WHERE v.originator = :source AND EXISTS (SELECT 1 "
        "FROM claims c WHERE c.indicator = v.indicator AND c.originator = :source "
        "AND c.since <= :position) ORDER BY v.indicator",
        {"source": source, "position": position},
    )
    return [row[0] for row in rows]


def _source_row(row: tuple[str, int, str, str | None]) -> SourceRow:
    name, version, registered, graded = row
    return SourceRow(
        name,
        version,
        SourceRegistered.model_validate_json(registered),
        SourceGraded.model_validate_json(graded) if graded else None,
    )
