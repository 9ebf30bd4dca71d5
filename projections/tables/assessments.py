"""Assessments over record positions, and the claims that each cites."""

import sqlite3
from collections.abc import Sequence

from domain.events import AssessmentRecorded
from projections.tables.projection import Projection, Recorded

SCHEMA = """
CREATE TABLE assessments (
    indicator TEXT NOT NULL, position INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (indicator, position)
) WITHOUT ROWID;
CREATE TABLE citations (
    claim TEXT NOT NULL, position INTEGER NOT NULL, indicator TEXT NOT NULL,
    PRIMARY KEY (claim, position)
) WITHOUT ROWID;
"""


def apply(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    """Enter each assessment, and what it cites."""
    for recorded in events:
        event, position = recorded.event, recorded.position
        if isinstance(event, AssessmentRecorded):
            db.execute(
                "INSERT INTO assessments VALUES (?, ?, ?, ?)",
                (event.indicator, position, recorded.recorded_at, event.model_dump_json()),
            )
            db.executemany(
                "INSERT INTO citations VALUES (?, ?, ?)",
                [(claim, position, event.indicator) for claim in event.claims],
            )


ASSESSMENTS = Projection(
    "assessments",
    1,
    SCHEMA,
    apply,
    (
        "SELECT * FROM assessments ORDER BY indicator, position",
        "SELECT * FROM citations ORDER BY claim, position",
    ),
)
