"""How much work is done: calls, and steps of SQLite, are counted, never timed."""

import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def calls() -> Iterator[Counter[str]]:
    """Count the calls in this thread, by the qualified name of the function, of Python or of C."""
    counted = Counter[str]()

    def note(frame: FrameType, event: str, given: Any) -> None:
        if event == "call":
            counted[frame.f_code.co_qualname] += 1
        elif event == "c_call":
            counted[given.__qualname__] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield counted
    finally:
        sys.setprofile(before)


@contextmanager
def ticks(db: sqlite3.Connection) -> Iterator[Counter[str]]:
    """Count hundreds of steps of SQLite on a connection, as `steps`."""
    counted = Counter[str]()

    def tick() -> int:
        counted["steps"] += 1
        return 0

    db.set_progress_handler(tick, 100)
    try:
        yield counted
    finally:
        db.set_progress_handler(None, 0)
