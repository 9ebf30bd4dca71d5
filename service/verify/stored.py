"""Reads the file of a log by plain queries: past its triggers, its guard and all that we say of it.

It may be the copy of a file, in a directory that cannot be written. Nothing here is verified yet.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from service.log.sqlite_read_only import reading_address
from service.verify.verdicts import CannotRead

FILE = "log.sqlite"
AT_ONCE = 256
_COLUMNS = {
    "stored_events": {"position", "originator_id", "originator_version", "topic", "state"},
    "entries": {"position", "idx", "recorded_at", "salt", "commitment", "digest"},
    "subtrees": {"level", "n", "hash"},
    "checkpoints": {"size", "note", "signed_at"},
    "attachments": {"size", "kind", "name", "value", "added_at"},
}
_EVENTS = (
    "SELECT position, topic, originator_id, originator_version, state"
    " FROM stored_events ORDER BY position"
)
_ENTRIES = "SELECT position, idx, recorded_at, salt, commitment, digest FROM entries ORDER BY position"


class StoredEvent(NamedTuple):
    """A row of the events; `body` is None once redacted."""

    position: int
    type: Any
    stream: Any
    version: Any
    body: Any


class StoredEntry(NamedTuple):
    """A row of the entries, as it is stored: any column may hold anything."""

    position: int
    index: Any
    recorded_at: Any
    salt: Any
    commitment: Any
    digest: Any


class StoredRow(NamedTuple):
    """What is stored at a position: one of both may be missing."""

    position: int
    event: StoredEvent | None
    entry: StoredEntry | None


@dataclass
class Batch:
    """Rows of both tables for the same positions, or if those differ what is stored at each."""

    events: Sequence[Any] = ()
    entries: Sequence[Any] = ()
    rows: Sequence[StoredRow] | None = None

    @property
    def is_aligned(self) -> bool:
        """Whether both tables have rows for the same positions."""
        return [row[0] for row in self.events] == [row[0] for row in self.entries]

    def each(self) -> Iterable[StoredRow]:
        """Return what is stored at each position."""
        return merged(self.events, self.entries) if self.rows is None else self.rows


class StoredFile:
    """The file of a log, open for reading."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def batches(self) -> Iterator[Batch]:
        """Read what is stored at every position, in order, in batches."""
        events, entries = self._db.execute(_EVENTS), self._db.execute(_ENTRIES)
        while True:
            batch = Batch(events.fetchmany(AT_ONCE), entries.fetchmany(AT_ONCE))
            if not batch.is_aligned:
                break
            if not batch.events:
                return
            yield batch
        rows = merged(chain(batch.events, events), chain(batch.entries, entries))
        while some := list(islice(rows, AT_ONCE)):
            yield Batch(rows=some)

    def subtrees(self) -> dict[tuple[int, int], Any]:
        """Read the stored hashes of complete tiles, by level and number."""
        return {(level, n): hash for level, n, hash in self._db.execute(_SUBTREES)}

    def checkpoints(self) -> Iterator[tuple[Any, Any, Any]]:
        """Read the stored checkpoints by size: size, note, when it was signed."""
        yield from self._db.execute("SELECT size, note, signed_at FROM checkpoints ORDER BY size")

    def attachments(self, kind: str) -> Iterator[tuple[Any, Any, Any, Any]]:
        """Read what was attached to checkpoints: size, name, value, when it was added."""
        yield from self._db.execute(_ATTACHMENTS, (kind,))

    def count(self) -> int:
        """Return the number of entries, for a progress bar."""
        return int(self._db.execute("SELECT COALESCE(MAX(position), 0) FROM entries").fetchone()[0])

    def log_id(self) -> str | None:
        """Return the public id of the log that the file says it is."""
        row = self._db.execute("SELECT value FROM log_meta WHERE name = 'id'").fetchone()
        return bytes(row[0]).decode("ascii", "replace") if row and isinstance(row[0], bytes) else None


_SUBTREES = "SELECT level, n, hash FROM subtrees"
_ATTACHMENTS = "SELECT size, name, value, added_at FROM attachments WHERE kind = ? ORDER BY n"


@contextmanager
def stored_file(directory: Path) -> Iterator[StoredFile]:
    """Open the file of a log in a directory; raises CannotRead."""
    file = directory / FILE
    if not file.is_file():
        raise CannotRead(
            f"there is no log in {directory}; name the directory of a log or a copy; one in"
            " PostgreSQL is verified with --url"
        )
    with ExitStack() as resources:
        try:
            db = _connected(_address(file, resources))
            resources.callback(db.close)
            _refuse_unfit(db, file)
            yield StoredFile(db)
        except (sqlite3.Error, UnicodeDecodeError, OSError) as error:
            reason = " ".join(str(error).split())
            raise CannotRead(
                f"{file} cannot be read: {reason}; restore it from a backup or a mirror"
            ) from None


def merged(events: Iterable[Any], entries: Iterable[Any]) -> Iterator[StoredRow]:
    """Bring the rows of both tables together by their positions."""
    left, right = map(StoredEvent._make, events), map(StoredEntry._make, entries)
    event, entry = next(left, None), next(right, None)
    while event is not None or entry is not None:
        if event is not None and entry is not None and event.position == entry.position:
            yield StoredRow(event.position, event, entry)
            event, entry = next(left, None), next(right, None)
        elif entry is None or (event is not None and event.position < entry.position):
            assert event is not None
            yield StoredRow(event.position, event, None)
            event = next(left, None)
        else:
            yield StoredRow(entry.position, None, entry)
            entry = next(right, None)


def _address(file: Path, resources: ExitStack) -> str:
    """The path or URI by which to read a file, with nothing created beside a copy."""
    if not file.with_name(f"{file.name}-wal").exists():  # nobody has it open
        return f"{file.resolve().as_uri()}?mode=ro&immutable=1"
    return reading_address(file, resources)


def _connected(address: str) -> sqlite3.Connection:
    where = address if address.startswith("file:") else f"{Path(address).resolve().as_uri()}?mode=ro"
    db = sqlite3.connect(where, uri=True, isolation_level=None)
    # Somebody else may have made this file: none of its views and expressions are run.
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("PRAGMA query_only = ON")
    db.execute("PRAGMA cell_size_check = ON")
    db.execute("BEGIN")  # one snapshot, while a server may write
    return db


def _refuse_unfit(db: sqlite3.Connection, file: Path) -> None:
    """Raise CannotRead for a file without the tables of a log, or with others in their place."""
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for table, needed in _COLUMNS.items():
        there = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
        if table not in tables or needed - there:
            lacks = ", ".join(sorted(needed - there)) or "the columns of a table"
            raise CannotRead(
                f"{file} has no table {table} as logs have it ({lacks});"
                " if an older program wrote it, serve it once with this one"
            )
