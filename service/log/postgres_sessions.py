"""Sessions with a PostgreSQL server: one that writes and holds the log's lock, some that read.

No call takes longer than `CALL_SECONDS`, whatever happens to the server: waiting for a session,
connecting again and every statement share that time.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import zip_longest
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Any, TypeVar

from psycopg import Connection, Error, OperationalError
from psycopg.abc import Params, PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import Diagnostic, LockNotAvailable
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from service.log.calls import Calls
from service.log.port import LogLocked, LogUnavailable
from service.log.postgres_fitness import refuse_unfit

CALL_SECONDS = 8.0
MAX_READERS = 12
CONNECT_SECONDS = (2, 3)
"""Shortest and longest time for a connection to one host; the driver allows no shorter one."""
# Each side notices within 15 seconds that the other fell silent; the server then frees the lock. While
# something that it sent is not confirmed, nothing but its tcp_user_timeout counts.
CONNECTING = {
    "application_name": "intellog",
    "client_encoding": "UTF8",
    "keepalives_idle": "5",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
SET_UP = """
    SELECT set_config('client_min_messages', 'warning', false),
           set_config('statement_timeout', %s, false),
           set_config('idle_session_timeout', '0', false),
           set_config('tcp_keepalives_idle', '5', false),
           set_config('tcp_keepalives_interval', '3', false),
           set_config('tcp_keepalives_count', '3', false),
           set_config('tcp_user_timeout', '15000', false)"""
READ_ONLY = "SELECT set_config('default_transaction_read_only', 'on', false)"
# The best plans of the writing session depend on no value, and planning costs more than running.
PLANNED_ONCE = "SELECT set_config('plan_cache_mode', 'force_generic_plan', false)"
# Durable on this server and on its synchronous standbys, if any; a stronger setting is kept.
DURABLE = """
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') <> 'remote_apply'"""
# The server needs a moment to notice that a process that held the lock was killed.
LOCK_SECONDS = 1.0
LOCK_TIMEOUT = "SELECT set_config('lock_timeout', %s, true)"
LOCK = "SELECT pg_advisory_lock(1768714087, hashtext(current_schema()))"
# Writes to the WAL without changing a table, so that its commit waits for the disk and for the
# synchronous standbys as an append does; commits are acknowledged by them in order.
BARRIER = "SELECT pg_logical_emit_message(true, 'intellog', '')"

T = TypeVar("T")


class Session(Connection[TupleRow]):
    """A connection whose calls fail at a deadline.

    `settled` says whether all that this session can see is known to be durable. What was committed
    before it connected may not be: a standby need not have it if its server was restarted meanwhile.
    """

    deadline = 0.0
    settled = False

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        left = max(0.0, self.deadline - monotonic())
        return super().wait(gen, interval, left if timeout is None else min(left, timeout))

    def begin_call(self) -> None:
        """Start a call: its deadline is `CALL_SECONDS` from now."""
        self.deadline = deadline_of_call()

    @contextmanager
    def storing(self) -> Iterator[None]:
        """What is committed within is durable, on synchronous standbys too, when the block ends.

        A server whose wait for its standby was cancelled answers with success, and only warns. That
        is an OperationalError here and ends the session: whether a standby has it is unknown.
        """
        warnings: list[str | None] = []

        def note(notice: Diagnostic) -> None:
            warnings.append(notice.message_primary)

        self.add_notice_handler(note)
        try:
            yield
        finally:
            self.remove_notice_handler(note)
        if warnings:
            self.close()
            raise OperationalError(f"the database does not vouch for a commit: {warnings[0]}")
        self.settled = True

    def settle(self) -> None:
        """Wait until all that this session can see is durable."""
        if not self.settled:
            with self.storing():
                self.execute(BARRIER.encode())

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
        self._writer: Session | None = None
        if writing:
            self._writer = self._connect_writer(deadline_of_call())

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that reads; each statement sees one snapshot of the log."""
        with self._calls.running():
            deadline = deadline_of_call()
            if not self._readers.acquire(timeout=CALL_SECONDS):
                raise LogUnavailable("too many requests read the log at once")
            try:
                session = self._borrow(deadline)
                try:
                    yield session
                finally:
                    self._return(session)
            finally:
                self._readers.release()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """The session that writes; each statement on it is a transaction of its own."""
        with self._calls.running():
            deadline = deadline_of_call()
            if not self._write_lock.acquire(timeout=CALL_SECONDS):
                raise LogUnavailable("too many requests write the log at once")
            try:
                with self._usable_writer(deadline) as session:
                    yield session
            finally:
                self._write_lock.release()

    def retaken(self, lost: Session) -> Session:
        """Within `writing`, replace a session that was lost, in the time that is left of the call.

        The new session has the lock of the log, so the lost one is gone: what it may have sent is
        committed by now or never will be. Raises LogUnavailable if the lock is not free in time.
        """
        left = lost.deadline - monotonic()
        return self._replaced_writer(lost, lock_seconds=max(LOCK_SECONDS, left - LOCK_SECONDS))

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
    def _usable_writer(self, deadline: float) -> Iterator[Session]:
        session = self._writer
        if not self._may_write:
            raise LogUnavailable("the log is open for reading only")
        if session is None:
            self._writer = self._reconnected_writer(deadline)
            raise LogUnavailable(
                "the session with the database was lost and has been replaced; try again"
            )
        session.deadline = deadline
        try:
            yield session
        finally:
            if self._writer is not None and not self._writer.usable:
                with suppress(Error, LogUnavailable):
                    self._replaced_writer(self._writer)

    def _replaced_writer(self, lost: Session, lock_seconds: float = LOCK_SECONDS) -> Session:
        lost.close()
        self._writer = None
        self._writer = self._reconnected_writer(lost.deadline, lock_seconds)
        return self._writer

    def _reconnected_writer(self, deadline: float, lock_seconds: float = LOCK_SECONDS) -> Session:
        try:
            return self._connect_writer(deadline, lock_seconds)
        except LogLocked as taken:
            raise LogUnavailable(str(taken)) from None

    def _connect_writer(self, deadline: float, lock_seconds: float = LOCK_SECONDS) -> Session:
        """Connect and lock the log; raises LogLocked if another session holds it."""
        session = connected(self._url, deadline, DURABLE, PLANNED_ONCE)
        try:
            refuse_unfit(session)
            with session.transaction():
                session.execute(LOCK_TIMEOUT, (str(int(lock_seconds * 1000)),))
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

    def _borrow(self, deadline: float) -> Session:
        with suppress(IndexError):
            session = self._idle.pop()
            session.deadline = deadline
            return session
        return connected(self._url, deadline, READ_ONLY)

    def _return(self, session: Session) -> None:
        if session.usable:
            self._idle.append(session)
            return
        session.close()
        # What broke this one has probably broken all.
        while self._idle:
            with suppress(IndexError):
                self._idle.pop().close()


def deadline_of_call() -> float:
    """Return the time, by `monotonic`, at which a call that begins now must have ended."""
    return monotonic() + CALL_SECONDS


def connected(url: str, deadline: float, *settings: str) -> Session:
    """Return a new session with these settings; raises LogUnavailable if there is no time left."""
    shortest, longest = CONNECT_SECONDS
    given = conninfo_to_dict(url)
    hosts = str(given.get("host") or "").count(",") + 1
    left = deadline - monotonic()
    if left < shortest:
        raise LogUnavailable("the database did not answer in time")
    seconds = max(shortest, min(longest, int(left / hosts)))
    options = {**CONNECTING, **given, "connect_timeout": str(seconds)}
    session = Session.connect(autocommit=True, **options)  # type: ignore[arg-type]
    try:
        session.deadline = deadline
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
    """Return hosts, ports and database of an address, without the user and the password."""
    parts = conninfo_to_dict(url)
    hosts = str(parts.get("host") or "localhost").split(",")
    ports = str(parts.get("port") or "").split(",")
    each = [
        f"{host}:{port}".rstrip(":") for host, port in zip_longest(hosts, ports, fillvalue=ports[-1])
    ]
    return f"{','.join(each)}/{parts.get('dbname') or ''}"
