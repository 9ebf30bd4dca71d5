"""The store of the views: disposable SQLite files, one in use at a time, on any backend of the log.

A file holds the tables of every projection and their position, changed in one transaction. A rebuild
writes a second file that replaces the first; a small pointer file names the one in use, so a reader
never sees a half-built one.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from uuid import uuid4

from projections.catalogue import CATALOGUE
from projections.tables.projection import Projection, Recorded

POINTER = "views.current"
_TRACKING = """
CREATE TABLE tracking (name TEXT PRIMARY KEY, version INTEGER NOT NULL, position INTEGER NOT NULL)
    WITHOUT ROWID;
"""


CACHE_KIB, SORT_CACHE_KIB = 32_000, 8_000
"""Size of a connection's page cache, and of the same while it sorts an index."""

UNLIMITED = 2**31
EVENTS_AT_ONCE = 1_000
"""Maximum number of decoded events of a batch in memory."""

MAX_MAPPED_BYTES = 8 * 2**30
"""Maximum number of bytes of a file that a reader maps; the operating system keeps or drops them."""


class ViewFile:
    """One file of views and the connections to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._retired = False
        self._building = False
        self.writer = self._connect()

    @classmethod
    def create(
        cls, path: Path, catalogue: Sequence[Projection] = CATALOGUE, *, building: bool = False
    ) -> "ViewFile":
        """Create an empty file with the tables of every projection.

        A file that is `building` is not read before `finish`, so it defers what is cheaper to do at
        once in the end: indices, and the rows that projections build from their tables.
        """
        file = cls(path)
        file.writer.executescript(_TRACKING + "".join(each.schema for each in catalogue))
        for each in catalogue:
            file.writer.execute("INSERT INTO tracking VALUES (?, ?, 0)", (each.name, each.version))
        file._building = True
        if building:
            # A file whose build fails is deleted, so nothing needs to be rolled back.
            file.writer.execute("PRAGMA journal_mode = OFF")
        else:
            file.finish(catalogue)
        return file

    def finish(self, catalogue: Sequence[Projection] = CATALOGUE) -> None:
        """Do what building deferred, so that the file can be read; calling it twice is no error."""
        if not self._building:
            return
        # SQLite sorts an index in as much memory as its cache has.
        self.writer.execute(f"PRAGMA cache_size = -{SORT_CACHE_KIB}")
        for each in catalogue:
            self.writer.executescript(each.indices)
        self.writer.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._building = False
        self.complete(UNLIMITED, catalogue)
        self.writer.execute("PRAGMA journal_mode = WAL")

    def is_current(self, catalogue: Sequence[Projection] = CATALOGUE) -> bool:
        """Whether the projections of this program, in these versions, wrote the file."""
        try:
            rows = self.writer.execute("SELECT name, version FROM tracking").fetchall()
        except sqlite3.Error:
            return False
        return dict(rows) == {each.name: each.version for each in catalogue}

    def position(self) -> int:
        """The position of every projection."""
        return position_of(self.writer)

    def apply(self, events: Iterable[Recorded], catalogue: Sequence[Projection] = CATALOGUE) -> None:
        """Apply a batch to every projection, in one transaction."""
        db, remaining = self.writer, iter(events)
        db.execute("BEGIN IMMEDIATE")
        try:
            while some := list(islice(remaining, EVENTS_AT_ONCE)):
                for projection in catalogue:
                    if projection.complete is None or not self._building:
                        projection.apply(db, some)
                db.execute("UPDATE tracking SET position = ?", (some[-1].position,))
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

    def complete(self, most: int, catalogue: Sequence[Projection] = CATALOGUE) -> int:
        """Build up to `most` deferred rows; return how many."""
        built, db = 0, self.writer
        db.execute("BEGIN IMMEDIATE")
        try:
            for projection in catalogue:
                if projection.complete is not None:
                    built += projection.complete(db, most - built)
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
        return built

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one snapshot of the views until the block ends."""
        db = self._borrow()
        try:
            db.execute("BEGIN")
            # SQLite opens the file and fixes the snapshot with the first query, so make one now.
            db.execute("SELECT 1 FROM tracking LIMIT 1").fetchone()
            yield db
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
            self._return(db)

    def retire(self) -> None:
        """Close the file and delete it; readers that have it open may finish."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    def close(self) -> None:
        """Close every connection that is not in use now, the others when they are returned."""
        with self._lock:
            self._retired, idle, self._idle = True, self._idle, []
        for db in (*idle, self.writer):
            db.close()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
        # Views lost in a power failure are rebuilt from the log, so durability would gain nothing.
        db.execute("PRAGMA synchronous = OFF")
        db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        return db

    def _borrow(self) -> sqlite3.Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        db = self._connect()
        # The rows of one indicator are far apart; mapping a page costs a third of reading it.
        db.execute(f"PRAGMA mmap_size = {MAX_MAPPED_BYTES}")
        return db

    def _return(self, db: sqlite3.Connection) -> None:
        with self._lock:
            if not self._retired:
                self._idle.append(db)
                return
        db.close()


class Views:
    """The view file in use in a directory, and how to replace it.

    Two processes may use one directory. The one that opens it `shared` never deletes a file: the
    other one does, once it no longer reads it.
    """

    def __init__(self, directory: Path, *, shared: bool = False) -> None:
        self._directory = directory
        self._shared = shared
        self._pointer = directory / POINTER
        self._swapping = threading.Lock()
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.file = self._open()
        if not shared:
            self._delete_others()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one snapshot of the views until the block ends."""
        with ExitStack() as held:
            with self._swapping:
                db = held.enter_context(self.file.reading())
            yield db

    @contextmanager
    def trial(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are all rolled back when the block ends.

        Nothing else can change the file in the meantime.
        """
        with self.reading() as db:
            db.execute("ROLLBACK")
            db.execute("BEGIN IMMEDIATE")
            yield db

    def new_file(self) -> ViewFile:
        """An empty file beside the one in use, to build and then `swap` in."""
        return ViewFile.create(self._fresh_path(), building=True)

    def swap(self, file: ViewFile) -> None:
        """Replace the file in use by this one, and delete the old one."""
        file.finish()
        self._point_to(file)
        self._use(file)

    def switch_to(self, name: str) -> None:
        """Use the file with which another process replaced the one in use, and delete the old one."""
        self._use(ViewFile(self._directory / name))

    def close(self) -> None:
        """Close the file in use."""
        self.file.close()

    def _use(self, file: ViewFile) -> None:
        with self._swapping:  # no reader may open a file that is about to be deleted
            before, self.file = self.file, file
        if self._shared:
            before.close()
        else:
            before.retire()

    def _open(self) -> ViewFile:
        try:
            path = self._directory / self._pointer.read_text("utf-8").strip()
        except OSError:
            path = None
        if path is not None and path.is_file():
            file = _open_current(path)
            if file is not None:
                return file
        file = ViewFile.create(self._fresh_path())
        self._point_to(file)
        return file

    def _fresh_path(self) -> Path:
        return self._directory / f"views-{uuid4().hex[:12]}.sqlite"

    def _point_to(self, file: ViewFile) -> None:
        fresh = self._pointer.with_suffix(".new")
        fresh.write_text(file.path.name, "utf-8")
        fresh.replace(self._pointer)

    def _delete_others(self) -> None:
        for path in self._directory.glob("views-*.sqlite*"):
            if not path.name.startswith(self.file.path.name):
                path.unlink(missing_ok=True)


def _open_current(path: Path) -> ViewFile | None:
    """The view file of this program version at a path; None if another wrote it or it is damaged."""
    try:
        file = ViewFile(path)
    except sqlite3.Error:
        return None
    if file.is_current():
        return file
    file.close()
    return None


def position_of(db: sqlite3.Connection) -> int:
    """The position of the views that a connection reads."""
    row = db.execute("SELECT min(position) FROM tracking").fetchone()
    return int(row[0] or 0)
