"""The PostgreSQL backend: a log in one schema of a database, written by one process."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime

from psycopg import Error, ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from service.log.event_log import RecordedLog, answering, never
from service.log.postgres_recorder import Draft, PostgresRecorder
from service.log.postgres_sessions import Sessions

FAILURES = (Error, OSError)
PostgresEventLog = RecordedLog[Draft]


def open_postgres_log(url: str, clock: Callable[[], datetime]) -> PostgresEventLog:
    """Open the log in a database for writing; create its tables if they do not exist.

    `url` is an address in libpq's form, which may name several hosts; the log is in the first schema
    of the search path. `clock` returns the time, with a time zone, and is called once per append.

    Raises LogLocked if a log is open there already, in this process or another; LogUnavailable if
    the database does not answer, is unfit, or was written by a newer program; ValueError if the
    address cannot be parsed, without repeating it.
    """
    _refuse_unreadable(url)
    with ExitStack() as resources, answering(*FAILURES):
        sessions = Sessions(url)
        resources.callback(sessions.close)
        recorder = PostgresRecorder(sessions)
        resources.callback(recorder.arrivals.close)
        recorder.create_tables()
        return PostgresEventLog(recorder, clock, resources.pop_all(), FAILURES)


def read_postgres_log(url: str) -> PostgresEventLog:
    """Open the log in a database for reading, while another process may write it."""
    with ExitStack() as resources, answering(*FAILURES):
        sessions = Sessions(url, writing=False)
        resources.callback(sessions.close)
        recorder = PostgresRecorder(sessions)
        resources.callback(recorder.arrivals.close)
        return PostgresEventLog(recorder, never, resources.pop_all(), FAILURES)


def _refuse_unreadable(url: str) -> None:
    unreadable = ValueError("the address of the database cannot be parsed")
    try:
        ports = str(conninfo_to_dict(url).get("port", ""))
    except ProgrammingError:
        # libpq's own message may quote the password.
        raise unreadable from None
    if not ports.replace(",", "0").isdigit() and ports:
        raise unreadable  # a password without a host after it is parsed as a port
