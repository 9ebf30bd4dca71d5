"""Verified events in a temporary file, by position and by stream: all that views are made of."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from service.log.envelope import decode_envelope
from service.log.port import Stored
from service.tree.entry import TreeEntry
from service.verify.bodies import REDACTION, Event, Lost

_SCHEMA = """
CREATE TABLE events (position INTEGER PRIMARY KEY, type TEXT, stream TEXT, version INTEGER, body BLOB);
CREATE TABLE entries (position INTEGER PRIMARY KEY, recorded_at TEXT, commitment BLOB);
CREATE INDEX streams ON events (stream, version);
"""
_COLUMNS = "position, type, stream, version, body"


class VerifiedTree:
    """The verified entries."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def entries(self, first: int, limit: int) -> list[TreeEntry]:
        """Read entries from an index on."""
        query = "SELECT position - 1, recorded_at, commitment FROM entries WHERE position > ? LIMIT ?"
        return [TreeEntry(*row) for row in self._db.execute(query, (first, limit))]


class VerifiedEvents:
    """The events that were verified so far; a log that can be read and no more.

    It has what `service.views.reader` asks of a log.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.tree = VerifiedTree(db)

    def add(self, event: Event) -> None:
        """Add a verified event."""
        envelope = decode_envelope(event.body)
        row = (event.position, envelope.type, envelope.stream, envelope.version, event.body)
        self._db.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?)", row)

    def lose(self, lost: Lost) -> None:
        """Add what is left of a redacted event."""
        self._db.execute("INSERT INTO events VALUES (?, ?, ?, ?, x'')", lost)

    def enter(self, entries: Sequence[TreeEntry]) -> None:
        """Add verified entries."""
        rows = [(each.index + 1, each.recorded_at, each.commitment) for each in entries]
        self._db.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)

    def redactions(self, after: int) -> list[Stored]:
        """Read the events after a position that say what was redacted."""
        query = f"SELECT {_COLUMNS} FROM events WHERE position > ? AND type = ? ORDER BY position"
        return [*map(Stored._make, self._db.execute(query, (after, REDACTION)))]

    def read(self, after: int, limit: int, until: int) -> list[Stored]:
        """Read up to `limit` events after a position, up to another."""
        query = f"SELECT {_COLUMNS} FROM events WHERE position > ? AND position <= ? ORDER BY 1 LIMIT ?"
        return [*map(Stored._make, self._db.execute(query, (after, until, limit)))]

    def stream(self, stream: str, after_version: int = 0) -> list[Stored]:
        """Read one stream in the order of its versions."""
        query = f"SELECT {_COLUMNS} FROM events WHERE stream = ? AND version > ? ORDER BY version"
        return [*map(Stored._make, self._db.execute(query, (stream, after_version)))]

    def head(self) -> int:
        """Return the last position."""
        return int(self._db.execute("SELECT COALESCE(MAX(position), 0) FROM events").fetchone()[0])


@contextmanager
def verified_events(directory: Path) -> Iterator[VerifiedEvents]:
    """Open an empty file for verified events in a directory that somebody else removes."""
    with closing(sqlite3.connect(directory / "events.sqlite", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.executescript(_SCHEMA)
        db.execute("BEGIN")
        yield VerifiedEvents(db)
