"""Indicators and sources over record positions: definitions, descriptions, grades."""

import sqlite3
from collections.abc import Sequence

from domain.events import (
    AssessmentRecorded,
    IndicatorDefined,
    IndicatorRevised,
    SourceGraded,
    SourceRegistered,
)
from projections.projection import FOREVER, Projection, Recorded

SCHEMA = """
CREATE TABLE indicators (
    id TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
    version INTEGER NOT NULL, definition TEXT NOT NULL,
    PRIMARY KEY (id, since)
) WITHOUT ROWID;
CREATE TABLE sources (
    id TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, version INTEGER NOT NULL,
    registered TEXT NOT NULL, graded TEXT, reliability TEXT,
    PRIMARY KEY (id, since)
) WITHOUT ROWID;
"""


def apply(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    """End the row that an event replaces and begin the next."""
    for recorded in (each for each in events if each.state is None):  # none of a report
        event = recorded.event
        if isinstance(event, IndicatorDefined | IndicatorRevised):
            _next_indicator(db, recorded, event.indicator, event.definition.model_dump_json())
        elif isinstance(event, AssessmentRecorded):
            # Nothing is defined anew, but who revises the indicator must have seen this version of it.
            query = "SELECT definition FROM indicators WHERE id = ? AND until = ?"
            (body,) = db.execute(query, (event.indicator, FOREVER)).fetchone()
            _next_indicator(db, recorded, event.indicator, body)
        elif isinstance(event, SourceRegistered | SourceGraded):
            _next_source(db, recorded, event)


def _next_indicator(db: sqlite3.Connection, recorded: Recorded, name: str, definition: str) -> None:
    _end(db, "indicators", name, recorded.position)
    db.execute(
        "INSERT INTO indicators VALUES (?, ?, ?, ?, ?)",
        (name, recorded.position, FOREVER, recorded.version, definition),
    )


def _next_source(
    db: sqlite3.Connection, recorded: Recorded, event: SourceRegistered | SourceGraded
) -> None:
    before = db.execute(
        "SELECT registered, graded, reliability FROM sources WHERE id = ? AND until = ?",
        (event.source, FOREVER),
    ).fetchone()
    registered, graded, reliability = before or (None, None, None)
    if isinstance(event, SourceRegistered):
        registered = event.model_dump_json(exclude_none=True)
    else:
        graded, reliability = event.model_dump_json(), event.reliability
    _end(db, "sources", event.source, recorded.position)
    db.execute(
        "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            event.source,
            recorded.position,
            FOREVER,
            recorded.version,
            registered,
            graded,
            reliability,
        ),
    )


def _end(db: sqlite3.Connection, table: str, name: str, position: int) -> None:
    db.execute(f"UPDATE {table} SET until = ? WHERE id = ? AND until = ?", (position, name, FOREVER))


REGISTRY = Projection(
    "registry",
    2,
    SCHEMA,
    apply,
    (
        "SELECT * FROM indicators ORDER BY id, since",
        "SELECT * FROM sources ORDER BY id, since",
    ),
)
