"""A memo of values computed about an indicator, each valid until an event touches the indicator.

It is for values that take long where there are many claims or revisions: each is computed when it is
first read, once for each state of an indicator in a view file. What was computed from views that a
rebuild has replaced is not returned again.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Callable
from gc import get_referents
from sys import getsizeof
from threading import Lock
from typing import Generic, TypeVar

from domain.vocabulary import Marking
from projections.answers.as_of import EVERYTHING, AsOf
from projections.answers.replay import last_touch
from projections.tables.projection import FOREVER
from service.views.history import file_of

MOST_BYTES = 16 * 1_048_576
"""Maximum size of the values that a memo keeps, as `size_of` estimates it."""

Found = TypeVar("Found")
_State = tuple[str, str, Marking, int, int]


class Memo(Generic[Found]):
    """Computes a value at any times; keeps those for a position alone, for each clearance.

    What a reader may see of an indicator changes with its markings, which count at all positions: so a
    value is kept until any event touches the indicator, one that this reader may not see included.
    """

    def __init__(self, find: Callable[[sqlite3.Connection, str, AsOf], Found]) -> None:
        self._find = find
        self._kept: OrderedDict[_State, tuple[Found, int]] = OrderedDict()
        self.size = 0
        """Bytes that the kept values take, as `size_of` estimates them."""
        self._lock = Lock()

    def __call__(self, db: sqlite3.Connection, indicator: str, as_of: AsOf) -> Found:
        """The value for an indicator at the times asked."""
        if not _is_keepable(as_of):
            return self._find(db, indicator, as_of)
        state = _state(db, indicator, as_of)
        with self._lock:
            if state in self._kept:
                self._kept.move_to_end(state)
                return self._kept[state][0]
        found = self._find(db, indicator, as_of)
        self._keep(state, found, size_of(found))
        return found

    def has(self, db: sqlite3.Connection, indicator: str, as_of: AsOf) -> bool:
        """Whether the value for an indicator at the times asked was computed already."""
        if not _is_keepable(as_of):
            return False
        state = _state(db, indicator, as_of)
        with self._lock:
            return state in self._kept

    def _keep(self, state: _State, found: Found, size: int) -> None:
        with self._lock:
            _, before = self._kept.pop(state, (None, 0))
            self._kept[state] = found, size
            self.size += size - before
            while self.size > MOST_BYTES:
                _, (_, oldest) = self._kept.popitem(last=False)
                self.size -= oldest


def _is_keepable(as_of: AsOf) -> bool:
    return as_of == AsOf(as_of.position, clearance=as_of.clearance)


def _state(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> _State:
    touched = last_touch(db, indicator, as_of.position)
    marked = 0 if as_of.clearance == EVERYTHING else last_touch(db, indicator, FOREVER)
    return file_of(db), indicator, as_of.clearance, touched, marked


def size_of(value: object) -> int:
    """Bytes that a value takes with all that it holds; what it holds twice counts once."""
    size, waiting, seen = 0, [value], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) not in seen and not callable(each):
            seen.add(id(each))
            size += getsizeof(each)
            waiting += get_referents(each)
    return size
