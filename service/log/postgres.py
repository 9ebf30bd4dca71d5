"""The PostgreSQL backend: a log in one schema of a database, written by one process."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path

from psycopg import Error, ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import DataCorrupted, IndexCorrupted

from service.log.event_log import RecordedLog
from service.log.failures import Failures
from service.log.guard import waiting_since
from service.log.hashes import log_id
from service.log.port import LogDamaged, LogUnavailable
from service.log.postgres_recorder import Draft, PostgresRecorder
from service.log.postgres_sessions import Sessions
from service.log.recorder import SCHEMA_VERSION, newer, older
from service.log.stamps import Stamps, uptime
from service.log.start import check_start

DAMAGE = (DataCorrupted, IndexCorrupted)
FAILURES = Failures((Error, OSError), lambda error: isinstance(error, DAMAGE))
PostgresEventLog = RecordedLog[Draft]


def open_postgres_log(
    url: str,
    clock: Callable[[], datetime],
    directory: Path | None = None,
    *,
    monotonic: Callable[[], float] = uptime,
    accept_loss: bool = False,
    accept_clock: bool = False,
) -> PostgresEventLog:
    """Open the log in a database for writing; create its tables if they do not exist.

    `url` is an address in libpq's form, which may name several hosts; the log is in the first schema
    of the search path. `clock` returns the time, with a time zone, and is called once per append;
    `monotonic` the seconds that have passed. `directory` is where the guard of the log is kept.

    Raises LogLocked if a log is open there already, in this process or another; LogLost if it has lost
    events that it acknowledged, unless that is accepted; LogUnavailable if the database does not
    answer, is unfit, or was written by a newer program; ValueError if the address cannot be parsed,
    without repeating it.
    """
    _refuse_unreadable(url)
    since = waiting_since(directory) if directory else None
    stamps = partial(Stamps, clock, monotonic=monotonic, since=since, accept_leap=accept_clock)
    with ExitStack() as resources, FAILURES.answered():
        recorder = _recorder(Sessions(url), resources)
        recorder.create_tables()
        secret = _secret(recorder)
        log = PostgresEventLog(recorder, secret, resources.pop_all(), FAILURES, stamps)
        check_start(log, directory, monotonic=monotonic, accept_loss=accept_loss)
        return log


def read_postgres_log(url: str) -> PostgresEventLog:
    """Open the log in a database for reading, while another process may write it."""
    with ExitStack() as resources, FAILURES.answered():
        recorder = _recorder(Sessions(url, writing=False), resources)
        return PostgresEventLog(recorder, _secret(recorder), resources.pop_all(), FAILURES)


def _recorder(sessions: Sessions, resources: ExitStack) -> PostgresRecorder:
    resources.callback(sessions.close)
    recorder = PostgresRecorder(sessions)
    resources.callback(recorder.arrivals.close)
    return recorder


def _secret(recorder: PostgresRecorder) -> bytes:
    """The secret, which is in the database because several machines may open the log."""
    meta = recorder.select_meta()
    if "schema" not in meta or "secret" not in meta:
        raise LogUnavailable("there is no log in the database; open it once for writing")
    schema = int(meta["schema"])
    if schema != SCHEMA_VERSION:
        raise newer(schema) if schema > SCHEMA_VERSION else older(schema)
    if log_id(meta["secret"]).encode() != meta["id"]:
        raise LogDamaged("its secret does not fit its id", None)
    return meta["secret"]


def _refuse_unreadable(url: str) -> None:
    unreadable = ValueError("the address of the database cannot be parsed")
    try:
        ports = str(conninfo_to_dict(url).get("port", ""))
    except ProgrammingError:
        # libpq's own message may quote the password.
        raise unreadable from None
    if not ports.replace(",", "0").isdigit() and ports:
        raise unreadable  # a password without a host after it is parsed as a port
