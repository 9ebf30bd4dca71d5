"""How far the views are behind the log, in seconds of a clock that nobody can set."""

import time
from collections import deque
from collections.abc import Callable
from threading import Lock

GRAIN_SECONDS = 0.1
"""Events that arrive within this time of each other count as arrived together."""
MOST = 2_000


class Lag:
    """The age of the oldest event that waits for the views, and how long they have stood still.

    A record time would not do: the clock may be wrong, and views that stand still before an event
    look no older than the last event, however long ago that was.
    """

    def __init__(self, position: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._position = self._head = position
        self._moved = clock()
        self._arrivals: deque[tuple[int, float]] = deque()
        """Positions that the log reached, each with the time of the first event up to it."""

    def arrived(self, head: int) -> None:
        """Note that the log has reached a position."""
        now = self._clock()
        with self._lock:
            if head <= self._head:
                return
            if not self._arrivals:
                self._moved = now  # nothing waited until now, so nothing stood still
            self._head = head
            if self._arrivals and now - self._arrivals[-1][1] < GRAIN_SECONDS:
                now = self._arrivals.pop()[1]
            self._arrivals.append((head, now))
            if len(self._arrivals) > MOST:
                self._thin()

    def reached(self, position: int) -> None:
        """Note that the views have reached a position."""
        with self._lock:
            if position != self._position:
                self._moved = self._clock()
            self._position = position
            self._head = max(self._head, position)
            while self._arrivals and self._arrivals[0][0] <= position:
                self._arrivals.popleft()
            if position < self._head and not self._arrivals:  # views that start again
                self._arrivals.append((self._head, self._clock()))

    def seconds(self) -> float:
        """The age of the oldest event that waits; 0 if none does."""
        with self._lock:
            return self._clock() - self._arrivals[0][1] if self._arrivals else 0.0

    def still(self) -> float:
        """For how long the views have not moved although events wait; 0 if none does."""
        with self._lock:
            return self._clock() - self._moved if self._arrivals else 0.0

    def _thin(self) -> None:
        """Merge neighbours, each pair at the time of its older one, so that memory is bounded."""
        pairs = list(self._arrivals)
        merged = [(b[0], a[1]) for a, b in zip(pairs[::2], pairs[1::2], strict=False)]
        self._arrivals = deque(merged + (pairs[-1:] if len(pairs) % 2 else []))
