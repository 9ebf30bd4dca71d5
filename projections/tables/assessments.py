"""Assessments over record positions, and the claims that each cites."""

import sqlite3
from collections.abc import Sequence
from typing import assert_never

from domain.events import (
    AssessmentRecorded,
    CitationEvent,
    IndicatorDefined,
    IndicatorRevised,
    OperationEvent,
    ReportEvent,
    SourceEvent,
)
from projections.tables.filing import others
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
    """Insert each assessment and the claims that it cites."""
    for recorded in others(events):
        match recorded.event:
            case AssessmentRecorded() as event:
                _insert(db, recorded, event)
            case IndicatorDefined() | IndicatorRevised():
                pass
            case ReportEvent() | SourceEvent() | CitationEvent() | OperationEvent():
                pass
            case _:
                assert_never(recorded.event)


def _insert(db: sqlite3.Connection, recorded: Recorded, event: AssessmentRecorded) -> None:
    db.execute(
        "INSERT INTO assessments VALUES (?, ?, ?, ?)",
        (event.indicator, recorded.position, recorded.recorded_at, event.model_dump_json()),
    )
    db.executemany(
        "INSERT INTO citations VALUES (?, ?, ?)",
        [(claim, recorded.position, event.indicator) for claim in event.claims],
    )


ASSESSMENTS = Projection(
    "assessments",
    2,
    SCHEMA,
    apply,
    (
        "SELECT * FROM assessments ORDER BY indicator, position",
        "SELECT * FROM citations ORDER BY claim, position",
    ),
)
