"""The seal of a view file: the digest that it had when the service stopped in good order.

SQLite keeps no checksums: a bit that flips within a stored value is no error to it, and would be
served as a figure. A file that differs from its seal is rebuilt. A small file is compared before
anything is read from it, a large one beside the first answers. A file that a killed service left has
no seal; SQLite looks through it instead, which finds damaged pages but no changed values.
"""

import hashlib
import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from service.log.private import write_durably
from service.views.current import Views

FILE = "views.seal"
SMALL_BYTES = 64 * 2**20
CHUNK_BYTES = 2**20
_logger = logging.getLogger("intellog.views")


def seal(path: Path) -> None:
    """Note the digest of a file that nobody has open any more; one with a WAL is still open."""
    if path.is_file() and not Path(f"{path}-wal").exists():
        with suppress(OSError):
            write_durably(path.with_name(FILE), f"{path.name} {_digest(path)}".encode())


class Inspection:
    """Compares the views that a service opens with their seal, in a thread if they are large.

    It must begin before anything is written to them.
    """

    def __init__(self, views: Views) -> None:
        self._views, self._file = views, views.file
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        path = self._file.path
        expected = _sealed(path)
        with suppress(OSError):
            path.with_name(FILE).unlink(missing_ok=True)
        if self._file.position() == 0:
            return
        if expected is not None and path.stat().st_size <= SMALL_BYTES:
            self._compare(expected)
            return
        self._db = self._snapshot()
        self._thread = threading.Thread(
            target=self._inspect, args=(expected,), name="inspection", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop; what was not looked at is not looked at."""
        self._stopping.set()
        if self._thread is not None:
            with suppress(sqlite3.ProgrammingError):  # closed, because it is done
                self._db.interrupt()
            self._thread.join()

    def _snapshot(self) -> sqlite3.Connection:
        """A connection in a transaction: while it reads, nothing is written into the file itself."""
        db = sqlite3.connect(self._file.path, isolation_level=None, check_same_thread=False)
        db.execute("BEGIN")
        db.execute("SELECT 1 FROM tracking LIMIT 1").fetchone()
        return db

    def _inspect(self, expected: str | None) -> None:
        with closing(self._db) as db:
            try:
                if expected is not None:
                    self._compare(expected)
                elif (found := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                    self._views.condemn(self._file, f"are damaged ({found})")
            except (sqlite3.Error, OSError) as error:
                if not self._stopping.is_set():
                    self._views.condemn(self._file, f"are damaged ({error})")

    def _compare(self, expected: str) -> None:
        found = _digest(self._file.path, self._stopping.is_set)
        if found not in (expected, None):
            self._views.condemn(self._file, "are damaged (they changed while the service was stopped)")


def _sealed(path: Path) -> str | None:
    """The digest in the seal of a file; None without one, or if something was written since."""
    wal = Path(f"{path}-wal")
    try:
        name, digest = path.with_name(FILE).read_bytes().decode("ascii").split()
    except (OSError, ValueError):
        return None
    written = wal.exists() and wal.stat().st_size > 0
    return digest if name == path.name and not written else None


def _digest(path: Path, stopped: Callable[[], bool] = lambda: False) -> str | None:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            if stopped():
                return None
            digest.update(chunk)
    return digest.hexdigest()
