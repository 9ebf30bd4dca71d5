"""The store of the views: a disposable SQLite file, on any backend of the log.

A file holds the tables of every projection, their position and the log's digest there, changed in one
transaction.

Files are written with `synchronous=NORMAL`: a checkpoint syncs the WAL before it changes the file,
so a power failure can cost the views their last events but never mix two of their states. Without
any sync (OFF), a torn checkpoint served wrong figures. To rebuild after an unclean stop instead would
cost a minute for a million claims. What OFF gains was less than the spread of what was measured: an
import of 30,000 claims was in the views after 9.5 s with OFF and 9.0 s with NORMAL (medians of 4),
2,000 events applied one by one took 2.1 and 2.2 s of processor time (medians of 5), and one client
posted 522 and 448 reports a second, 32 clients 1,003 and 1,218.
"""

import os
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain, islice
from pathlib import Path

from projections.catalogue import CATALOGUE
from projections.giving_way import GaveWay, giving_way
from projections.public import publish
from projections.tables.memory import Memory
from projections.tables.projection import Projection, Recorded, amend_rows, apply_events
from projections.tables.redactions import refuse_not_destroyed
from projections.tables.sight import UNRESTRICTED, ReadersConnection, Sight, narrow
from service.views import history
from service.views.helping import Helper
from service.views.history import Stand, position_of, stand_of
from service.views.sharing import build_shared

_TRACKING = """
CREATE TABLE tracking (name TEXT PRIMARY KEY, version INTEGER NOT NULL, position INTEGER NOT NULL)
    WITHOUT ROWID;
"""


_NULLS: dict[None, None] = {}
# Python looks in three places for how to store each None, which takes ten times as long as storing it.
sqlite3.register_adapter(type(None), _NULLS.get)

CACHE_KIB, SORT_CACHE_KIB = 32_000, 8_000
"""Size of a connection's page cache, and of the same while it sorts an index or reads everything."""

WAL_PAGES, CHANGES = 16_000, 1_000
"""Number of pages in the WAL from which a commit writes them back into the file, and of changed rows
from which that is done when there is nothing else to do. A row changes about one page.

To write back is to wait for the disk twice, and a report that is being stored waits for it as well. By
default that comes every 1,000 pages, or 20 to 30 reports; a page that changes often is then written as
often.
"""
UNLIMITED = 2**31
STEPS = 1_000
"""Number of instructions of SQLite between two looks at what else is to do.

They take a tenth of a millisecond, and what Python does between them many times as long.
"""
FEW_EVENTS, FEW_ROWS = 8, 16
"""Maximum number of events of a batch with which prompt rows are built, and of these rows."""
EVENTS_AT_HAND = 64
"""Number of events applied at a time, so that the processor has all that is read of them at hand."""
MOST_WAITING = 20_000
"""Number of rows of one kind beyond which those that wait are written before the batch ends."""

MAX_MAPPED_BYTES = 8 * 2**30
"""Maximum number of bytes of a file that a reader maps; the operating system keeps or drops them."""


class OutOfStep(Exception):
    """A batch does not follow the position of the views; another process has brought them forward."""


class ViewFile:
    """One file of views and the connections to it.

    `condemned` says why nothing may be read from it any more; None while it may.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        self.condemned: str | None = None
        self._idle = defaultdict[Sight, list[ReadersConnection]](list)
        self._lock = threading.Lock()
        self._retired = False
        self._building = False
        self._memory = Memory(0)
        self.writer = self._connect(create=create)
        self.writer.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        self._written_back = 0
        """How many rows had been changed when the WAL was written back last, for there was time."""

    @classmethod
    def create(
        cls, path: Path, catalogue: Sequence[Projection] = CATALOGUE, *, building: bool = False
    ) -> "ViewFile":
        """Create an empty file with the tables of every projection.

        A file that is `building` is not read before `finish`, so it defers what is cheaper to do at
        once in the end: indices, and the rows that projections build from their tables.
        """
        file = cls(path, create=True)
        # A file whose build fails is deleted, so until it is finished nothing needs to be durable.
        file.writer.execute("PRAGMA synchronous = OFF")
        schemas = (_TRACKING, history.SCHEMA, *(each.schema for each in catalogue))
        file.writer.executescript("".join(schemas))
        file.writer.execute("INSERT INTO history VALUES (?, '', x'')", (path.name,))
        for each in catalogue:
            file.writer.execute("INSERT INTO tracking VALUES (?, ?, 0)", (each.name, each.version))
        if catalogue is CATALOGUE:
            publish(file.writer)
        file._building = True
        if building:
            file.writer.execute("PRAGMA journal_mode = OFF")
        else:
            file.finish(catalogue)
        return file

    def finish(self, catalogue: Sequence[Projection] = CATALOGUE, helper: Helper | None = None) -> None:
        """Do what building deferred, so that the file can be read; calling it twice is no error."""
        if not self._building:
            return
        # SQLite sorts an index in as much memory as its cache has.
        self.writer.execute(f"PRAGMA cache_size = -{SORT_CACHE_KIB}")
        for each in catalogue:
            self.writer.executescript(each.indices)
        # Two processes have no more memory than one has.
        self.writer.execute(f"PRAGMA cache_size = -{CACHE_KIB // 2 if helper else CACHE_KIB}")
        self._building = False
        for each in catalogue:
            if each.portions is not None and helper is not None:
                build_shared(self.path, self.writer, self._changing, each, helper)
            else:
                self._build_deferred(each)
        self.writer.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self.writer.execute("PRAGMA journal_mode = WAL")
        self.writer.execute("PRAGMA synchronous = NORMAL")
        _sync(self.path)

    def is_current(self, catalogue: Sequence[Projection] = CATALOGUE) -> bool:
        """Whether the projections of this program, in these versions, wrote the file, and all of it."""
        try:
            rows = self.writer.execute("SELECT name, version FROM tracking").fetchall()
            stand_of(self.writer)
            whole = self._is_whole()
        except (sqlite3.Error, TypeError, ValueError):
            return False
        return whole and dict(rows) == {each.name: each.version for each in catalogue}

    def position(self) -> int:
        """The position of every projection."""
        return position_of(self.writer)

    def stand(self) -> Stand:
        """Where the file stands in the history of its log."""
        return stand_of(self.writer)

    def apply(
        self,
        events: Iterable[Recorded],
        stand: Stand | None = None,
        catalogue: Sequence[Projection] = CATALOGUE,
    ) -> None:
        """Apply a batch to every projection, and store where it ends, in one transaction.

        Without `stand` the views belong to no log. Raises `OutOfStep` if the batch does not begin
        after the position that is stored.
        """
        remaining = iter(events)
        with self._changing() as db, self._remembering(db) as memory:
            begun = position = memory.position
            while some := list(islice(remaining, EVENTS_AT_HAND)):
                if some[0].position != position + 1:
                    raise OutOfStep(
                        f"the views stand at {position}, the batch begins at {some[0].position}"
                    )
                if catalogue is CATALOGUE:
                    refuse_not_destroyed(db, some)
                apply_events(catalogue, db, some)
                memory.flush(MOST_WAITING)
                memory.position = position = some[-1].position
            memory.flush()
            if not self._building and position > begun:
                amend_rows(catalogue, db, begun + 1, position)
                if position - begun <= FEW_EVENTS:
                    _complete_promptly(db, catalogue, begun)
            db.execute("UPDATE tracking SET position = ?", (position,))
            _, event, digest = stand or Stand(position, "", b"")
            db.execute("UPDATE history SET event = ?, digest = ?", (event, digest))

    @contextmanager
    def _remembering(self, db: ReadersConnection) -> Iterator[Memory]:
        """Have a connection remember what it knew at the stored position, if nobody else wrote."""
        position, memory = position_of(db), self._memory
        if memory.position != position:
            memory = Memory(position)
        db.memory = memory
        self._memory = Memory(0)  # unless this batch is applied to its end
        try:
            yield memory
            self._memory = memory
        finally:
            db.memory = None

    def complete(self, most: int, catalogue: Sequence[Projection] = CATALOGUE) -> int:
        """Build up to `most` deferred rows; return how many."""
        built = 0
        with self._changing() as db:
            for projection in catalogue:
                if projection.complete is not None:
                    built += projection.complete(db, most - built)
        return built

    def complete_promptly(self, catalogue: Sequence[Projection] = CATALOGUE) -> None:
        """Build what a few events left: who reads right after a write would compute it."""
        with self._changing() as db:
            _complete_promptly(db, catalogue)

    def idle(self, wanted: Callable[[], bool], catalogue: Sequence[Projection] = CATALOGUE) -> bool:
        """Build one row of those that take long; return whether one was built.

        None is where all are there, or the processor is `wanted` for something else meanwhile.
        """
        try:
            with self._changing() as db, interrupted_if(wanted, db), giving_way(wanted):
                first = (each.prepare for each in catalogue if each.prepare is not None)
                then = (each.idle for each in catalogue if each.idle is not None)
                return any(build(db) for build in chain(first, then))
        except GaveWay:
            return False
        except sqlite3.OperationalError as error:
            if is_interrupt(error):
                return False
            raise

    def write_back(self) -> None:
        """Write the WAL back into the file, if much has changed since; readers can map it then."""
        changed = self.writer.total_changes
        if changed - self._written_back >= CHANGES:
            self._written_back = changed
            self._checkpoint()

    def _build_deferred(self, projection: Projection) -> None:
        """Build the rows of a projection that a file has before it is first read."""
        with self._changing() as db:
            if projection.portions is not None:
                projection.portions.build_all(db)
            elif projection.complete is not None:
                projection.complete(db, UNLIMITED)

    @contextmanager
    def _changing(self) -> Iterator[ReadersConnection]:
        """The connection that writes, in a transaction that an error takes back."""
        self.writer.execute("BEGIN IMMEDIATE")
        try:
            yield self.writer
        except BaseException:
            if self.writer.in_transaction:  # SQLite takes it back if a change is interrupted
                self.writer.execute("ROLLBACK")
            raise
        self.writer.execute("COMMIT")

    @contextmanager
    def reading(self, sight: Sight = UNRESTRICTED) -> Iterator[ReadersConnection]:
        """A connection that shows one snapshot of what a reader may see until the block ends."""
        db = self._borrow(sight)
        try:
            _fix_snapshot(db)
            yield db
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
            self._return(db)

    @contextmanager
    def scanning(self) -> Iterator[ReadersConnection]:
        """As `reading`, for who reads everything once: the memory it takes does not grow with the file.

        Pages of a mapped file count as memory of the process for as long as the system keeps them.
        """
        with closing(self._connect()) as db:
            db.execute(f"PRAGMA cache_size = -{SORT_CACHE_KIB}")
            _fix_snapshot(db)
            yield db

    def retire(self) -> None:
        """Close the file and delete it; readers that have it open may finish."""
        self.close()
        delete_view_file(self.path)

    def close(self) -> None:
        """Close every connection that is not in use now, the others when they are returned."""
        with self._lock:
            self._retired, idle = True, [db for each in self._idle.values() for db in each]
            self._idle.clear()
        for db in (*idle, self.writer):
            db.close()

    def _is_whole(self) -> bool:
        """Whether the file has as many pages as it should, once its WAL is written back into it."""
        self._checkpoint()
        (pages,), (size,) = (
            self.writer.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size")
        )
        return bool(self.path.stat().st_size >= pages * size)

    def _checkpoint(self) -> None:
        """Write back what no reader stands before; nobody waits for it."""
        self.writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _connect(self, *, create: bool = False) -> ReadersConnection:
        # Without `create`, a file that was deleted is an error and not a new empty file.
        where = f"{self.path.absolute().as_uri()}?mode=rw"
        db = sqlite3.connect(
            str(self.path) if create else where,
            isolation_level=None,
            check_same_thread=False,
            timeout=30,
            uri=not create,
            factory=ReadersConnection,
        )
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        return db

    def _borrow(self, sight: Sight) -> ReadersConnection:
        with self._lock:
            if self._idle[sight]:
                return self._idle[sight].pop()
        db = self._connect()
        # The rows of one indicator are far apart; mapping a page costs a third of reading it.
        db.execute(f"PRAGMA mmap_size = {MAX_MAPPED_BYTES}")
        narrow(db, sight)
        return db

    def _return(self, db: ReadersConnection) -> None:
        with self._lock:
            if not self._retired:
                self._idle[db.sight].append(db)
                return
        db.close()


def _complete_promptly(
    db: sqlite3.Connection, catalogue: Sequence[Projection], after: int | None = None
) -> None:
    """Build prompt rows; if a position is given, only those that take long for events after it."""
    for each in catalogue:
        if each.prompt and each.complete and (after is None or each.prompt(db, after)):
            each.complete(db, FEW_ROWS)


def _fix_snapshot(db: sqlite3.Connection) -> None:
    """Begin to read; SQLite opens the file and fixes the snapshot with the first query."""
    db.execute("BEGIN")
    db.execute("SELECT 1 FROM tracking LIMIT 1").fetchone()


def delete_view_file(path: Path) -> None:
    """Delete a view file; readers that have it open may finish."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


@contextmanager
def interrupted_if(wanted: Callable[[], bool], db: sqlite3.Connection) -> Iterator[None]:
    """Interrupt the queries on a connection in the block once something else is wanted."""
    db.set_progress_handler(wanted, STEPS)
    try:
        yield
    finally:
        db.set_progress_handler(None, STEPS)


def is_interrupt(error: Exception) -> bool:
    """Whether an error says that a query was interrupted."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT


def _sync(path: Path) -> None:
    """Have the operating system write a file to the disk."""
    if path.is_file():
        with path.open("rb") as file:
            os.fsync(file.fileno())
