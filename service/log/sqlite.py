"""The SQLite backend: a log in a file, written by one process, with nothing to set up."""

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from eventsourcing.domain import EventSourcingError
from eventsourcing.sqlite import SQLiteCursor

from service.log.event_log import RecordedLog, answering, never
from service.log.lock import lock_directory
from service.log.sqlite_datastore import LogDatastore
from service.log.sqlite_recorder import LogRecorder

FAILURES = (EventSourcingError, sqlite3.Error, OSError)
SqliteEventLog = RecordedLog[SQLiteCursor]


def open_sqlite_log(directory: Path, clock: Callable[[], datetime]) -> SqliteEventLog:
    """Open the log in `directory` for writing; create both if they do not exist.

    `clock` returns the time, with a time zone, and is called once per append. The directory contains
    `log.sqlite` (and its WAL) and `log.lock`.

    Raises LogLocked if a log is open there already, in this process or another, and
    LogUnavailable if the file cannot be used or was written by a newer program.
    """
    with ExitStack() as resources, answering(*FAILURES):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        resources.callback(lock_directory(directory).release)
        recorder = _recorder(directory, resources, writing=True)
        recorder.create_table()
        return SqliteEventLog(recorder, clock, resources.pop_all(), FAILURES)


def read_sqlite_log(directory: Path) -> SqliteEventLog:
    """Open the log in `directory` for reading, while another process may write it.

    Raises `LogUnavailable` if there is no log. So does every call that would write.
    """
    with ExitStack() as resources, answering(*FAILURES):
        recorder = _recorder(directory, resources, writing=False)
        return SqliteEventLog(recorder, never, resources.pop_all(), FAILURES)


def _recorder(directory: Path, resources: ExitStack, *, writing: bool) -> LogRecorder:
    datastore = LogDatastore(str(directory / "log.sqlite"), writing=writing)
    resources.callback(datastore.close)
    recorder = LogRecorder(datastore)
    resources.callback(recorder.arrivals.close)
    return recorder
