"""What a connection remembers of its tables from one batch of events to the next.

Looking up the same few rows for every batch takes longer than applying a report. What is remembered is
only what the tables hold at a position, so whoever applies events keeps it for as long as nobody else
writes; a connection without a memory looks everything up.

Rows that wait to be written are kept there as well: events are applied a few at a time, as long as the
processor still has them at hand, and their rows are written many at once.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, runtime_checkable

MOST = 50_000
"""Maximum number of rows of one kind that are remembered between two batches."""


@runtime_checkable
class Pending(Protocol):
    """Rows that wait to be written."""

    def flush(self) -> None:
        """Write them."""

    def __len__(self) -> int:
        """Their number, or one that grows with it."""


Kept = TypeVar("Kept")


class Memory:
    """What is remembered of the tables at a position, and the rows that wait to be written."""

    def __init__(self, position: int) -> None:
        self.position = position
        self._kept: dict[Callable[[sqlite3.Connection], Any], Any] = {}

    def of(self, db: sqlite3.Connection, load: Callable[[sqlite3.Connection], Kept]) -> Kept:
        """What was loaded before, or is now."""
        if load not in self._kept:
            self._kept[load] = load(db)
        kept: Kept = self._kept[load]
        return kept

    def flush(self, most: int = 0) -> None:
        """Write the rows of each kind of which more than `most` wait."""
        for each in self._kept.values():
            if isinstance(each, Pending) and len(each) > most:
                each.flush()


class RememberingConnection(sqlite3.Connection):
    """A connection with a memory, while events are applied to it."""

    memory: Memory | None = None


def remembered(db: sqlite3.Connection, load: Callable[[sqlite3.Connection], Kept]) -> Kept:
    """What a connection remembers of its tables; loaded where it has no memory."""
    memory = _memory_of(db)
    return load(db) if memory is None else memory.of(db, load)


def collected(db: sqlite3.Connection, pending: Pending) -> None:
    """Write rows that wait, unless the connection has a memory, which collects more of them."""
    if _memory_of(db) is None:
        pending.flush()


def bounded(*kept: dict[Any, Any] | set[Any]) -> None:
    """Forget what has grown too large; it is looked up again."""
    for each in kept:
        if len(each) > MOST:
            each.clear()


def _memory_of(db: sqlite3.Connection) -> Memory | None:
    return db.memory if isinstance(db, RememberingConnection) else None
