"""A memo of values computed about an indicator, each valid until an event touches the indicator.

It is for values that take long where there are many claims or revisions: each is computed when it is
first read, once for each state of an indicator in a view file. What was computed from views that a
rebuild has replaced is not returned again.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from projections.answers.as_of import AsOf
from projections.answers.replay import last_touch
from service.views.history import file_of

KEPT = 2_000
"""Maximum number of states of indicators that a memo keeps."""

Found = TypeVar("Found")


class Memo(Generic[Found]):
    """Computes a value at any times; keeps those for a position alone, at full clearance."""

    def __init__(self, find: Callable[[sqlite3.Connection, str, AsOf], Found]) -> None:
        self._find = find
        self._kept: OrderedDict[tuple[str, str, int], Found] = OrderedDict()
        self._lock = Lock()

    def __call__(self, db: sqlite3.Connection, indicator: str, as_of: AsOf) -> Found:
        """The value for an indicator at the times asked."""
        if as_of != AsOf(as_of.position):
            return self._find(db, indicator, as_of)
        state = file_of(db), indicator, last_touch(db, indicator, as_of.position)
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
