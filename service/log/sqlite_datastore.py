"""Connections to the SQLite file: one that writes, and a pool of those that read."""

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

WAL_PAGES = 4_000
"""Number of pages in the WAL from which a commit writes them back into the file, while all that is to
be stored waits. A report stores 6 or 7; by default it is done every 1,000."""


class LogTransaction(SQLiteTransaction):
    """A transaction that, if it writes, acquires the write lock before its first read."""

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
        if not self.commit:
            self.connection.rollback()
            return
        try:
            super().__exit__(exc_type, exc_val, exc_tb)
        finally:
            # A failed commit may leave the transaction open, and the only connection that writes
            # could then never begin another one.
            self.connection.rollback()


class LogPool(SQLiteConnectionPool):
    """Creates connections: any number that read, and the one that writes."""

    def create_writer(self) -> SQLiteConnection:
        # FULL: a commit is on the disk when it returns. secure_delete: what a redaction removes
        # from a row is overwritten in the file. temp_store: what a statement could have to take back
        # stays in memory, so that a full TMPDIR stops no write.
        pragmas = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY")
        return self._open(*pragmas, f"wal_autocheckpoint={WAL_PAGES}")

    def create_reader(self) -> SQLiteConnection:
        """A connection that reads."""
        return self._open("query_only=ON")

    def _open(self, *pragmas: str) -> SQLiteConnection:
        # The library's own connections cache one prepared statement; this one caches all of them.
        connection = sqlite3.connect(
            self.db_name,
            uri=self.db_name.startswith("file:"),
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

    In the library's pool a writer waits for a connection among the readers, and if it times out the
    write lock is never released: fifteen slow readers would end all writing. Here readers do not
    delay the writer.

    `lock_timeout` is the number of seconds to wait for another process that has locked the file
    (default 5). Without `writing` there is no writing connection, and every write is refused.
    """

    def __init__(self, db_name: str, *, lock_timeout: int | None = None, writing: bool = True) -> None:
        self.calls = Calls()
        self.write_lock = Lock()
        self.idle: list[SQLiteConnection] = []
        self.writer: SQLiteConnection | None = None
        super().__init__(db_name, lock_timeout=lock_timeout, originator_id_type="text")
        self.pool: LogPool = LogPool(db_name=db_name, lock_timeout=lock_timeout)
        if writing:
            self.writer = self.pool.create_writer()

    def get_connection(self, *, commit: bool) -> "BorrowedConnection":  # type: ignore[override]
        """A context manager of a connection: the writing one, once it is free, or a reading one."""
        return BorrowedConnection(self, commit)

    def transaction(self, *, commit: bool) -> "BorrowedTransaction":  # type: ignore[override]
        """A context manager of a transaction; one that writes is committed when the block ends."""
        return BorrowedTransaction(self, commit)

    def looking(self, statements: int = 1) -> "BorrowedCursor | BorrowedTransaction":
        """A context manager of a cursor that reads from one snapshot of the file.

        One statement is a transaction by itself, if all that it finds is fetched.
        """
        return BorrowedCursor(self, False) if statements < 2 else BorrowedTransaction(self, False)

    def reader(self) -> SQLiteConnection:
        """A connection that reads and is not in use: an idle one or a new one."""
        try:
            return self.idle.pop()
        except IndexError:
            return self.pool.create_reader()

    def close(self) -> None:
        """Close every connection once running calls are done; later calls are refused."""
        self.calls.close()
        for connection in self.idle:
            connection.close()
        if self.writer is not None:
            self.writer.close()
        super().close()


class BorrowedConnection:
    """A connection for the length of a block.

    A class, as is its transaction, because nested generators cost more than most queries.
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
                store.write_lock.acquire()
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
            self._store.write_lock.release()
        else:
            self._store.idle.append(self._connection)
        self._store.calls.finish()


class BorrowedCursor(BorrowedConnection):
    """A cursor on a borrowed connection, outside of any transaction."""

    __slots__ = ()

    def __enter__(self) -> SQLiteCursor:  # type: ignore[override]
        return super().__enter__().cursor()


class BorrowedTransaction(BorrowedConnection):
    """A transaction on a borrowed connection."""

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
