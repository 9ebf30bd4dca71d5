"""A log that an older program wrote gets its hashes and its tree when it is opened for writing."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.log.conformance.store import Clock
from service.log.conformance.trees import naive_root
from service.log.envelope import timestamp
from service.log.hashes import UNKNOWN, digest_after
from service.log.open import read_log
from service.log.port import EventLog, Key, LogDamaged, LogUnavailable
from service.log.sqlite import open_sqlite_log
from service.tree.entry import TreeEntry
from tests.service.log.append_only import event, noon, redaction
from tests.service.log.postgres_server import Server

OpenLog = Callable[..., EventLog]
EVENTS = 2_300
NOON = timestamp(noon())
LATER = datetime(2024, 5, 1, 12, 0, 1, tzinfo=UTC)
OLD = {
    2: (
        "ALTER TABLE entries DROP COLUMN recorded_at",
        "DROP TABLE subtrees",
        "DROP TABLE checkpoints",
        "DROP TABLE attachments",
    ),
    1: (
        "ALTER TABLE entries DROP COLUMN commitment",
        "ALTER TABLE entries DROP COLUMN digest",
        "ALTER TABLE marks DROP COLUMN checksum",
    ),
}
"""What a version lacks that the next one has."""
REDACTED = (
    "UPDATE stored_events SET state = NULL WHERE position = {0}",
    "UPDATE entries SET salt = NULL WHERE position = {0}",
)


@contextmanager
def connected(directory: Path) -> Iterator[Any]:
    """A connection to the database of a log, without its guards."""
    address = directory / "postgres.url"
    if address.exists():
        psycopg = pytest.importorskip("psycopg")
        with closing(psycopg.connect(address.read_text(), autocommit=True)) as raw:
            for table in "stored_events", "entries", "marks", "log_meta":
                raw.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield raw
        return
    with closing(sqlite3.connect(directory / "log.sqlite", isolation_level=None)) as raw:
        triggers = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        yield raw


def make_old(directory: Path, secret: bytes, version: int = 1, redacted: int = 3) -> None:
    """Take from a log what a version of the schema did not have; one of the events is redacted."""
    with connected(directory) as raw:
        for older in range(2, version - 1, -1):
            for statement in OLD[older]:
                raw.execute(statement)
        for statement in REDACTED:
            raw.execute(statement.format(redacted))
        if isinstance(raw, sqlite3.Connection):
            raw.execute("UPDATE log_meta SET value = ? WHERE name = 'schema'", (version,))
            if version == 1:
                raw.execute("DELETE FROM log_meta WHERE name = 'id'")
                raw.execute("INSERT INTO log_meta VALUES ('secret', ?)", (secret,))
        else:
            raw.execute("UPDATE log_meta SET value = %s WHERE name = 'schema'", (f"{version}",))
            if version == 1:
                raw.execute("DELETE FROM log_meta WHERE name <> 'schema'")
                raw.execute("INSERT INTO log_meta VALUES ('secret', %s)", (secret,))
    for name in ("secret", "log.head") if version == 1 else ():
        (directory / name).unlink(missing_ok=True)


@pytest.fixture(params=["sqlite", "postgres"])
def open_log(request: pytest.FixtureRequest) -> OpenLog:
    if request.param == "sqlite":
        return open_sqlite_log
    server: Server = request.getfixturevalue("postgres")
    return server.open_in


@dataclass(frozen=True)
class Before:
    """What a log was before it became old."""

    secret: bytes
    id: str
    entries: list[TreeEntry]


def written(log: EventLog, redacted: int) -> Before:
    """Two events at noon, the others a second later."""
    batch = [event("a", n, data=b'{"n":%d}' % n) for n in range(1, EVENTS)]
    log.append(batch[:2])
    log.append(batch[2:], [Key(f"key {p.id}", p.id.encode(), n) for n, p in enumerate(batch, 1)])
    log.append([redaction("r", b'{"position":%d}' % redacted)])
    return Before(log.secret, log.id, log.tree.entries(0, EVENTS))


@pytest.fixture(params=[1, 2])
def version(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def old(open_log: OpenLog, tmp_path: Path, version: int) -> Before:
    """A log of an older version, closed; what is given is how it was before."""
    with closing(open_log(tmp_path, Clock(noon(), LATER))) as log:
        before = written(log, 3)
    make_old(tmp_path, log.secret, version)
    return before


def test_an_old_log_is_as_it_was_and_has_hashes(
    old: Before, open_log: OpenLog, tmp_path: Path, version: int
) -> None:
    with closing(open_log(tmp_path, noon)) as log:
        assert (log.secret, log.id, log.head()) == (old.secret, old.id, EVENTS)
        stored = log.read(limit=EVENTS)
        assert [s.position for s in stored if not s.body] == [3]
        assert [s.version for s in stored[:-1]] == list(range(1, EVENTS))
        assert log.key("key a/7") == (7, b"a/7")
        assert list(log.check()) == []
        lost = UNKNOWN if version == 1 else old.entries[2].commitment
        assert log.digest_at(3) == digest_after(log.digest_at(2) or b"", lost)
        # The time of the redacted event is gone with it: that of the event before it takes its place.
        assert [each.recorded_at for each in old.entries[1:3]] == [NOON, timestamp(LATER)]
        expected = [*old.entries[:2], TreeEntry(2, NOON, lost), *old.entries[3:]]
        assert log.tree.entries(0, EVENTS) == expected
        assert log.tree.root(EVENTS) == naive_root([each.leaf() for each in expected])
        assert log.append([event("a", EVENTS)]).positions == [EVENTS + 1]
    with closing(open_log(tmp_path, noon)) as log:
        assert (log.secret, log.head(), log.damage) == (old.secret, EVENTS + 1, None)
        assert list(log.check()) == []


def test_an_old_log_that_contradicts_itself_is_refused_and_left_alone(
    old: Before, open_log: OpenLog, tmp_path: Path, version: int
) -> None:
    with connected(tmp_path) as raw:
        raw.execute("UPDATE stored_events SET originator_version = 9999 WHERE position = 1500")
    with pytest.raises(LogDamaged, match="at position 1500"):
        open_log(tmp_path, noon)
    with connected(tmp_path) as raw:
        rows = raw.execute("SELECT value FROM log_meta WHERE name = 'schema'").fetchall()
        assert int(rows[0][0]) == version


def test_a_log_whose_first_event_is_redacted_gets_the_time_of_the_next(
    open_log: OpenLog, tmp_path: Path, version: int
) -> None:
    with closing(open_log(tmp_path, noon)) as log:
        written(log, 1)
    make_old(tmp_path, log.secret, version, redacted=1)
    with closing(open_log(tmp_path, noon)) as log:
        assert log.tree.entries(0, 1)[0].recorded_at == NOON
        assert list(log.check()) == []


def test_an_old_log_is_not_read_without_hashes(old: Before, tmp_path: Path) -> None:
    told = tmp_path / "postgres.url"
    with pytest.raises(
        LogUnavailable, match=r"older intellog .*(open it once for writing|intellog migrate)"
    ):
        read_log(tmp_path, told.read_text() if told.exists() else None)


def test_the_secret_leaves_the_file_of_the_log(tmp_path: Path) -> None:
    with closing(open_sqlite_log(tmp_path, noon)) as log:
        log.append([event("a", 1), event("a", 2), event("a", 3)])
        log.append([redaction("r", b'{"position":3}')])
    make_old(tmp_path, log.secret)
    assert log.secret in (tmp_path / "log.sqlite").read_bytes()
    open_sqlite_log(tmp_path, noon).close()
    assert (tmp_path / "secret").read_bytes() == log.secret
    assert log.secret not in (tmp_path / "log.sqlite").read_bytes()


def test_the_secret_of_another_log_is_not_overwritten(tmp_path: Path) -> None:
    open_sqlite_log(tmp_path, noon).close()
    make_old(tmp_path, os.urandom(32))
    (tmp_path / "secret").write_bytes(b"x" * 32)
    with pytest.raises(LogUnavailable, match="belongs to another log; move it"):
        open_sqlite_log(tmp_path, noon)
    assert (tmp_path / "secret").read_bytes() == b"x" * 32
