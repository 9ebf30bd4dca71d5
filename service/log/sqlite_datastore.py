"""The file: one connection that writes, a pool of connections that read."""

import sqlite3
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


class LogPool(SQLiteConnectionPool):
    """Makes connections: any number that read, and the one that writes."""

    def create_writer(self) -> SQLiteConnection:
        # FULL: a commit is on the disk when it returns. secure_delete: what a redaction takes
        # out of a row is overwritten in the file.
        return self._open("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON")

    def create_reader(self) -> SQLiteConnection:
        """A connection that reads."""
        return self._open("query_only=ON")

    def _open(self, *pragmas: str) -> SQLiteConnection:
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
        return SQLiteConnection(sqlite_conn=connection, max_age=None)


class LogDatastore(SQLiteDatastore):
    """An SQLite file in WAL mode with one writing connection of its own.

    The library's pool gives out the right to write as well, and keeps it for ever when no
    connection can be had in time: fifteen slow readers would end all writing. Here readers and
    the writer do not meet.

    `lock_timeout` is how many seconds to wait for another process that holds the file (5 unless
    said otherwise). Without `writing` there is no such connection, and every write is refused.
    """

    def __init__(self, db_name: str, *, lock_timeout: int | None = None, writing: bool = True) -> None:
        self.calls = Calls()
        self.turn = Lock()
        self.idle: list[SQLiteConnection] = []
        self.writer: SQLiteConnection | None = None
        super().__init__(db_name, lock_timeout=lock_timeout, originator_id_type="text")
        self.pool: LogPool = LogPool(db_name=db_name, lock_timeout=lock_timeout)
        if writing:
            self.writer = self.pool.create_writer()

    def get_connection(self, *, commit: bool) -> "Lent":  # type: ignore[override]
        """A connection to enter: the one that writes, in its turn, or one that reads."""
        return Lent(self, commit)

    def transaction(self, *, commit: bool) -> "LentTransaction":  # type: ignore[override]
        """A transaction to enter, of such a connection; one that writes is committed at the end."""
        return LentTransaction(self, commit)

    def reader(self) -> SQLiteConnection:
        """A connection that reads, which nobody else uses."""
        try:
            return self.idle.pop()
        except IndexError:
            return self.pool.create_reader()

    def close(self) -> None:
        """Close every connection once the calls under way are done; later ones are refused."""
        self.calls.end()
        for connection in self.idle:
            connection.close()
        if self.writer is not None:
            self.writer.close()
        super().close()


class Lent:
    """A connection while it is used.

    A class, as is its transaction: generators around generators cost more than most queries.
    """

    __slots__ = ("_commit", "_connection", "_store")

    def __init__(self, store: LogDatastore, commit: bool) -> None:
        self._store, self._commit = store, commit

    def __enter__(self) -> SQLiteConnection:
        store = self._store
        store.calls.begin()
        try:
            if not self._commit:
                self._connection = store.reader()
            elif store.writer is not None:
                store.turn.acquire()
                self._connection = store.writer
            else:
                raise LogUnavailable("the log is open for reading only")
        except BaseException:
            store.calls.finish()
            raise
        return self._connection

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_val: BaseException | None = None,
        exc_tb: TracebackType | None = None,
    ) -> None:
        if self._commit:
            self._store.turn.release()
        else:
            self._store.idle.append(self._connection)
        self._store.calls.finish()


class LentTransaction(Lent):
    """A transaction of a connection, which is lent with it."""

    __slots__ = ("_transaction",)

    def __enter__(self) -> SQLiteCursor:  # type: ignore[override]
        self._transaction = LogTransaction(super().__enter__(), commit=self._commit)
        try:
            return self._transaction.__enter__()
        except BaseException:
            super().__exit__()
            raise

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_val: BaseException | None = None,
        exc_tb: TracebackType | None = None,
    ) -> None:
        try:
            self._transaction.__exit__(exc_type, exc_val, exc_tb)
        finally:
            super().__exit__()
