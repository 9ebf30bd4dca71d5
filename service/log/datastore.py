"""The file: one connection that writes, a pool of connections that read."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from types import TracebackType

from eventsourcing.sqlite import (
    SQLITE3_DEFAULT_LOCK_TIMEOUT,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteTransaction,
)

from service.log.calls import Calls
from service.log.port import LogUnavailable


class LogTransaction(SQLiteTransaction):
    """A transaction that, if it writes, takes the write lock before it reads anything."""

    def __enter__(self) -> SQLiteCursor:
        cursor = self.connection.cursor()
        cursor.execute("BEGIN IMMEDIATE" if self.commit else "BEGIN")
        return cursor

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        try:
            super().__exit__(exc_type, exc_val, exc_tb)
        finally:
            # A commit that failed may leave the transaction open, and the one connection that
            # writes could then never begin another.
            self.connection.rollback()


class LogConnection(SQLiteConnection):
    """A connection whose transactions are `LogTransaction`s."""

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        with LogTransaction(self, commit=commit) as cursor, cursor:
            yield cursor


class LogPool(SQLiteConnectionPool):
    """Gives out connections that read; makes, once, the one that writes."""

    def create_writer(self) -> LogConnection:
        # FULL: a commit is on the disk when it returns. secure_delete: what a redaction takes
        # out of a row is overwritten in the file.
        return self._open("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON")

    def _create_connection(self) -> LogConnection:
        return self._open("query_only=ON")

    def _open(self, *pragmas: str) -> LogConnection:
        # The library's own connections keep one prepared statement; this keeps them all.
        connection = sqlite3.connect(
            self.db_name,
            timeout=self.lock_timeout or SQLITE3_DEFAULT_LOCK_TIMEOUT,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.row_factory = sqlite3.Row
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        return LogConnection(sqlite_conn=connection, max_age=None)


class LogDatastore(SQLiteDatastore):
    """An SQLite file in WAL mode with one writing connection of its own.

    The library's pool gives out the right to write as well, and keeps it for ever when no
    connection can be had in time: fifteen slow readers would end all writing. Here readers and
    the writer do not meet.

    `lock_timeout` is how many seconds to wait for another process that holds the file (5 unless
    said otherwise). Without `writing` there is no such connection, and every write is refused.
    """

    def __init__(self, db_name: str, *, lock_timeout: int | None = None, writing: bool = True) -> None:
        self._calls = Calls()
        self._writing = Lock()
        self._writer: LogConnection | None = None
        super().__init__(db_name, lock_timeout=lock_timeout, originator_id_type="text")
        self.pool: LogPool = LogPool(db_name=db_name, lock_timeout=lock_timeout)
        if writing:
            self._writer = self.pool.create_writer()

    @contextmanager
    def get_connection(self, *, commit: bool) -> Iterator[SQLiteConnection]:
        with self._calls.under_way():
            if not commit:
                with super().get_connection(commit=False) as connection:
                    yield connection
            else:
                with self._writing:
                    if self._writer is None:
                        raise LogUnavailable("the log is open for reading only")
                    yield self._writer

    def close(self) -> None:
        """Close every connection once the calls under way are done; later ones are refused."""
        self._calls.end()
        if self._writer is not None:
            self._writer.close()
        super().close()
