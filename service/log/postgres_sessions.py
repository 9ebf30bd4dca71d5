"""Sessions with a PostgreSQL server: one that holds the log and writes, some that read.

No call waits longer than `PATIENCE` seconds, whatever becomes of the server.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import TypeVar

from psycopg import Connection, Error
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import LockNotAvailable
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from service.log.calls import Calls
from service.log.port import LogLocked, LogUnavailable

PATIENCE = 8.0
READERS = 12
# A peer that is gone is noticed in half a minute, on either side, and lets go of the log.
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
# No plan of those who write hangs on a value, and making one costs more than running it.
PLANNED_ONCE = "SELECT set_config('plan_cache_mode', 'force_generic_plan', false)"
# Durable on this server and, where standbys are synchronous, on them; stronger settings stay.
DURABLE = """
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') <> 'remote_apply'"""
# A server that was left by a killed process needs a moment to notice.
HOLD = """
    SET LOCAL lock_timeout = '1s';
    SELECT pg_advisory_lock(1768714087, hashtext(current_schema()))"""

T = TypeVar("T")


class Session(Connection[TupleRow]):
    """A connection that gives up when the time of the call is up."""

    give_up_at = 0.0

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        left = max(0.0, self.give_up_at - monotonic())
        return super().wait(gen, interval, left if timeout is None else min(left, timeout))

    def begin_call(self) -> None:
        """Let the time of a call run from now."""
        self.give_up_at = monotonic() + PATIENCE

    @property
    def usable(self) -> bool:
        """Whether the session stands, and nothing is under way on it."""
        return not self.closed and self.info.transaction_status == TransactionStatus.IDLE


class Sessions:
    """The sessions of one log. Errors are those of `psycopg`, and LogUnavailable.

    The session that writes is the one that holds the log: what it commits, it commits while
    nobody else can write. Once it is lost, whatever was decided before is refused, because
    another process may have written in between.
    """

    def __init__(self, url: str, *, writing: bool = True) -> None:
        self._url = url
        self._may_write = writing
        self._calls = Calls()
        self._idle: list[Session] = []
        self._readers = BoundedSemaphore(READERS)
        self._turn = Lock()
        self._writer: Session | None = self._holding() if writing else None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session in which each statement sees one state of the log."""
        with self._calls.under_way():
            if not self._readers.acquire(timeout=PATIENCE):
                raise LogUnavailable("too many read the log at once")
            try:
                session = self._take()
                try:
                    session.begin_call()
                    yield session
                finally:
                    self._give_back(session)
            finally:
                self._readers.release()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """The session that holds the log; each statement on it is a transaction of its own."""
        with self._calls.under_way():
            if not self._turn.acquire(timeout=PATIENCE):
                raise LogUnavailable("too many write the log at once")
            try:
                with self._whole() as session:
                    yield session
            finally:
                self._turn.release()

    def close(self) -> None:
        """Let go of the log once the calls under way are done; later ones are refused."""
        self._calls.end()
        for session in self._idle:
            session.close()
        if self._writer is not None:
            self._writer.begin_call()
            with suppress(Error):
                # Closing does so as well, but only in a moment.
                self._writer.execute("SELECT pg_advisory_unlock_all()")
            self._writer.close()

    @contextmanager
    def _whole(self) -> Iterator[Session]:
        session = self._writer
        if not self._may_write:
            raise LogUnavailable("the log is open for reading only")
        if session is None:
            self._regain()
            raise LogUnavailable("the session with the database was lost; it stands again")
        session.begin_call()
        try:
            yield session
        finally:
            if not session.usable:
                self._lose(session)

    def _lose(self, session: Session) -> None:
        session.close()
        self._writer = None
        with suppress(Error, LogUnavailable):
            self._regain()

    def _regain(self) -> None:
        try:
            self._writer = self._holding()
        except LogLocked as taken:
            raise LogUnavailable(str(taken)) from None

    def _holding(self) -> Session:
        """Connect and hold the log; LogLocked where another session does."""
        session = self._connect(DURABLE, PLANNED_ONCE)
        try:
            _refuse_unfit(session)
            with session.transaction():
                session.execute(HOLD)
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

    def _take(self) -> Session:
        with suppress(IndexError):
            return self._idle.pop()
        return self._connect(READ_ONLY)

    def _give_back(self, session: Session) -> None:
        if session.usable:
            self._idle.append(session)
            return
        session.close()
        # What broke one has likely broken all.
        while self._idle:
            with suppress(IndexError):
                self._idle.pop().close()

    def _connect(self, *further: str) -> Session:
        options = {**CONNECTING, **conninfo_to_dict(self._url)}
        session = Session.connect(autocommit=True, **options)  # type: ignore[arg-type]
        try:
            session.begin_call()
            session.execute(SET_UP, (str(int(PATIENCE * 1000)),))
            for setting in further:
                session.execute(setting.encode())
        except BaseException:
            session.close()
            raise
        return session


def place(url: str) -> str:
    """Say where a log is, without the user and the password."""
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
        raise LogUnavailable("the database runs with fsync = off and would lose what it was given")
    if encoding != "UTF8":
        raise LogUnavailable(f"the database is encoded in {encoding}; a log needs one in UTF8")
    if schema is None:
        raise LogUnavailable("the search path of the database names no schema to keep the log in")
