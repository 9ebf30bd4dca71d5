"""The log in a directory: SQLite, one process that writes, nothing to set up."""

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from eventsourcing.domain import EventSourcingError
from eventsourcing.sqlite import SQLiteCursor

from service.log.event_log import RecordedLog, answering, never
from service.log.lock import hold
from service.log.sqlite_datastore import LogDatastore
from service.log.sqlite_recorder import LogRecorder

FAILURES = (EventSourcingError, sqlite3.Error, OSError)
SqliteEventLog = RecordedLog[SQLiteCursor]


def open_sqlite_log(directory: Path, clock: Callable[[], datetime]) -> SqliteEventLog:
    """Open the log in `directory` for writing, making both if they are not there.

    `clock` gives the time, with a time zone, and is asked once an append. The directory holds
    `log.sqlite` (and its WAL) and `log.lock`.

    Raises LogLocked if a log is open there already, in this process or another, and
    LogUnavailable if there is no getting at it or it was written by a newer program.
    """
    with ExitStack() as resources, answering(*FAILURES):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        resources.callback(hold(directory).release)
        recorder = _recorder(directory, resources, writing=True)
        recorder.create_table()
        return SqliteEventLog(recorder, clock, resources.pop_all(), FAILURES)


def read_sqlite_log(directory: Path) -> SqliteEventLog:
    """Open the log in `directory` for reading, while another process may have it for writing.

    Whatever would write is `LogUnavailable`, and so is a log that is not there.
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
