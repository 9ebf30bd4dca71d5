"""The file guards itself: against changes, against a second process, against a full disk."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from service.log.port import LogLocked, LogUnavailable, VersionConflict
from service.log.sqlite import SqliteEventLog, open_sqlite_log
from tests.places import ROOT
from tests.service.log.append_only import (
    TABLES,
    Rows,
    append_three_events_and_a_key,
    event,
    noon,
    redaction,
)
from tests.service.write.test_effort import statements


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteEventLog]:
    """Three events and a key."""
    with closing(open_sqlite_log(tmp_path, noon)) as log:
        append_three_events_and_a_key(log)
        yield log


@pytest.fixture
def raw(log: SqliteEventLog, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that is none of ours, with the setting under which REPLACE is quiet."""
    with closing(sqlite3.connect(tmp_path / "log.sqlite", isolation_level=None)) as raw:
        raw.execute("PRAGMA recursive_triggers = OFF")
        yield raw


def rows(raw: sqlite3.Connection) -> Rows:
    return {table: raw.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in TABLES}


@contextmanager
def refused(raw: sqlite3.Connection) -> Iterator[None]:
    before = rows(raw)
    with pytest.raises(sqlite3.IntegrityError, match="the log is append-only"):
        yield
    assert rows(raw) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE OR REPLACE stored_events SET position = 1 WHERE position = 2",
        "REPLACE INTO stored_events VALUES (1, 'a', 1, 'Noted', x'7b7d')",
        "REPLACE INTO stored_events VALUES (3, 'new', 1, 'Noted', x'7b7d')",
        "REPLACE INTO stored_events VALUES (4, 'a', 1, 'Noted', x'7b7d')",
        "REPLACE INTO stored_events VALUES (NULL, 'a', 1, 'Noted', x'7b7d')",
        "UPDATE OR REPLACE entries SET idx = 0 WHERE position = 3",
        "REPLACE INTO entries VALUES (3, 2, x'00', x'00', x'00', 'T')",
        "REPLACE INTO entries VALUES (3, 3, x'00', x'00', x'00', 'T')",
        "REPLACE INTO entries VALUES (4, 2, x'00', x'00', x'00', 'T')",
        "UPDATE marks SET digest = x'00'",
        "UPDATE marks SET name = 'n'",
        "REPLACE INTO marks VALUES ('m', 2, x'00', x'00')",
        "REPLACE INTO log_meta VALUES ('id', x'00')",
    ],
)
def test_the_database_refuses(raw: sqlite3.Connection, statement: str) -> None:
    with refused(raw):
        raw.execute(statement)


def test_the_first_entry_has_index_0(tmp_path: Path) -> None:
    open_sqlite_log(tmp_path, noon).close()
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as raw:
        for values in (
            "(1, 1, x'00', x'00', x'00', 'T')",
            "(1, -1, x'00', x'00', x'00', 'T')",
            "(0, 0, x'00', x'00', x'00', 'T')",
        ):
            with refused(raw):
                raw.execute(f"INSERT INTO entries VALUES {values}")


def test_guards_that_were_dropped_are_back_when_the_log_is_opened(tmp_path: Path) -> None:
    open_sqlite_log(tmp_path, noon).close()
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as raw:
        raw.execute("DROP TRIGGER log_meta_delete")
        open_sqlite_log(tmp_path, noon).close()
        with refused(raw):
            raw.execute("DELETE FROM log_meta")


# Redaction


def redact(raw: sqlite3.Connection, position: int) -> None:
    raw.execute("UPDATE stored_events SET state = NULL WHERE position = ?", (position,))
    raw.execute("UPDATE entries SET salt = NULL WHERE position = ?", (position,))


def test_a_redacted_event_is_read_without_a_body(
    log: SqliteEventLog, raw: sqlite3.Connection, tmp_path: Path
) -> None:
    log.append([redaction("r", b'{"position":2}')])
    redact(raw, 2)
    [event_2] = log.at([2])
    assert event_2.body == b""
    wire = b'{"position":2,"type":"Noted","stream":"a","version":2,"redacted":true}'
    assert event_2.wire() == wire
    assert [stored.position for stored in log.read()] == [1, 2, 3, 4]
    with pytest.raises(VersionConflict):
        log.append([event("a", 2)], idempotent=True)
    assert log.append([event("a", 3)]).positions == [5]
    log.close()
    with closing(open_sqlite_log(tmp_path, noon)) as again:
        assert again.stream("a")[1] == event_2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stored_events SET state = NULL WHERE position = 1",
        "UPDATE stored_events SET state = NULL",
        "UPDATE stored_events SET state = x'7b7d' WHERE position = 2",
        "UPDATE stored_events SET state = NULL, topic = 'Other' WHERE position = 2",
        "UPDATE stored_events SET state = NULL, originator_version = 9 WHERE position = 2",
        "UPDATE stored_events SET state = NULL, position = 9 WHERE position = 2",
        "UPDATE entries SET salt = NULL WHERE position = 1",
        "UPDATE entries SET salt = x'00' WHERE position = 2",
        "UPDATE entries SET salt = NULL, idx = 9 WHERE position = 2",
        "DELETE FROM stored_events WHERE position = 2",
        "DELETE FROM entries WHERE position = 2",
    ],
)
def test_a_redaction_permits_nothing_else(
    log: SqliteEventLog, raw: sqlite3.Connection, statement: str
) -> None:
    log.append([redaction("r", b'{"position":2}')])
    with refused(raw):
        raw.execute(statement)


def test_a_redaction_of_itself_or_of_what_is_to_come_permits_nothing(
    log: SqliteEventLog, raw: sqlite3.Connection
) -> None:
    log.append([redaction("r", b'{"position":4}'), redaction("s", b'{"position":6}')])
    log.append([event("c")])
    for position in 4, 6:
        with refused(raw):
            redact(raw, position)


@pytest.mark.parametrize(
    "values",
    [
        "('1', 'a', 1, 'Noted', x'7b7d')",
        "(1.0, 'a', 1, 'Noted', x'7b7d')",
        "('4', 'a', '1', 'Noted', x'7b7d')",
        "(4, 'a', 1.0, 'Noted', x'7b7d')",
    ],
)
def test_values_of_other_kinds_do_not_slip_past(raw: sqlite3.Connection, values: str) -> None:
    with refused(raw):
        raw.execute(f"REPLACE INTO stored_events VALUES {values}")


# One process that writes


def open_elsewhere(directory: Path) -> str:
    """Open the log in another process; give what it printed."""
    program = (
        "import sys; from pathlib import Path; from datetime import datetime, UTC\n"
        "from service.log.port import LogLocked\n"
        "from service.log.sqlite import open_sqlite_log\n"
        "try:\n"
        "    open_sqlite_log(Path(sys.argv[1]), lambda: datetime.now(UTC)).close()\n"
        "    print('opened')\n"
        "except LogLocked as locked:\n"
        "    print(locked)\n"
    )
    command = [sys.executable, "-W", "error", "-c", program, str(directory)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def test_a_second_process_is_refused_with_advice(log: SqliteEventLog, tmp_path: Path) -> None:
    told = open_elsewhere(tmp_path)
    assert told == (
        f"another process writes the log in {tmp_path}; a running server is reached with --url"
    )
    (tmp_path / "server.url").write_text("http://127.0.0.1:8000\n")
    assert open_elsewhere(tmp_path).endswith(" with --url http://127.0.0.1:8000")
    log.append([event("c")])
    log.close()
    assert open_elsewhere(tmp_path) == "opened"


def test_the_same_process_is_refused_as_well(log: SqliteEventLog, tmp_path: Path) -> None:
    with pytest.raises(LogLocked, match="--url"):
        open_sqlite_log(tmp_path, noon)
    log.append([event("c")])


def test_whichever_thread_closes_the_log_lets_go_of_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as threads:
        threads.submit(open_sqlite_log, tmp_path, noon).result().close()
        open_sqlite_log(tmp_path, noon).close()


# A store that does not answer


def test_a_file_that_is_no_log_is_unavailable_and_let_go_of(tmp_path: Path) -> None:
    (tmp_path / "log.sqlite").write_bytes(b"not a database" * 100)
    for _ in range(2):
        with pytest.raises(LogUnavailable, match="not a database"):
            open_sqlite_log(tmp_path, noon)


def test_a_directory_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LogUnavailable):
        open_sqlite_log(tmp_path / "file" / "log", noon)


def test_a_log_of_a_newer_schema_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as raw, raw:
        raw.execute("CREATE TABLE log_meta (name TEXT PRIMARY KEY, value BLOB)")
        raw.execute("INSERT INTO log_meta VALUES ('schema', 99)")
    with pytest.raises(LogUnavailable, match="newer intellog: its schema version is 99"):
        open_sqlite_log(tmp_path, noon)


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files, as POSIX can")
def test_a_full_disk_loses_nothing_and_blocks_nothing(tmp_path: Path) -> None:
    program = (
        "import resource, sys; from pathlib import Path; from datetime import datetime, UTC\n"
        "from service.log.port import LogUnavailable, Pending\n"
        "from service.log.sqlite import open_sqlite_log\n"
        "log = open_sqlite_log(Path(sys.argv[1]), lambda: datetime.now(UTC))\n"
        "def append(n):\n"
        "    log.append([Pending(str(n), 'T', 1, 's', n, 'a', b'{}')])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))\n"
        "stored = 0\n"
        "try:\n"
        "    while stored < 10_000:\n"
        "        append(stored + 1)\n"
        "        stored += 1\n"
        "except LogUnavailable as full:\n"
        "    print(full)\n"
        "assert len(log.read(limit=20_000)) == stored == log.head()\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)\n"
        "append(stored + 1)\n"
        "assert log.head() == stored + 1\n"
        "log.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "disk" in done.stdout


def test_a_commit_seldom_writes_the_wal_back(tmp_path: Path) -> None:
    """It waits for the disk twice, and what is to be stored waits for it."""
    with closing(open_sqlite_log(tmp_path, noon)) as log:
        before = (tmp_path / "log.sqlite").stat().st_size
        for n in range(300):
            log.append([event(f"stream-{n}", 1)])
        assert (tmp_path / "log.sqlite-wal").stat().st_size > 1_000 * 4_096  # the default of SQLite
        assert (tmp_path / "log.sqlite").stat().st_size == before


def test_the_head_and_a_digest_are_one_statement_each(log: SqliteEventLog) -> None:
    """Both are looked up with each batch that the views apply."""
    recorder = log._recorder
    found = recorder.select_head(), recorder.select_digest(2)
    with statements(log) as said:
        assert (recorder.select_head(), recorder.select_digest(2)) == found
    assert len(said) == 2
