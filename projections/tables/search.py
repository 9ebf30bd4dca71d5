"""Full-text search over reports with their claims, and over definitions, as of any position."""

import sqlite3
from collections.abc import Sequence
from itertools import count
from typing import assert_never

from domain.events import (
    AssessmentRecorded,
    CitationEvent,
    Definition,
    Destroyed,
    EventRedacted,
    IndicatorDefined,
    IndicatorRevised,
    OperationEvent,
    ReportEvent,
    SourceEvent,
)
from domain.stream_names import INDICATOR, REPORT
from domain.streams.report_state import Filed
from projections.tables.filing import filing_of, report_text
from projections.tables.memory import collected, remembered
from projections.tables.projection import FOREVER, Projection, Recorded

SCHEMA = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL,
    since INTEGER NOT NULL, until INTEGER NOT NULL, text TEXT NOT NULL
);
CREATE INDEX documents_by_id ON documents (kind, id, until);
CREATE TABLE documents_end (number INTEGER NOT NULL);
INSERT INTO documents_end VALUES (0);
CREATE VIRTUAL TABLE words USING fts5 (
    text, content = 'documents', content_rowid = 'number', tokenize = 'unicode61', columnsize = 0
);
"""
# documents_end: the number of the last document, set after those of a batch are inserted.
SORTED_AT_ONCE, SORTED_LIVE = 2**22, 2**20
"""Bytes of words that SQLite sorts in memory: of all documents, and of those that come later."""
INDICES = f"""
INSERT INTO words (words, rank) VALUES ('hashsize', {SORTED_AT_ONCE});
INSERT INTO words (words) VALUES ('rebuild');
INSERT INTO words (words, rank) VALUES ('hashsize', {SORTED_LIVE});
CREATE TRIGGER documents_added AFTER UPDATE ON documents_end BEGIN
    INSERT INTO words (rowid, text) SELECT number, text FROM documents
    WHERE number > old.number AND number <= new.number;
END;
"""
"""The words of all documents, sorted at once; from then on, those of each batch.

SQLite writes what it has sorted whenever a trigger has run: one for each document took five times as
long.
"""

_Document = tuple[int, str, str, int, int, str]


def apply(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    """Insert the text of each report or definition that an event made or changed."""
    pending = remembered(db, _Documents)
    for recorded in events:
        changed = _text_of(recorded)
        if changed is None:
            continue
        kind, name, text = changed
        if recorded.version > 1:
            pending.flush()
            if not _ended(db, kind, name, recorded.position, text):
                continue
        pending.add(kind, name, recorded.position, text)
    collected(db, pending)


class _Documents:
    """Documents that are not yet written."""

    def __init__(self, db: sqlite3.Connection) -> None:
        (last,) = db.execute("SELECT number FROM documents_end").fetchone()
        self._db, self._numbers = db, count(last + 1)
        self._rows = list[_Document]()

    def add(self, kind: str, name: str, position: int, text: str) -> None:
        """Add the text of something from a position on."""
        self._rows.append((next(self._numbers), kind, name, position, FOREVER, text))

    def __len__(self) -> int:
        return len(self._rows)

    def flush(self) -> None:
        """Write them."""
        if self._rows:
            self._db.executemany("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?)", self._rows)
            self._db.execute("UPDATE documents_end SET number = ?", self._rows[-1][:1])
            self._rows.clear()


def _text_of(recorded: Recorded) -> tuple[str, str, str] | None:
    """The kind and id of what an event makes or changes, and its whole text after the event."""
    if filing := filing_of(recorded):
        return REPORT, filing.report, filing.text
    match recorded.event:
        case Destroyed() | EventRedacted():
            return None
        case ReportEvent():
            assert isinstance(recorded.state, Filed)
            return REPORT, recorded.state.id, report_text(recorded.state)
        case IndicatorDefined() | IndicatorRevised() as event:
            return INDICATOR, event.indicator, _definition_text(event.indicator, event.definition)
        case AssessmentRecorded() | SourceEvent() | CitationEvent() | OperationEvent():
            return None
        case _:
            assert_never(recorded.event)


def _ended(db: sqlite3.Connection, kind: str, name: str, position: int, text: str) -> bool:
    """End the current text if it differs; whether it did."""
    now = (kind, name, FOREVER)
    query = "SELECT text FROM documents WHERE kind = ? AND id = ? AND until = ?"
    if db.execute(query, now).fetchone() == (text,):
        return False
    db.execute(
        "UPDATE documents SET until = ? WHERE kind = ? AND id = ? AND until = ?", (position, *now)
    )
    return True


def _definition_text(name: str, definition: Definition) -> str:
    described = (name, definition.title, definition.definition, definition.unit, definition.place)
    named = (*definition.terms, *definition.topics)
    return "\n".join(part for part in (*described, *named) if part)


def found(
    db: sqlite3.Connection, kind: str, q: str, position: int, after: str = "", limit: int = -1
) -> list[str]:
    """Ids of the documents with all these words (or words that begin so) at a position, by id."""
    query = _query(q)
    if not query:
        return []
    # CROSS: the words first. The other way round they would be looked up again for every document.
    rows = db.execute(
        "SELECT d.id FROM words w CROSS JOIN documents d ON d.number = w.rowid "
        "WHERE words MATCH ? AND d.kind = ? AND d.since <= ? AND d.until > ? AND d.id > ? "
        "ORDER BY d.id LIMIT ?",
        (query, kind, position, position, after, limit),
    )
    return [row[0] for row in rows]


def _query(q: str) -> str:
    """Words as an FTS5 query: each quoted, so that none is an operator."""
    return " ".join('"{}"*'.format(word.replace('"', '""')) for word in q.replace("\0", " ").split())


def matches(q: str, text: str) -> bool:
    """Whether a text contains any of the words."""
    return any(word in text.lower() for word in q.lower().split())


SEARCH = Projection(
    "search",
    5,
    SCHEMA,
    apply,
    ("SELECT kind, id, since, until, text FROM documents ORDER BY kind, id, since",),
    INDICES,
)
