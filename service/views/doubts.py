"""Unexpected errors while the views are read: damage that SQLite cannot see, or a fault of the program.

A flipped bit within a stored value is not noticed by SQLite, and may make the program fail on it. New
views tell the two apart: a fault of the program is still there afterwards.
"""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from service.views.job import Rebuild
from service.views.progress import Progress

AGAIN_SECONDS = 3_600.0
"""How long after a rebuild an error is taken for a fault of the program, and rebuilds nothing."""
_NOTE = "while reading the views in "


def note(error: Exception, path: Path) -> None:
    """Note on an error that it was raised while a view file was read."""
    error.add_note(f"{_NOTE}{path}")


class Doubts:
    """Rebuilds the views once if reading them fails in a way that damage would explain."""

    def __init__(self, follower: Progress, clock: Callable[[], float] = time.monotonic) -> None:
        self._follower = follower
        self._clock = clock
        self._lock = Lock()
        self._rebuild: Rebuild | None = None
        self._begun = -AGAIN_SECONDS
        self._doubted: str | None = None

    def may_be_damage(self, error: Exception) -> bool:
        """Whether an error may come from the views, which are then being rebuilt."""
        path = _noted_in(error)
        if path is None:
            return False
        with self._lock:
            if self._is_replaced(path):
                return True
            if self._clock() - self._begun < AGAIN_SECONDS:
                return False
            self._begun, self._doubted = self._clock(), path
            self._rebuild = self._follower.start_rebuild()
        return True

    def _is_replaced(self, path: str) -> bool:
        """Whether views are being rebuilt, or have been while somebody still read those in doubt."""
        if self._rebuild is None:
            return False
        return self._rebuild.running or (self._rebuild.state == "done" and path == self._doubted)


def _noted_in(error: Exception) -> str | None:
    """The path of the view file that was read when an error was raised, if one was."""
    notes: list[str] = getattr(error, "__notes__", [])
    return next((each.removeprefix(_NOTE) for each in notes if each.startswith(_NOTE)), None)
