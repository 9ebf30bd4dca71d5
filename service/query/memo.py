"""What was found out about an indicator, remembered until an event touches it again.

For what costs as much as there are claims or revisions: it is found when somebody reads it, and
once for each state of an indicator.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from projections.answers.as_of import AsOf
from projections.answers.replay import last_touch
from projections.tables.registry import with_parts

KEPT = 2_000
"""So many states of indicators are remembered."""

Found = TypeVar("Found")


class Remembered(Generic[Found]):
    """Finds something at any times, and remembers it for what everybody may see at a position."""

    def __init__(self, find: Callable[[sqlite3.Connection, str, AsOf], Found]) -> None:
        self._find = find
        self._kept: OrderedDict[tuple[str, int], Found] = OrderedDict()
        self._lock = Lock()

    def __call__(self, db: sqlite3.Connection, indicator: str, as_of: AsOf) -> Found:
        """What is found about an indicator at the times asked."""
        if as_of != AsOf(as_of.position):
            return self._find(db, indicator, as_of)
        state = indicator, _touched(db, indicator, as_of.position)
        with self._lock:
            if state in self._kept:
                self._kept.move_to_end(state)
                return self._kept[state]
        found = self._find(db, indicator, as_of)
        with self._lock:
            self._kept[state] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def _touched(db: sqlite3.Connection, indicator: str, position: int) -> int:
    """The last position that touched an indicator or one of its parts."""
    return max(last_touch(db, name, position) for name in with_parts(db, indicator, position))
