"""What every database refuses to whoever writes to it past the log: changes to what is stored.

A backend gives a `Database`: a connection that is none of the log's, and how it writes bytes.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from service.log.port import EventLog, Key, LogDamaged, Pending, VersionConflict

TABLES = ("stored_events", "entries", "marks", "log_meta")
Rows = dict[str, list[tuple[Any, ...]]]


def noon() -> datetime:
    return datetime(2024, 5, 1, 12, tzinfo=UTC)


def event(stream: str, version: int = 1, type: str = "Noted", data: bytes = b"{}") -> Pending:
    return Pending(f"{stream}/{version}", type, 1, stream, version, "alice", data)


def redaction(stream: str, data: bytes) -> Pending:
    return event(stream, type="EventRedacted", data=data)


def append_three_events_and_a_key(log: EventLog) -> None:
    first = event("a", 1)
    log.append([first, event("a", 2), event("b", 1)], [Key("m", b"digest", first)])


@dataclass(frozen=True)
class Database:
    """A raw connection to the database of a log."""

    raw: Any
    refusal: type[Exception]
    """What it raises for a refused statement."""
    messages: tuple[str, ...]
    """One of which the refusal contains."""
    literal: Callable[[bytes], str]
    """Bytes as SQL."""

    def execute(self, statement: str) -> Any:
        """Run a statement in which `BODY` and `SALT` stand for bytes."""
        body, salt = self.literal(b"{}"), self.literal(b"0")
        return self.raw.execute(statement.replace("BODY", body).replace("SALT", salt))

    def rows(self) -> Rows:
        return {t: self.raw.execute(f"SELECT * FROM {t} ORDER BY 1").fetchall() for t in TABLES}

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """What happens within is refused, and changes nothing."""
        before = self.rows()
        with pytest.raises(self.refusal) as caught:
            yield
        assert any(message in str(caught.value) for message in self.messages), caught.value
        assert self.rows() == before

    def disarm(self) -> None:
        """Take the guards away, as the owner of the tables can."""
        if isinstance(self.raw, sqlite3.Connection):
            names = self.raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in names:
                self.raw.execute(f"DROP TRIGGER {name}")
            return
        for table in TABLES:
            self.raw.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")

    def redact(self, position: int) -> None:
        self.execute(f"UPDATE stored_events SET state = NULL WHERE position = {position}")
        self.execute(f"UPDATE entries SET salt = NULL WHERE position = {position}")


FORBIDDEN = (
    "UPDATE stored_events SET state = BODY",
    "UPDATE stored_events SET state = state",
    "UPDATE stored_events SET state = NULL WHERE position = 1",
    "UPDATE stored_events SET topic = 'Other' WHERE position = 1",
    "UPDATE stored_events SET position = 99 WHERE position = 3",
    "UPDATE stored_events SET originator_id = 'c' WHERE position = 1",
    "UPDATE stored_events SET originator_version = 7 WHERE position = 1",
    "DELETE FROM stored_events",
    "DELETE FROM stored_events WHERE position = 3",
    "INSERT INTO stored_events VALUES (3, 'b', 1, 'Noted', BODY)"
    " ON CONFLICT (position) DO UPDATE SET state = excluded.state",
    "INSERT INTO stored_events VALUES (0, 'new', 1, 'Noted', BODY)",
    "INSERT INTO stored_events VALUES (-1, 'new', 1, 'Noted', BODY)",
    "INSERT INTO stored_events VALUES (5, 'new', 1, 'Noted', BODY)",
    "INSERT INTO stored_events VALUES (4, 'new', 1, 'Noted', NULL)",
    "UPDATE entries SET salt = SALT",
    "UPDATE entries SET salt = NULL WHERE position = 1",
    "UPDATE entries SET idx = 9 WHERE position = 3",
    "UPDATE entries SET position = 9 WHERE position = 3",
    "DELETE FROM entries",
    "INSERT INTO entries VALUES (4, 4, SALT, SALT, SALT)",
    "INSERT INTO entries VALUES (4, 3, NULL, SALT, SALT)",
    "INSERT INTO entries VALUES (4, 3, SALT, NULL, SALT)",
    "INSERT INTO entries VALUES (4, 3, SALT, SALT, NULL)",
    "UPDATE entries SET commitment = SALT WHERE position = 3",
    "UPDATE entries SET digest = SALT WHERE position = 3",
    "UPDATE marks SET position = 2",
    "DELETE FROM marks",
    "UPDATE log_meta SET value = SALT",
    "DELETE FROM log_meta WHERE name = 'id'",
)

MISMATCH = "at position 2: the stored event does not match its hash"
COLUMNS = "at position 2: the stored event is listed under another type, stream or version"
MISSING = "at position 2: the event that was stored there is missing"
ALTERED = (
    ("UPDATE stored_events SET state = BODY WHERE position = 2", MISMATCH),
    ("UPDATE stored_events SET state = NULL WHERE position = 2", MISMATCH),
    (
        "UPDATE stored_events SET state = NULL WHERE position = 2;"
        " UPDATE entries SET salt = NULL WHERE position = 2",
        "at position 2: its bytes are gone, and no event records a redaction",
    ),
    ("UPDATE stored_events SET originator_id = 'z' WHERE position = 2", COLUMNS),
    ("UPDATE stored_events SET originator_version = 7 WHERE position = 2", COLUMNS),
    ("UPDATE stored_events SET topic = 'Other' WHERE position = 2", COLUMNS),
    ("DELETE FROM stored_events WHERE position = 2", MISSING),
    ("DELETE FROM entries WHERE position = 2", MISSING),
    ("DELETE FROM stored_events WHERE position = 3", "the last event is at position 2, the last hash"),
    ("UPDATE entries SET salt = SALT WHERE position = 2", MISMATCH),
    ("UPDATE entries SET salt = NULL WHERE position = 2", MISMATCH),
    ("UPDATE entries SET commitment = SALT WHERE position = 2", MISMATCH),
    ("UPDATE entries SET digest = SALT WHERE position = 2", "at position 2: the running digest"),
    ("UPDATE entries SET digest = NULL WHERE position = 2", "at position 2: the running digest"),
    ("UPDATE entries SET idx = 77 WHERE position = 2", "at position 2: its index is 77"),
    ("UPDATE marks SET position = 2", "the stored key 'm' does not match its checksum"),
    ("UPDATE marks SET digest = SALT", "the stored key 'm' does not match its checksum"),
    ("UPDATE marks SET name = 'n'", "the stored key 'n' does not match its checksum"),
)
"""Changes that only somebody without the guards can make, and what a check says of them."""

FALSE_REDACTIONS = (
    event("r", type="Noted", data=b'{"position":2}'),
    redaction("r", b'{"position":"2"}'),
    redaction("r", b'{"position":2.0}'),
    redaction("r", b'{"positions":[2]}'),
    redaction("r", b'{"of":{"position":2}}'),
    redaction("r", b"{position:2}"),
    redaction("r", b"{}"),
)
"""Events that look as if they permitted a redaction of position 2, and do not."""


class AppendOnlyConformance:
    @pytest.mark.parametrize("statement", FORBIDDEN)
    def test_the_database_refuses(self, log: EventLog, database: Database, statement: str) -> None:
        log.close()
        with database.refusing():
            database.execute(statement)

    def test_indices_and_positions_are_dense_whatever_fails_between(
        self, log: EventLog, database: Database
    ) -> None:
        for version in 3, 4, 5:
            with pytest.raises(VersionConflict):
                log.append([event("c"), event("a", 9)])
            with pytest.raises(ValueError, match="no position"):
                log.append([event("c")], [Key("n", b"", 99)])
            log.append([event("a", version)])
        entries = database.execute("SELECT position, idx, length(salt) FROM entries ORDER BY 1")
        assert entries.fetchall() == [(n + 1, n, 32) for n in range(6)]

    def test_a_redaction_takes_body_and_salt_and_leaves_the_rest(
        self, log: EventLog, database: Database
    ) -> None:
        log.append([redaction("r", b'{"position":2}')])
        before = database.rows()
        database.redact(2)
        after = database.rows()
        assert after["stored_events"].pop(1) == (2, "a", 2, "Noted", None)
        assert after["entries"].pop(1) == (2, 1, None, *before["entries"][1][3:])
        del before["stored_events"][1], before["entries"][1]
        assert after == before
        assert [(s.position, s.body == b"") for s in log.at([1, 2])] == [(1, False), (2, True)]
        assert list(log.check()) == []
        with pytest.raises(VersionConflict):
            log.append([event("a", 2)], idempotent=True)
        with database.refusing():
            database.execute("UPDATE stored_events SET state = BODY WHERE position = 2")
        with database.refusing():
            database.execute("UPDATE entries SET salt = SALT WHERE position = 2")

    @pytest.mark.parametrize(("statements", "said"), ALTERED)
    def test_what_is_altered_past_the_guards_is_damage(
        self, log: EventLog, database: Database, statements: str, said: str
    ) -> None:
        database.disarm()
        for statement in statements.split("; "):
            database.execute(statement)
        found = [str(each) for each in log.check()]
        assert any(said in each for each in found), found
        with pytest.raises(LogDamaged):
            log.append([event("c")])

    @pytest.mark.parametrize(
        "claimed", FALSE_REDACTIONS, ids=lambda claimed: f"{claimed.type} {claimed.data!r}"
    )
    def test_only_an_event_that_names_the_position_permits_it(
        self, log: EventLog, database: Database, claimed: Pending
    ) -> None:
        log.append([claimed])
        for position in 2, 4:
            with database.refusing():
                database.redact(position)
