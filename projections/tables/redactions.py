"""What is left of redacted reports: who redacted them and why, and what counts their relays once.

The rows are written where the report was filed, not where it was redacted: a redacted report was never
there for anybody, at any time asked, and what rests on its links must know so from the beginning.
"""

import json
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from domain.events import Destroyed, EventRedacted
from domain.times import to_micros
from domain.vocabulary import claim_id, restriction
from projections.tables.filing import others
from projections.tables.projection import Projection, Recorded

SCHEMA = """
CREATE TABLE destroyed (position INTEGER PRIMARY KEY, report TEXT NOT NULL);
CREATE INDEX destroyed_by_report ON destroyed (report, position);
CREATE TABLE redactions (
    report TEXT PRIMARY KEY, level INTEGER NOT NULL, position INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL, authority TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE redacted_inputs (
    indicator TEXT NOT NULL, report TEXT NOT NULL, since INTEGER NOT NULL,
    PRIMARY KEY (indicator, report)
) WITHOUT ROWID;
CREATE TABLE redacted_claims (
    claim TEXT PRIMARY KEY, report TEXT NOT NULL, n INTEGER NOT NULL, indicator TEXT NOT NULL,
    links TEXT NOT NULL, position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX redacted_claims_by_indicator ON redacted_claims (indicator);
"""


class NotDestroyed(Exception):
    """The tables hold what a redaction destroys, so that they must be made again without it."""


class Redaction(NamedTuple):
    """How a report was redacted: its level then, the event that records it, when, by whom, and why."""

    level: int
    position: int
    recorded_at: int
    actor: str
    reason: str
    authority: str


def apply(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    """Write what each redacted event leaves."""
    for recorded in others(events):
        if isinstance(recorded.event, Destroyed):
            _write(db, recorded.position, recorded.event)


def _write(db: sqlite3.Connection, position: int, event: Destroyed) -> None:
    db.execute("INSERT INTO destroyed VALUES (?, ?)", (position, event.report))
    redaction = event.redaction
    if redaction is None or event.at is None:
        return
    said = redaction.reason, redaction.authority
    level = restriction(redaction.marking)
    row = (event.report, level, event.position, to_micros(event.at), event.by, *said)
    db.execute("INSERT OR IGNORE INTO redactions VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    inputs = [(indicator, event.report, position) for indicator in redaction.indicators]
    db.executemany("INSERT OR IGNORE INTO redacted_inputs VALUES (?, ?, ?)", inputs)
    claims = [
        (
            claim_id(event.report, c.n),
            event.report,
            c.n,
            c.indicator,
            json.dumps(c.derived_from),
            position,
        )
        for c in redaction.claims
    ]
    db.executemany("INSERT INTO redacted_claims VALUES (?, ?, ?, ?, ?, ?)", claims)


def refuse_not_destroyed(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    """Raise `NotDestroyed` if an event says that something is redacted which is in the tables."""
    events = [*others(events)]
    here = {each.position for each in events if isinstance(each.event, Destroyed)}
    query = "SELECT 1 FROM destroyed WHERE position = ?"
    for event in (each.event for each in events if isinstance(each.event, EventRedacted)):
        if event.position not in here and not db.execute(query, (event.position,)).fetchone():
            raise NotDestroyed(f"the event at position {event.position} was redacted")


def any_redacted(db: sqlite3.Connection, indicator: str, position: int) -> bool:
    """Whether a claim on an indicator that was filed by a position is redacted."""
    query = "SELECT 1 FROM redacted_claims WHERE indicator = ? AND position <= ? LIMIT 1"
    return db.execute(query, (indicator, position)).fetchone() is not None


def redaction_of(db: sqlite3.Connection, report: str) -> Redaction | None:
    """How a report was redacted, if the reader of a connection may know."""
    row = db.execute(
        "SELECT level, position, recorded_at, actor, reason, authority FROM redactions "
        "WHERE report = ?",
        (report,),
    ).fetchone()
    return None if row is None else Redaction(*row)


def destroyed_among(db: sqlite3.Connection, positions: Sequence[int]) -> set[int]:
    """Those of several positions at which an event was redacted."""
    query = "SELECT position FROM main.destroyed WHERE position IN (SELECT value FROM json_each(?))"
    return {row[0] for row in db.execute(query, (json.dumps(positions),))}


def destroyed_of(db: sqlite3.Connection, report: str) -> list[int]:
    """The positions of the events of a report that were redacted."""
    rows = db.execute("SELECT position FROM destroyed WHERE report = ? ORDER BY position", (report,))
    return [row[0] for row in rows]


def redacted_inputs(db: sqlite3.Connection, indicator: str, position: int) -> list[tuple[str, int]]:
    """The redacted reports with claims on an indicator by a position, and when each was redacted."""
    return db.execute(
        "SELECT i.report, r.recorded_at FROM redacted_inputs i JOIN redactions r USING (report) "
        "WHERE i.indicator = ? AND i.since <= ? ORDER BY i.since, i.report",
        (indicator, position),
    ).fetchall()


REDACTIONS = Projection(
    "redactions",
    1,
    SCHEMA,
    apply,
    (
        "SELECT * FROM destroyed ORDER BY position",
        "SELECT * FROM redactions ORDER BY report",
        "SELECT * FROM redacted_inputs ORDER BY indicator, report",
        "SELECT * FROM redacted_claims ORDER BY claim",
    ),
)
