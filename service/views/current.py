"""The view file in use in a directory: a pointer file names it, and a rebuild replaces it.

A reader never sees a half-built file. One that turns out to be damaged, or to hold another history
than the log, is condemned: nothing is read from it any more, and its owner builds another one.
"""

import logging
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

from projections.tables.sight import UNRESTRICTED, ReadersConnection, Sight
from service.log.private import create_private, private_directory, write_durably
from service.views.doubts import note
from service.views.faults import ViewsUnusable, is_busy, is_damage
from service.views.store import ViewFile

POINTER = "views.current"
_NAME = re.compile(r"views-[0-9a-f]{12}\.sqlite")
_logger = logging.getLogger("intellog.views")


class Views:
    """The view file in use in a directory, and how to replace it.

    Two processes may use one directory. The one that opens it `shared` never deletes a file: the
    other one does, once it no longer reads it. `condemned` is called, from any thread, when a reader
    finds that the file in use cannot be read any more.
    """

    def __init__(self, directory: Path, *, shared: bool = False) -> None:
        self._directory = directory
        self._shared = shared
        self._pointer = directory / POINTER
        self._swapping = threading.Lock()
        self.condemned: Callable[[], None] = _nobody
        self.file = self._open()
        if not shared:
            self._delete_others()

    @contextmanager
    def reading(self, sight: Sight = UNRESTRICTED) -> Iterator[ReadersConnection]:
        """A connection that shows one snapshot of what a reader may see until the block ends.

        Raises `ViewsUnusable` if the file is condemned, or turns out in the block to be damaged.
        """
        with ExitStack() as held:
            with self._swapping:
                file = self.file
                if file.condemned is not None:
                    raise ViewsUnusable(file.condemned)
                held.enter_context(self._judging(file))
                db = held.enter_context(file.reading(sight))
            yield db

    @contextmanager
    def trial(self) -> Iterator[ReadersConnection]:
        """A connection whose changes are all rolled back when the block ends.

        Nothing else can change the file in the meantime.
        """
        with self.reading() as db:
            db.execute("ROLLBACK")
            db.execute("BEGIN IMMEDIATE")
            yield db

    def condemn(self, file: ViewFile, why: str) -> None:
        """Read nothing more from a file, which its owner replaces."""
        if file.condemned is None:
            file.condemned = f"the views {why}; they are being rebuilt from the log"
            _logger.warning("the views in %s %s: they are rebuilt", file.path, why)
            self.condemned()

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

    @contextmanager
    def _judging(self, file: ViewFile) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if is_damage(error, file.path):
                self.condemn(file, f"are damaged ({error})")
                raise ViewsUnusable(file.condemned) from error
            if is_busy(error):
                raise ViewsUnusable(f"the views cannot be read now: {error}") from error
            note(error, file.path)
            raise
        except Exception as error:
            note(error, file.path)
            raise

    def _use(self, file: ViewFile) -> None:
        with self._swapping:  # no reader may open a file that is about to be deleted
            before, self.file = self.file, file
        if self._shared:
            before.close()
        else:
            before.retire()

    def _open(self) -> ViewFile:
        path = file_in_use(self._directory)
        files = [f"{path.name}{end}" for end in ("", "-wal", "-shm")] if path else []
        private_directory(self._directory, POINTER, *files)
        if path is not None:
            file = _open_current(path)
            if file is not None:
                return file
        file = ViewFile.create(self._fresh_path())
        self._point_to(file)
        return file

    def _fresh_path(self) -> Path:
        path = self._directory / f"views-{uuid4().hex[:12]}.sqlite"
        create_private(path)
        return path

    def _point_to(self, file: ViewFile) -> None:
        write_durably(self._pointer, file.path.name.encode())

    def _delete_others(self) -> None:
        for path in self._directory.glob("views-*.sqlite*"):
            if not path.name.startswith(self.file.path.name):
                path.unlink(missing_ok=True)


def file_in_use(directory: Path) -> Path | None:
    """The view file that the pointer of a directory names, if it is there.

    A pointer that is no text, or names anything but a view file in the directory, names none.
    """
    try:
        name = (directory / POINTER).read_bytes().strip().decode("ascii")
    except (OSError, ValueError):
        return None
    path = directory / name
    return path if _NAME.fullmatch(name) and path.is_file() else None


def _open_current(path: Path) -> ViewFile | None:
    """The view file of this program version at a path; None if another wrote it or it is damaged."""
    try:
        file = ViewFile(path)
    except (sqlite3.Error, UnicodeDecodeError):  # a message of SQLite quotes a schema that is no text
        return None
    if file.is_current():
        return file
    file.close()
    return None


def _nobody() -> None:
    """Nobody owns these views yet."""
