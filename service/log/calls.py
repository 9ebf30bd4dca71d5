"""Counts the running calls on a store, so that it is closed only when there are none."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, RLock

from service.log.port import LogUnavailable


class Calls:
    """The number of running calls on a store, and whether the store is closed.

    Closing an SQLite connection that another thread is using crashes the interpreter.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._changed = Condition(self._lock)
        self._running = 0
        self._closed = False

    def begin(self) -> None:
        """Count a call, which keeps the store open; raises LogUnavailable if it is closed."""
        with self._lock:  # entering the condition would be slower
            if self._closed:
                raise LogUnavailable("the log is closed")
            self._running += 1

    def finish(self) -> None:
        """Count a call as done."""
        with self._lock:
            self._running -= 1
            if self._closed:
                self._changed.notify_all()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count a call for the length of a block; raises LogUnavailable if the store is closed."""
        self.begin()
        try:
            yield
        finally:
            self.finish()

    def close(self) -> None:
        """Refuse new calls, and wait for the running ones."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: self._running == 0)
