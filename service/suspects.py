"""What was found suspicious about an indicator, remembered until an event touches it again.

Flags over all claims cost as much as there are claims, so they are found when somebody reads them,
and once for each state of an indicator.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from domain.suspicions import Suspicion
from projections.as_of import AsOf
from projections.registered import with_parts
from projections.replay import last_touch
from projections.suspected import suspicions_of

KEPT = 2_000
"""So many states of indicators are remembered."""

_State = tuple[str, int]


class Suspects:
    """Finds suspicions, and remembers those of what everybody may see at any position."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_State, Sequence[Suspicion]] = OrderedDict()
        self._lock = Lock()

    def __call__(self, db: sqlite3.Connection, indicator: str, as_of: AsOf) -> Sequence[Suspicion]:
        """Every suspicion about an indicator at the times asked."""
        if as_of != AsOf(as_of.position):
            return suspicions_of(db, indicator, as_of)
        state = indicator, _touched(db, indicator, as_of.position)
        with self._lock:
            found = self._kept.pop(state, None)
        if found is None:
            found = suspicions_of(db, indicator, as_of)
        with self._lock:
            self._kept[state] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def _touched(db: sqlite3.Connection, indicator: str, position: int) -> int:
    """The last position that touched an indicator or one of its parts."""
    return max(last_touch(db, name, position) for name in with_parts(db, indicator, position))
