"""The view file in use in a directory: a pointer file names it, and a rebuild replaces it.

A reader never sees a half-built file. One that turns out to be damaged, or to hold another history
than the log, is condemned: nothing is read from it any more, and its owner builds another one.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from projections.public import publish
from projections.tables.sight import UNRESTRICTED, ReadersConnection, Sight
from service.log.private import create_private, private_directory, write_durably
from service.views import kept
from service.views.doubts import note
from service.views.faults import ViewsUnusable, is_busy, is_damage
from service.views.pointer import POINTER, file_in_use
from service.views.store import ViewFile

KEEP_SECONDS = 24 * 3_600.0
"""How long views that were replaced are kept, unless a setting says otherwise."""
MOST_SECONDS = 3_600.0
"""Longest time between two looks at what is kept: a clock may be set meanwhile."""
LINK = "views.sqlite"
"""A symbolic link to the file in use, for programs that are told the name of a file once."""
EMPTY = "hold nothing of the log yet"
"""Why views are condemned that are not wrong: to build others beside them takes less time."""
_logger = logging.getLogger("intellog.views")
_Connecting = Callable[[ViewFile], AbstractContextManager[ReadersConnection]]


class Views:
    """The view file in use in a directory, and how to replace it.

    Two processes may use one directory. The one that opens it `shared` never deletes a file that is
    read: the other one does, once it no longer reads it. `condemned` is called, from any thread, when
    a reader finds that the file in use cannot be read any more. What a rebuild replaced is kept for
    `keep_seconds`, so that it can be put back.
    """

    def __init__(
        self, directory: Path, *, shared: bool = False, keep_seconds: float = KEEP_SECONDS
    ) -> None:
        self.directory = directory
        self.keep_seconds = keep_seconds
        self._shared = shared
        self._pointer = directory / POINTER
        self._swapping = threading.Lock()
        self._expiry: threading.Timer | None = None
        self._closed = False
        self.condemned: Callable[[], None] = _nobody
        self.file = self._open()
        if not shared:
            self.delete_others()
            self._expire()

    @contextmanager
    def reading(self, sight: Sight = UNRESTRICTED) -> Iterator[ReadersConnection]:
        """A connection that shows one snapshot of what a reader may see until the block ends.

        Raises `ViewsUnusable` if the file is condemned, or turns out in the block to be damaged.
        """
        with self._connected(lambda file: file.reading(sight)) as db:
            yield db

    @contextmanager
    def scanning(self) -> Iterator[ReadersConnection]:
        """As `reading`, for who reads everything once."""
        with self._connected(ViewFile.scanning) as db:
            yield db

    @contextmanager
    def _connected(self, connection: _Connecting) -> Iterator[ReadersConnection]:
        with ExitStack() as held:
            with self._swapping:
                file = self.file
                if file.condemned is not None:
                    raise ViewsUnusable(file.condemned)
                held.enter_context(self._judging(file))
                db = held.enter_context(connection(file))
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
            file.condemned = condemned_for(why)
            _logger.warning("the views in %s %s: they are rebuilt", file.path, why)
            self.condemned()

    def new_file(self) -> ViewFile:
        """An empty file beside the one in use, to build and then `swap` in."""
        return ViewFile.create(self._fresh_path(), building=True)

    def kept_file(self, path: Path) -> ViewFile | None:
        """The views at a path, if they can be put back: whole, and of this version of the program."""
        try:
            return _open_current(path)
        except OSError:
            return None

    def swap(self, file: ViewFile, differs: Sequence[str] | None = None) -> None:
        """Replace the file in use by this one, and delete the old one.

        With `differs` the old one is kept for a while: the names of the projections that it has other
        rows of. One that is condemned never is.
        """
        file.finish()
        before = self.file
        if differs is not None and before.condemned is None and self.keep_seconds > 0:
            until = time.time() + self.keep_seconds
            kept.keep(kept.Kept(before.path, until, tuple(differs)))
        self._point_to(file)
        self._use(file)

    def switch_to(self, name: str) -> None:
        """Use the file with which another process replaced the one in use, and delete the old one."""
        self._use(ViewFile(self.directory / name))

    def publish(self) -> None:
        """Give the file in use the public views of this program, if another one made it."""
        if self.file.condemned is not None:
            return
        try:
            publish(self.file.writer)
        except sqlite3.Error as error:  # nothing of the service depends on them
            _logger.warning("the public views of %s cannot be made: %s", self.file.path, error)

    def delete_others(self) -> None:
        """Delete the files that are neither in use nor kept, as a rebuild that was cut off left them.

        Nobody may be building one meanwhile.
        """
        in_use, spare = file_in_use(self.directory), kept.kept_in(self.directory)
        needed = {self.file.path.name, in_use and in_use.name, spare and spare.path.name}
        for path in self.directory.glob("views-*.sqlite*"):
            name, _, _ = path.name.partition(".sqlite")
            if f"{name}.sqlite" not in needed:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file in use."""
        with self._swapping:
            self._closed = True
            if self._expiry is not None:
                self._expiry.cancel()
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
        spare = kept.kept_in(self.directory)
        if self._shared or (spare is not None and spare.path == before.path):
            before.close()
        else:
            before.retire()
        self._expire()

    def _expire(self) -> None:
        """Delete the file that is kept if its time is over, else look again when it is."""
        with self._swapping:
            if self._shared or self._closed:
                return
            kept.delete_expired(self.directory)
            if self._expiry is not None:
                self._expiry.cancel()
            spare = kept.kept_in(self.directory)
            if spare is not None:
                seconds = min(max(spare.seconds_left, 0.0), MOST_SECONDS)
                self._expiry = threading.Timer(seconds, self._expire)
                self._expiry.daemon = True
                self._expiry.start()

    def _open(self) -> ViewFile:
        path = file_in_use(self.directory)
        files = [f"{path.name}{end}" for end in ("", "-wal", "-shm")] if path else []
        private_directory(self.directory, POINTER, *files)
        if path is not None:
            file = _open_current(path)
            if file is not None:
                _link(path)
                return file
        file = ViewFile.create(self._fresh_path())
        self._point_to(file)
        return file

    def _fresh_path(self) -> Path:
        path = self.directory / f"views-{uuid4().hex[:12]}.sqlite"
        create_private(path)
        return path

    def _point_to(self, file: ViewFile) -> None:
        write_durably(self._pointer, file.path.name.encode())
        _link(file.path)


def condemned_for(why: str) -> str:
    """What readers are told of views that are condemned."""
    return f"the views {why}; they are being rebuilt from the log"


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


def _link(path: Path) -> None:
    """Have the link beside a file lead to it, where the system has such links."""
    link = path.with_name(LINK)
    fresh = path.with_name(f"{LINK}.new")
    with suppress(OSError):
        if link.is_symlink() and link.readlink() == Path(path.name):
            return
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(path.name)
        fresh.replace(link)


def _nobody() -> None:
    """Nobody owns these views yet."""
