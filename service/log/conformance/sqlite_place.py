"""Room for logs in files: temporary folders on the file system of a directory."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from service.log.conformance.database import Database
from service.log.conformance.store import Backend, Place

PREFIX = "intellog-check-"


def sqlite_backend(directory: Path, **numbers: Any) -> Backend:
    """Logs in temporary folders in a directory, which must exist; `numbers` are those of `Backend`."""

    @contextmanager
    def empty() -> Iterator[Place]:
        with TemporaryDirectory(prefix=PREFIX, dir=directory) as folder:
            yield Place(Path(folder))

    return Backend(empty, database=_connected, **numbers)


@contextmanager
def _connected(place: Place) -> Iterator[Database]:
    with closing(sqlite3.connect(place.directory / "log.sqlite", isolation_level=None)) as raw:
        raw.execute("PRAGMA recursive_triggers = OFF")  # the setting under which REPLACE is quiet
        said = ("the log is append-only",)
        yield Database(raw, sqlite3.IntegrityError, said, lambda data: f"x'{data.hex()}'")
