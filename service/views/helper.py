"""The process that helps to build views, until its standard input is closed.

`service.views.helping` starts it. Once it can, it writes an empty message. Each message that it reads
asks for one thing and is answered by one message; `service.views.frames` has their form:

- `filed`, the bytes of events that file a report: what each of them comes to.
- `begin`, a view file, another file, a projection: build portions of it from the view file alone, and
  put their rows into the other file, which is created.
- `build`, a portion: build it.
- `end`: close both files; the other one is complete.
"""

import signal
import sqlite3
import sys
from pathlib import Path

from projections.catalogue import CATALOGUE
from projections.tables.portions import OTHER, Apart
from service.process import set_up_process
from service.views.frames import Ended, Frames
from service.views.reader import Found, filed_in
from service.views.store import SORT_CACHE_KIB, ViewFile


def main() -> None:
    """Do what standard input asks for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it closes its input
    set_up_process()
    frames, work = Frames(sys.stdin.fileno(), sys.stdout.fileno()), Work()
    try:
        frames.write(None)
        while True:
            name, *arguments = frames.read()
            frames.write(getattr(work, name)(*arguments))
    except Ended:
        return


class Work:
    """What can be asked for."""

    def __init__(self) -> None:
        self._file: ViewFile | None = None
        self._apart: Apart | None = None

    def filed(self, bodies: list[bytes]) -> list[Found]:
        """What events come to that file a report."""
        return [*map(filed_in, bodies)]

    def begin(self, path: str, other: str, name: str) -> None:
        """Begin with portions of a projection."""
        [portions] = [each.portions for each in CATALOGUE if each.name == name]
        assert portions is not None
        self._file = ViewFile(Path(path))
        db = self._file.writer
        # It reads the rows of one indicator after another: more of them at hand would gain nothing.
        db.execute(f"PRAGMA cache_size = -{SORT_CACHE_KIB}")
        attach(db, other)
        self._apart = Apart(db, portions, OTHER)

    def build(self, portion: str) -> None:
        """Build a portion."""
        assert self._apart is not None
        self._apart.build(portion)

    def end(self) -> None:
        """Leave the rows that were built, and the file, to who asked for them."""
        assert self._file is not None
        self._file.close()


def attach(db: sqlite3.Connection, path: str) -> None:
    """Attach a file that nobody needs after a crash."""
    db.execute(f"ATTACH ? AS {OTHER}", (path,))
    db.execute(f"PRAGMA {OTHER}.journal_mode = OFF")
    db.execute(f"PRAGMA {OTHER}.synchronous = OFF")


if __name__ == "__main__":
    main()
