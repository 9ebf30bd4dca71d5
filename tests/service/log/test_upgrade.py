"""A log that an older program wrote, without hashes, gets them when it is opened for writing."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from service.log.hashes import UNKNOWN, digest_after
from service.log.open import read_log
from service.log.port import EventLog, Key, LogDamaged, LogUnavailable
from service.log.sqlite import open_sqlite_log
from tests.service.log.append_only import event, noon, redaction
from tests.service.log.conformance import OpenLog
from tests.service.log.postgres_server import Server

EVENTS = 2_300
OLD = (
    "ALTER TABLE entries DROP COLUMN commitment",
    "ALTER TABLE entries DROP COLUMN digest",
    "ALTER TABLE marks DROP COLUMN checksum",
    "DELETE FROM log_meta",
    "UPDATE stored_events SET state = NULL WHERE position = 3",
    "UPDATE entries SET salt = NULL WHERE position = 3",
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


def make_old(directory: Path, secret: bytes) -> None:
    """Take from a log what version 1 of the schema did not have; the third event is redacted."""
    with connected(directory) as raw:
        for statement in OLD:
            raw.execute(statement)
        if isinstance(raw, sqlite3.Connection):
            raw.execute("INSERT INTO log_meta VALUES ('schema', 1), ('secret', ?)", (secret,))
        else:
            raw.execute("INSERT INTO log_meta VALUES ('schema', '1'), ('secret', %s)", (secret,))
    for name in "secret", "log.head":
        (directory / name).unlink(missing_ok=True)


@pytest.fixture(params=["sqlite", "postgres"])
def open_log(request: pytest.FixtureRequest) -> OpenLog:
    if request.param == "sqlite":
        return open_sqlite_log
    server: Server = request.getfixturevalue("postgres")
    return server.open_in


@pytest.fixture
def old(open_log: OpenLog, tmp_path: Path) -> EventLog:
    """A log of version 1, closed; what is given is how it was before."""
    with closing(open_log(tmp_path, noon)) as log:
        batch = [event("a", n, data=b'{"n":%d}' % n) for n in range(1, EVENTS)]
        log.append(batch, [Key(f"key {p.id}", p.id.encode(), p) for p in batch])
        log.append([redaction("r", b'{"position":3}')])
    make_old(tmp_path, log.secret)
    return log


def test_an_old_log_is_as_it_was_and_has_hashes(
    old: EventLog, open_log: OpenLog, tmp_path: Path
) -> None:
    with closing(open_log(tmp_path, noon)) as log:
        assert (log.secret, log.id, log.head()) == (old.secret, old.id, EVENTS)
        stored = log.read(limit=EVENTS)
        assert [s.position for s in stored if not s.body] == [3]
        assert [s.version for s in stored[:-1]] == list(range(1, EVENTS))
        assert log.key("key a/7") == (7, b"a/7")
        assert list(log.check()) == []
        assert log.digest_at(3) == digest_after(log.digest_at(2) or b"", UNKNOWN)
        assert log.append([event("a", EVENTS)]).positions == [EVENTS + 1]
    with closing(open_log(tmp_path, noon)) as log:
        assert (log.secret, log.head(), log.damage) == (old.secret, EVENTS + 1, None)
        assert list(log.check()) == []


def test_an_old_log_that_contradicts_itself_is_refused_and_left_alone(
    old: EventLog, open_log: OpenLog, tmp_path: Path
) -> None:
    with connected(tmp_path) as raw:
        raw.execute("UPDATE stored_events SET originator_version = 9999 WHERE position = 1500")
    with pytest.raises(LogDamaged, match="at position 1500"):
        open_log(tmp_path, noon)
    with connected(tmp_path) as raw:
        rows = raw.execute("SELECT value FROM log_meta WHERE name = 'schema'").fetchall()
        assert int(rows[0][0]) == 1


def test_an_old_log_is_not_read_without_hashes(old: EventLog, tmp_path: Path) -> None:
    told = tmp_path / "postgres.url"
    with pytest.raises(LogUnavailable, match=r"older intellog .*open it once for writing"):
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
