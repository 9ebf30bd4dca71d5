"""What a connection remembers of its tables from one batch of events to the next.

Looking up the same few rows for every batch takes longer than applying a report. What is remembered is
only what the tables hold at a position, so whoever applies events keeps it for as long as nobody else
writes; a connection without a memory looks everything up.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

MOST = 50_000
"""Maximum number of rows of one kind that are remembered between two batches."""
Kept = TypeVar("Kept")
_Load = Callable[[sqlite3.Connection], Kept]


class Memory:
    """What is remembered of the tables at a position."""

    def __init__(self, position: int) -> None:
        self.position = position
        self._kept: dict[_Load[Any], Any] = {}

    def of(self, db: sqlite3.Connection, load: _Load[Kept]) -> Kept:
        """What was loaded before, or is now."""
        if load not in self._kept:
            self._kept[load] = load(db)
        kept: Kept = self._kept[load]
        return kept


class RememberingConnection(sqlite3.Connection):
    """A connection with a memory, while events are applied to it."""

    memory: Memory | None = None


def remembered(db: sqlite3.Connection, load: _Load[Kept]) -> Kept:
    """What a connection remembers of its tables; loaded where it has no memory."""
    memory = db.memory if isinstance(db, RememberingConnection) else None
    return load(db) if memory is None else memory.of(db, load)


def bounded(*kept: dict[Any, Any] | set[Any]) -> None:
    """Forget what has grown too large; it is looked up again."""
    for each in kept:
        if len(each) > MOST:
            each.clear()
