"""The SQLite backend: a log in a file, written by one process, with nothing to set up."""

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path

from eventsourcing.domain import EventSourcingError
from eventsourcing.sqlite import SQLiteCursor

from service.log import guard
from service.log.event_log import RecordedLog
from service.log.failures import Failures
from service.log.hashes import log_id
from service.log.lock import LOCK, lock_directory
from service.log.port import CopyRefused, LogUnavailable
from service.log.private import create_private, private_directory
from service.log.recorder import SCHEMA_VERSION, newer, older
from service.log.secret import FILE as SECRET
from service.log.secret import read_secret, settle_secret
from service.log.sqlite_datastore import LogDatastore
from service.log.sqlite_read_only import reading_address
from service.log.sqlite_recorder import LogRecorder
from service.log.stamps import Stamps, uptime
from service.log.start import check_start
from service.log.verbatim import begin, refuse_unfinished

FILE = "log.sqlite"
FILES = (FILE, f"{FILE}-wal", f"{FILE}-shm", LOCK, guard.FILE, SECRET)
DAMAGED = ("malformed", "not a database", "could not decode to utf-8", "codec can't decode")
SqliteEventLog = RecordedLog[SQLiteCursor]


def open_sqlite_log(
    directory: Path,
    clock: Callable[[], datetime],
    *,
    monotonic: Callable[[], float] = uptime,
    accept_loss: bool = False,
    accept_clock: bool = False,
) -> SqliteEventLog:
    """Open the log in `directory` for writing; create both if they do not exist.

    `clock` returns the time, with a time zone, and is called once per append; `monotonic` the seconds
    that have passed. The directory contains `log.sqlite` (and its WAL), `secret`, `log.head` and
    `log.lock`, which their owner alone may read.

    Raises LogLocked if a log is open there already, in this process or another; LogLost if it has lost
    events that it acknowledged, unless that is accepted; LogUnavailable if the file cannot be used or
    was written by a newer program.
    """
    since = guard.waiting_since(directory)
    stamps = partial(Stamps, clock, monotonic=monotonic, since=since, accept_leap=accept_clock)
    with ExitStack() as resources, FAILURES.answered():
        private_directory(directory, *FILES)
        resources.callback(lock_directory(directory).release)
        if not accept_loss:
            _refuse_missing(directory)
        create_private(directory / FILE)
        recorder = _recorder(str(directory / FILE), resources, writing=True)
        recorder.create_table()
        secret = _settled_secret(recorder, directory, accept_loss)
        log = SqliteEventLog(recorder, secret, resources.pop_all(), FAILURES, stamps)
        check_start(log, directory, monotonic=monotonic, accept_loss=accept_loss)
        return log


def open_sqlite_copy(
    directory: Path, secret: bytes, resources: ExitStack, *, continuing: bool
) -> tuple[LogRecorder, SqliteEventLog]:
    """Open a copy of the log that has this secret, in a directory, until `resources` are closed."""
    with FAILURES.answered():
        if (directory / SECRET).exists() and (directory / SECRET).read_bytes() != secret:
            raise CopyRefused(f"{directory} belongs to another log; name an empty place")
        create_private(directory / FILE)
        recorder = _recorder(str(directory / FILE), resources, writing=True)
        recorder.create_table()
        begin(recorder, log_id(secret), str(directory), continuing=continuing)
        settle_secret(directory, secret, None, accept_loss=False)
        return recorder, SqliteEventLog(recorder, secret, ExitStack(), FAILURES)


def read_sqlite_log(directory: Path) -> SqliteEventLog:
    """Open the log in `directory` for reading, while another process may write it.

    Raises `LogUnavailable` if there is no log. So does every call that would write.
    """
    with ExitStack() as resources, FAILURES.answered():
        if not (directory / FILE).exists():
            raise LogUnavailable(f"there is no log in {directory}")
        recorder = _recorder(reading_address(directory / FILE, resources), resources, writing=False)
        meta = recorder.select_meta()
        schema = int(meta.get("schema", 0))
        if schema != SCHEMA_VERSION:
            raise newer(schema) if schema > SCHEMA_VERSION else older(schema)
        refuse_unfinished(meta, str(directory))
        secret = read_secret(directory, meta.get("id"))
        return SqliteEventLog(recorder, secret, resources.pop_all(), FAILURES)


def _recorder(address: str, resources: ExitStack, *, writing: bool) -> LogRecorder:
    datastore = LogDatastore(address, writing=writing)
    resources.callback(datastore.close)
    recorder = LogRecorder(datastore)
    resources.callback(recorder.arrivals.close)
    return recorder


def _settled_secret(recorder: LogRecorder, directory: Path, accept_loss: bool) -> bytes:
    meta = recorder.select_meta()
    refuse_unfinished(meta, str(directory))
    secret = settle_secret(directory, meta.get("secret"), meta.get("id"), accept_loss=accept_loss)
    id = log_id(secret)
    if "secret" in meta or meta.get("id") != id.encode():
        recorder.settle_meta(id)
    return secret


def _refuse_missing(directory: Path) -> None:
    """Raise LogLost for a directory without the log that its guard knows, before a new one is made."""
    before, file = guard.acknowledged(directory), directory / FILE
    there = file.exists() and file.stat().st_size > 0
    if before is not None and before.position > 0 and not there:
        raise guard.refused(guard.gone(0, before.position) + f", there is no log in {file}")


def _is_damage(error: Exception) -> bool:
    return any(word in str(error).lower() for word in DAMAGED)


# SQLite quotes a damaged schema in its messages, and those then cannot be decoded.
FAILURES = Failures((EventSourcingError, sqlite3.Error, OSError, UnicodeDecodeError), _is_damage)
