"""Every log keeps the port's contract."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service.log.port import EventLog
from service.log.sqlite import open_sqlite_log
from tests.service.log.append_only import (
    AppendOnlyConformance,
    Database,
    append_three_events_and_a_key,
)
from tests.service.log.conformance import LogConformance, OpenLog, Store
from tests.service.log.trust_conformance import TrustConformance

BACKENDS = ("sqlite", "postgres")


@pytest.fixture(params=BACKENDS)
def open_log(request: pytest.FixtureRequest) -> OpenLog:
    if request.param == "sqlite":
        return open_sqlite_log
    opening: OpenLog = request.getfixturevalue("postgres").open_in
    return opening


@pytest.fixture
def store(open_log: OpenLog, tmp_path: Path) -> Iterator[Store]:
    with Store(open_log, tmp_path) as store:
        yield store


class TestEveryLog(LogConformance):
    pass


class TestTrustInEveryLog(TrustConformance):
    pass


@pytest.fixture
def log(store: Store) -> EventLog:
    """A log of three events and a mark."""
    append_three_events_and_a_key(store.log)
    return store.log


@pytest.fixture
def database(store: Store, log: EventLog) -> Iterator[Database]:
    """A connection to the database of the log, past the log."""
    address = store.directory / "postgres.url"
    if address.exists():
        psycopg = pytest.importorskip("psycopg")
        with closing(psycopg.connect(address.read_text(), autocommit=True)) as raw:
            messages = ("the log is append-only", "duplicate key")
            yield Database(raw, psycopg.IntegrityError, messages, lambda b: f"'{b.decode()}'")
    else:
        with closing(sqlite3.connect(store.directory / "log.sqlite", isolation_level=None)) as raw:
            raw.execute("PRAGMA recursive_triggers = OFF")  # the setting under which REPLACE is quiet
            refusals = ("the log is append-only",)
            yield Database(raw, sqlite3.IntegrityError, refusals, lambda b: f"x'{b.hex()}'")


class TestEveryDatabase(AppendOnlyConformance):
    pass
