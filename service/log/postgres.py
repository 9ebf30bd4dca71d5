"""The PostgreSQL backend: a log in one schema of a database, written by one process."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from psycopg import Error
from psycopg.errors import DataCorrupted, IndexCorrupted

from service.log.event_log import RecordedLog
from service.log.failures import Failures
from service.log.guard import waiting_since
from service.log.hashes import log_id
from service.log.port import LogDamaged
from service.log.postgres_address import refuse_unreadable
from service.log.postgres_draft import Draft
from service.log.postgres_holders import PostgresHolders
from service.log.postgres_listener import Listener
from service.log.postgres_migration import Migrated, migrated
from service.log.postgres_recorder import PostgresRecorder
from service.log.postgres_sessions import Sessions, place
from service.log.recorder import SCHEMA_VERSION, newer, older
from service.log.stamps import Stamps, uptime
from service.log.start import check_start
from service.log.verbatim import begin, refuse_unfinished

DAMAGE = (DataCorrupted, IndexCorrupted)
FAILURES = Failures((Error, OSError), lambda error: isinstance(error, DAMAGE))
BY_MIGRATION = "run `intellog migrate` as its owner, or on a copy"
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
    """Open the log in a database for writing; its owner creates the tables if they do not exist.

    `url` is an address in libpq's form, which may name several hosts; the log is in the first schema
    of the search path. `clock` returns the time, with a time zone, and is called once per append;
    `monotonic` the seconds that have passed. `directory` is where the guard of the log is kept.

    Raises LogLocked if a log is open there already, in this process or another; LogLost if it has lost
    events that it acknowledged, unless that is accepted; LogUnavailable if the database does not
    answer, is unfit, or was written by a newer program; ValueError if the address cannot be parsed,
    without repeating it.
    """
    refuse_unreadable(url)
    since = waiting_since(directory) if directory else None
    stamps = partial(Stamps, clock, monotonic=monotonic, since=since, accept_leap=accept_clock)
    with ExitStack() as resources, FAILURES.answered():
        sessions = Sessions(url)
        recorder = _recorder(sessions, resources)
        recorder.create_tables()
        secret = _secret(recorder, url)
        log = PostgresEventLog(recorder, secret, resources.pop_all(), FAILURES, stamps)
        log.holders = PostgresHolders(sessions)
        check_start(log, directory, monotonic=monotonic, accept_loss=accept_loss)
        return log


def open_postgres_copy(
    url: str, secret: bytes, resources: ExitStack, *, continuing: bool
) -> tuple[PostgresRecorder, PostgresEventLog]:
    """Open a copy of the log that has this secret, in a database, until `resources` are closed."""
    refuse_unreadable(url)
    with FAILURES.answered():
        recorder = _recorder(Sessions(url), resources)
        recorder.create_tables(secret)
        begin(recorder, log_id(secret), place(url), continuing=continuing)
        return recorder, PostgresEventLog(recorder, secret, ExitStack(), FAILURES)


def read_postgres_log(url: str) -> PostgresEventLog:
    """Open the log in a database for reading, while another process may write it."""
    with ExitStack() as resources, FAILURES.answered():
        sessions = Sessions(url, writing=False)
        recorder = _recorder(sessions, resources)
        log = PostgresEventLog(recorder, _secret(recorder, url), resources.pop_all(), FAILURES)
        log.holders = PostgresHolders(sessions)
        return log


@contextmanager
def told_of_commits(url: str, heard: Callable[[], None]) -> Iterator[None]:
    """Call `heard`, from another thread, soon after each commit while the block runs, if that can be.

    Some may be missed, and on a standby of the database all are.
    """
    with closing(Listener(url, heard)):
        yield


def migrate_postgres_log(url: str, role: str | None) -> Migrated:
    """Prepare a database for a log as the owner of its tables, and let a role select and insert there.

    Raises LogUnavailable, LogLocked if a process writes a log whose tables must change, and ValueError
    if the address cannot be parsed, without repeating it.
    """
    refuse_unreadable(url)
    with FAILURES.answered():
        return migrated(url, role)


def _recorder(sessions: Sessions, resources: ExitStack) -> PostgresRecorder:
    resources.callback(sessions.close)
    recorder = PostgresRecorder(sessions)
    resources.callback(recorder.arrivals.close)
    return recorder


def _secret(recorder: PostgresRecorder, url: str) -> bytes:
    """The secret, which is in the database because several machines may open the log."""
    meta = recorder.select_meta()
    schema = int(meta.get("schema", b"0"))
    if schema != SCHEMA_VERSION:
        raise newer(schema) if schema > SCHEMA_VERSION else older(schema, BY_MIGRATION)
    if log_id(meta["secret"]).encode() != meta["id"]:
        raise LogDamaged("its secret does not fit its id", None)
    refuse_unfinished(meta, place(url))
    return meta["secret"]
