"""Sessions with a PostgreSQL server: one that writes and holds the log's lock, some that read.

No call takes longer than `CALL_SECONDS`, whatever happens to the server.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Any, TypeVar

from psycopg import Connection, Error
from psycopg.abc import Params, PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import LockNotAvailable
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from service.log.calls import Calls
from service.log.port import LogLocked, LogUnavailable

CALL_SECONDS = 8.0
MAX_READERS = 12
# Each side notices within half a minute that the other is gone; the server then frees the lock.
CONNECTING = {
    "application_name": "intellog",
    "client_encoding": "UTF8",
    "connect_timeout": "3",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
}
SET_UP = """
    SELECT set_config('client_min_messages', 'warning', false),
           set_config('statement_timeout', %s, false),
           set_config('idle_session_timeout', '0', false),
           set_config('tcp_keepalives_idle', '10', false),
           set_config('tcp_keepalives_interval', '5', false),
           set_config('tcp_keepalives_count', '3', false)"""
READ_ONLY = "SELECT set_config('default_transaction_read_only', 'on', false)"
# The best plans of the writing session depend on no value, and planning costs more than running.
PLANNED_ONCE = "SELECT set_config('plan_cache_mode', 'force_generic_plan', false)"
# Durable on this server and on its synchronous standbys, if any; a stronger setting is kept.
DURABLE = """
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') <> 'remote_apply'"""
# The server needs a moment to notice that a process that held the lock was killed.
LOCK = """
    SET LOCAL lock_timeout = '1s';
    SELECT pg_advisory_lock(1768714087, hashtext(current_schema()))"""

T = TypeVar("T")


class Session(Connection[TupleRow]):
    """A connection whose calls fail at a deadline."""

    deadline = 0.0

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        left = max(0.0, self.deadline - monotonic())
        return super().wait(gen, interval, left if timeout is None else min(left, timeout))

    def begin_call(self) -> None:
        """Start a call: its deadline is `CALL_SECONDS` from now."""
        self.deadline = monotonic() + CALL_SECONDS

    @property
    def usable(self) -> bool:
        """Whether the session is connected and idle."""
        return not self.closed and self.info.transaction_status == TransactionStatus.IDLE


class Sessions:
    """The sessions of one log. Raises the errors of `psycopg`, and LogUnavailable.

    The session that writes holds the lock of the log, so nothing else can write while it commits.
    When that session is lost, the next append is refused, because it was decided before the loss
    and another process may have written since.
    """

    def __init__(self, url: str, *, writing: bool = True) -> None:
        self._url = url
        self._may_write = writing
        self._calls = Calls()
        self._idle: list[Session] = []
        self._readers = BoundedSemaphore(MAX_READERS)
        self._write_lock = Lock()
        self._writer: Session | None = self._connect_writer() if writing else None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that reads; each statement sees one snapshot of the log."""
        with self._calls.running():
            if not self._readers.acquire(timeout=CALL_SECONDS):
                raise LogUnavailable("too many requests read the log at once")
            try:
                session = self._borrow()
                try:
                    session.begin_call()
                    yield session
                finally:
                    self._return(session)
            finally:
                self._readers.release()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """The session that writes; each statement on it is a transaction of its own."""
        with self._calls.running():
            if not self._write_lock.acquire(timeout=CALL_SECONDS):
                raise LogUnavailable("too many requests write the log at once")
            try:
                with self._usable_writer() as session:
                    yield session
            finally:
                self._write_lock.release()

    def close(self) -> None:
        """Release the log once running calls are done; later calls are refused."""
        self._calls.close()
        for session in self._idle:
            session.close()
        if self._writer is not None:
            self._writer.begin_call()
            with suppress(Error):
                # Closing the session releases the lock as well, but with a delay.
                self._writer.execute("SELECT pg_advisory_unlock_all()")
            self._writer.close()

    @contextmanager
    def _usable_writer(self) -> Iterator[Session]:
        session = self._writer
        if not self._may_write:
            raise LogUnavailable("the log is open for reading only")
        if session is None:
            self._reconnect_writer()
            raise LogUnavailable(
                "the session with the database was lost and has been replaced; try again"
            )
        session.begin_call()
        try:
            yield session
        finally:
            if not session.usable:
                self._replace_writer(session)

    def _replace_writer(self, session: Session) -> None:
        session.close()
        self._writer = None
        with suppress(Error, LogUnavailable):
            self._reconnect_writer()

    def _reconnect_writer(self) -> None:
        try:
            self._writer = self._connect_writer()
        except LogLocked as taken:
            raise LogUnavailable(str(taken)) from None

    def _connect_writer(self) -> Session:
        """Connect and lock the log; raises LogLocked if another session holds it."""
        session = self._connect(DURABLE, PLANNED_ONCE)
        try:
            _refuse_unfit(session)
            with session.transaction():
                session.execute(LOCK)
        except LockNotAvailable:
            session.close()
            raise LogLocked(
                f"another process writes the log in {place(self._url)};"
                " a running server is reached with --url"
            ) from None
        except BaseException:
            session.close()
            raise
        return session

    def _borrow(self) -> Session:
        with suppress(IndexError):
            return self._idle.pop()
        return self._connect(READ_ONLY)

    def _return(self, session: Session) -> None:
        if session.usable:
            self._idle.append(session)
            return
        session.close()
        # What broke this one has probably broken all.
        while self._idle:
            with suppress(IndexError):
                self._idle.pop().close()

    def _connect(self, *settings: str) -> Session:
        options = {**CONNECTING, **conninfo_to_dict(self._url)}
        session = Session.connect(autocommit=True, **options)  # type: ignore[arg-type]
        try:
            session.begin_call()
            session.execute(SET_UP, (str(int(CALL_SECONDS * 1000)),))
            for setting in settings:
                session.execute(setting.encode())
        except BaseException:
            session.close()
            raise
        return session


def fetch(session: Session, query: str, params: Params = ()) -> list[Any]:
    """Return the rows of a query."""
    # Binary, because as text bytes are twice as long and parsed on both sides.
    return session.execute(query.encode(), params, binary=True).fetchall()


def place(url: str) -> str:
    """Return host, port and database of an address, without the user and the password."""
    parts = conninfo_to_dict(url)
    host, port = parts.get("host") or "localhost", parts.get("port")
    return f"{host}{f':{port}' if port else ''}/{parts.get('dbname') or ''}"


def _refuse_unfit(session: Session) -> None:
    row = session.execute(
        "SELECT current_setting('fsync'), current_setting('server_encoding'), current_schema()"
    ).fetchone()
    assert row is not None
    fsync, encoding, schema = row
    if fsync != "on":
        raise LogUnavailable("the database runs with fsync = off and could lose events")
    if encoding != "UTF8":
        raise LogUnavailable(f"the encoding of the database is {encoding}; a log needs UTF8")
    if schema is None:
        raise LogUnavailable("the search path of the database names no schema for the log")
