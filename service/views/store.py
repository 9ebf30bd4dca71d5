"""The views store: disposable SQLite files, one in use at a time, whichever database holds the log.

A file holds the tables of every projection and the position they stand at, changed in one
transaction. A rebuild writes a second file and puts it in the place of the first; a small pointer
file says which one counts, so that a reader never meets a half-built one.
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


CACHED, SORTING = 32_000, 8_000
"""KiB of pages that a connection keeps, and with which it sorts an index."""

EVERYTHING = 2**31
AT_ONCE = 1_000
"""Of a batch so many events are held at a time."""

MAPPED = 8 * 2**30
"""So many bytes of a file are at most mapped by a reader; it is the machine's to keep them."""


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
        """Make an empty file with the tables of every projection.

        One that is `building` is read by nobody before it is settled: it may leave till then what
        costs less when it is done at once.
        """
        made = cls(path)
        made.writer.executescript(_TRACKING + "".join(each.schema for each in catalogue))
        for each in catalogue:
            made.writer.execute("INSERT INTO tracking VALUES (?, ?, 0)", (each.name, each.version))
        made._building = True
        if building:
            # Nothing of a build that fails is kept, so nothing need be undone.
            made.writer.execute("PRAGMA journal_mode = OFF")
        else:
            made.settle(catalogue)
        return made

    def settle(self, catalogue: Sequence[Projection] = CATALOGUE) -> None:
        """Do what building left for its end, so that the file may be read; twice is no error."""
        if not self._building:
            return
        # An index is sorted in as much memory as there is cache.
        self.writer.execute(f"PRAGMA cache_size = -{SORTING}")
        for each in catalogue:
            self.writer.executescript(each.indices)
        self.writer.execute(f"PRAGMA cache_size = -{CACHED}")
        self._building = False
        self.complete(EVERYTHING, catalogue)
        self.writer.execute("PRAGMA journal_mode = WAL")

    def current(self, catalogue: Sequence[Projection] = CATALOGUE) -> bool:
        """Whether the file was made by the projections of this program."""
        try:
            rows = self.writer.execute("SELECT name, version FROM tracking").fetchall()
        except sqlite3.Error:
            return False
        return dict(rows) == {each.name: each.version for each in catalogue}

    def position(self) -> int:
        """The position that every projection stands at."""
        return position_of(self.writer)

    def apply(self, events: Iterable[Recorded], catalogue: Sequence[Projection] = CATALOGUE) -> None:
        """Bring every projection forward by a batch, in one transaction."""
        db, taken = self.writer, iter(events)
        db.execute("BEGIN IMMEDIATE")
        try:
            while some := list(islice(taken, AT_ONCE)):
                for projection in catalogue:
                    if projection.complete is None or not self._building:
                        projection.apply(db, some)
                db.execute("UPDATE tracking SET position = ?", (some[-1].position,))
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

    def complete(self, most: int, catalogue: Sequence[Projection] = CATALOGUE) -> int:
        """Make at most so many rows that were left to be made; how many it were."""
        made, db = 0, self.writer
        db.execute("BEGIN IMMEDIATE")
        try:
            for projection in catalogue:
                if projection.complete is not None:
                    made += projection.complete(db, most - made)
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
        return made

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one unchanging state of the views until it is given back."""
        db = self._take()
        try:
            db.execute("BEGIN")
            # At once: SQLite neither opens a file nor fixes its state before somebody looks.
            db.execute("SELECT 1 FROM tracking LIMIT 1").fetchone()
            yield db
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
            self._give(db)

    def retire(self) -> None:
        """Close the file and remove it; readers that still look at it may finish."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    def close(self) -> None:
        """Close every connection that is not in use, the others when they are given back."""
        with self._lock:
            self._retired, idle, self._idle = True, self._idle, []
        for db in (*idle, self.writer):
            db.close()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
        # A view lost with the machine is caught up from the log: durability would buy nothing.
        db.execute("PRAGMA synchronous = OFF")
        db.execute(f"PRAGMA cache_size = -{CACHED}")
        return db

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        db = self._connect()
        # The rows about one indicator lie far apart: to map a page costs a third of reading it.
        db.execute(f"PRAGMA mmap_size = {MAPPED}")
        return db

    def _give(self, db: sqlite3.Connection) -> None:
        with self._lock:
            if not self._retired:
                self._idle.append(db)
                return
        db.close()


class Views:
    """The file of views in use in a directory, and the way to put another in its place.

    Of two processes that use a directory the one that is `shared` with leaves it to the other to
    remove what is no longer used, once that does not read it any more.
    """

    def __init__(self, directory: Path, *, shared: bool = False) -> None:
        self._directory = directory
        self._shared = shared
        self._pointer = directory / POINTER
        self._swapping = threading.Lock()
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.file = self._open()
        if not shared:
            self._clear_away_others()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one unchanging state of the views until it is given back."""
        with ExitStack() as held:
            with self._swapping:
                db = held.enter_context(self.file.reading())
            yield db

    @contextmanager
    def trial(self) -> Iterator[sqlite3.Connection]:
        """A connection on which anything may be tried: all of it is undone in the end.

        While it is tried nothing else changes the file.
        """
        with self.reading() as db:
            db.execute("ROLLBACK")
            db.execute("BEGIN IMMEDIATE")
            yield db

    def new_file(self) -> ViewFile:
        """An empty file beside the one in use, to be built and then put in its place."""
        return ViewFile.create(self._fresh_path(), building=True)

    def swap(self, file: ViewFile) -> None:
        """Put a file in the place of the one in use, and remove that."""
        file.settle()
        self._point_to(file)
        self._use(file)

    def turn_to(self, name: str) -> None:
        """Use the file that another process has put in the place of the one in use, and remove that."""
        self._use(ViewFile(self._directory / name))

    def close(self) -> None:
        """Close the file in use."""
        self.file.close()

    def _use(self, file: ViewFile) -> None:
        with self._swapping:  # nobody opens a file that is about to be removed
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
            file = _opened(path)
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

    def _clear_away_others(self) -> None:
        for path in self._directory.glob("views-*.sqlite*"):
            if not path.name.startswith(self.file.path.name):
                path.unlink(missing_ok=True)


def _opened(path: Path) -> ViewFile | None:
    """A file of views of this program; None where it is of another, or damaged."""
    try:
        file = ViewFile(path)
    except sqlite3.Error:
        return None
    if file.current():
        return file
    file.close()
    return None


def position_of(db: sqlite3.Connection) -> int:
    """The position that the views behind a connection stand at."""
    row = db.execute("SELECT min(position) FROM tracking").fetchone()
    return int(row[0] or 0)
