"""The recorder keeps what the library asks of one, and the tables beside the events."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent

from service.log.port import LogUnavailable, Stored
from service.log.sqlite_datastore import LogDatastore
from service.log.sqlite_recorder import LogRecorder
from service.log.subscription import Arrivals, Batches

pytest.importorskip("Crypto", reason="the library's test cases load its cipher: pycryptodome")

# The module, not its names: pytest would collect the abstract cases under them.
import eventsourcing.tests.persistence as library


class OnALogRecorder:
    """What the library's cases need from us: a fresh recorder, and ids that are text."""

    def create_recorder(self) -> LogRecorder:
        directory = self.enterContext(TemporaryDirectory())  # type: ignore[attr-defined]
        datastore = LogDatastore(str(Path(directory) / "log.sqlite"))
        self.addCleanup(datastore.close)  # type: ignore[attr-defined]
        recorder = LogRecorder(datastore)
        recorder.create_table()
        return recorder

    def new_originator_id(self) -> str:
        return str(super().new_originator_id())  # type: ignore[misc]


class TestAsApplicationRecorder(OnALogRecorder, library.ApplicationRecorderTestCase):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestNonInterleaving(OnALogRecorder, library.NonInterleavingNotificationIDsBaseCase):
    pass


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.sqlite"


@pytest.fixture
def recorder(path: Path) -> Iterator[LogRecorder]:
    with closing(LogDatastore(str(path), lock_timeout=1)) as datastore:
        recorder = LogRecorder(datastore)
        recorder.create_table()
        yield recorder


def some_events(stream: str, count: int) -> list[StoredEvent]:
    return [StoredEvent(stream, version, "Noted", b"{}") for version in range(1, count + 1)]


def entries(path: Path) -> list[tuple[int, int, bytes]]:
    with closing(sqlite3.connect(path)) as raw:
        return raw.execute("SELECT position, idx, salt FROM entries ORDER BY position").fetchall()


def test_every_event_gets_the_next_index_and_a_salt_of_its_own(
    recorder: LogRecorder, path: Path
) -> None:
    recorder.insert_events(some_events("a", 45))
    with pytest.raises(IntegrityError):
        recorder.insert_events([*some_events("b", 30), *some_events("a", 1)])
    recorder.insert_events(some_events("c", 1))
    positions, indices, salts = zip(*entries(path), strict=True)
    assert positions == tuple(range(1, 47))
    assert indices == tuple(range(46))
    assert {len(salt) for salt in salts} == {32}
    assert len(set(salts)) == 46


def test_the_writing_connection_commits_to_the_disk(recorder: LogRecorder) -> None:
    with recorder.datastore.transaction(commit=True) as c:
        c.execute("PRAGMA synchronous")
        assert c.fetchone()[0] == 2
        c.execute("PRAGMA journal_mode")
        assert c.fetchone()[0] == "wal"


def test_a_reading_connection_cannot_write(recorder: LogRecorder) -> None:
    with (
        recorder.datastore.get_connection(commit=False) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.cursor().execute("INSERT INTO log_meta VALUES ('x', 1)")


def test_readers_that_hold_every_connection_do_not_keep_the_writer_out(
    recorder: LogRecorder,
) -> None:
    pool = recorder.datastore.pool
    with ExitStack() as held:
        for _ in range(pool.pool_size + pool.max_overflow):
            held.enter_context(recorder.datastore.get_connection(commit=False))
        recorder.insert_events(some_events("a", 1))
    assert recorder.max_notification_id() == 1


def test_writing_goes_on_after_another_held_the_file(recorder: LogRecorder, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            recorder.insert_events(some_events("a", 1))
    assert recorder.insert_events(some_events("a", 1)) == [1]


def test_writing_goes_on_after_a_commit_that_failed(recorder: LogRecorder) -> None:
    datastore = recorder.datastore
    with datastore.get_connection(commit=True) as connection:
        connection.cursor().execute("PRAGMA foreign_keys = ON")
    with datastore.transaction(commit=True) as c:
        c.execute("CREATE TABLE up (id INTEGER PRIMARY KEY)")
        c.execute("CREATE TABLE down (up REFERENCES up DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(IntegrityError), datastore.transaction(commit=True) as c:
        c.execute("INSERT INTO down VALUES (1)")
    assert recorder.insert_events(some_events("a", 1)) == [1]


def test_a_failure_to_look_ends_a_subscription_only_once_the_log_is_closed() -> None:
    arrivals = Arrivals()

    def fail(after: int) -> list[Stored]:
        raise LogUnavailable("no answer")

    def fail_closed(after: int) -> list[Stored]:
        arrivals.close()
        raise LogUnavailable("the log is closed")

    with pytest.raises(LogUnavailable, match="no answer"):
        next(Batches(arrivals, 0, fail, attrgetter("position")))
    assert list(Batches(arrivals, 0, fail_closed, attrgetter("position"))) == []


def test_a_subscription_by_topic_passes_over_the_others(recorder: LogRecorder) -> None:
    recorder.insert_events(some_events("a", 600))
    recorder.insert_events([StoredEvent("b", 1, "Wanted", b"{}")])
    with recorder.subscribe(topics=["Wanted"]) as subscription:
        assert next(subscription).id == 601


def test_creating_the_tables_again_changes_nothing(recorder: LogRecorder) -> None:
    recorder.settle_meta("0123456789abcdef")
    recorder.create_table()
    assert recorder.select_meta() == {"schema": 3, "id": b"0123456789abcdef"}


def test_a_file_of_a_newer_schema_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("CREATE TABLE log_meta (name TEXT PRIMARY KEY, value BLOB)")
        raw.execute("INSERT INTO log_meta VALUES ('schema', 4)")
    with (
        closing(LogDatastore(str(path))) as datastore,
        pytest.raises(
            LogUnavailable, match=r"newer intellog: its schema version is 4, this program knows 3"
        ),
    ):
        LogRecorder(datastore).create_table()
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [
            ("log_meta",)
        ]
