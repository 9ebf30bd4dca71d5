"""Full-text search over reports with their claims, and over definitions, as of any position."""

import sqlite3
from collections.abc import Sequence

from domain.events import Definition, IndicatorDefined, IndicatorRevised, ReportEvent
from domain.report_state import Filed, in_force
from projections.projection import FOREVER, Projection, Recorded

SCHEMA = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL,
    since INTEGER NOT NULL, until INTEGER NOT NULL, text TEXT NOT NULL
);
CREATE INDEX documents_by_id ON documents (kind, id, until);
CREATE VIRTUAL TABLE words USING fts5 (
    text, content = 'documents', content_rowid = 'number', tokenize = 'unicode61'
);
"""


def apply(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    """Enter the text of what an event made or changed; grades, links and holds change none."""
    for recorded in events:
        event = recorded.event
        if isinstance(event, IndicatorDefined | IndicatorRevised):
            text = _definition_text(event.indicator, event.definition)
            _enter(db, "indicator", event.indicator, recorded.position, text)
        elif isinstance(event, ReportEvent) and isinstance(recorded.state, Filed):
            _enter(db, "report", event.report, recorded.position, _report_text(recorded.state))


def _enter(db: sqlite3.Connection, kind: str, name: str, position: int, text: str) -> None:
    before = db.execute(
        "SELECT text FROM documents WHERE kind = ? AND id = ? AND until = ?", (kind, name, FOREVER)
    ).fetchone()
    if before and before[0] == text:
        return
    db.execute(
        "UPDATE documents SET until = ? WHERE kind = ? AND id = ? AND until = ?",
        (position, kind, name, FOREVER),
    )
    number = db.execute(
        "INSERT INTO documents (kind, id, since, until, text) VALUES (?, ?, ?, ?, ?)",
        (kind, name, position, FOREVER, text),
    ).lastrowid
    db.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (number, text))


def _definition_text(name: str, definition: Definition) -> str:
    parts = (name, definition.title, definition.definition, definition.unit, definition.place)
    return "\n".join(part for part in parts if part)


def _report_text(report: Filed) -> str:
    version = in_force(report) or report.versions[-1]
    lines = [report.id, version.provenance.publisher, version.provenance.title or ""]
    for claim in version.claims.values():
        names = (claim.indicator, claim.originator, claim.spokesperson, claim.cohort, claim.text)
        lines.append(" ".join(name for name in names if name))
    return "\n".join(lines)


def found(
    db: sqlite3.Connection, kind: str, q: str, position: int, after: str = "", limit: int = -1
) -> list[str]:
    """The ids of what holds all these words at a position, by id; a word may be a beginning."""
    query = _query(q)
    if not query:
        return []
    # CROSS: the words first. The other way round they would be looked up anew for every document.
    rows = db.execute(
        "SELECT d.id FROM words w CROSS JOIN documents d ON d.number = w.rowid "
        "WHERE words MATCH ? AND d.kind = ? AND d.since <= ? AND d.until > ? AND d.id > ? "
        "ORDER BY d.id LIMIT ?",
        (query, kind, position, position, after, limit),
    )
    return [row[0] for row in rows]


def _query(q: str) -> str:
    """Words as FTS5 takes them: each quoted, so that no operator is read into them."""
    return " ".join('"{}"*'.format(word.replace('"', '""')) for word in q.replace("\0", " ").split())


def matches(q: str, text: str) -> bool:
    """Whether a text holds any of the words, as a search would show it."""
    return any(word in text.lower() for word in q.lower().split())


SEARCH = Projection(
    "search",
    1,
    SCHEMA,
    apply,
    ("SELECT kind, id, since, until, text FROM documents ORDER BY kind, id, since",),
)
