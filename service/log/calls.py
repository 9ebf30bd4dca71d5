"""Closing in good order: after the calls under way, and before any other."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from service.log.port import LogUnavailable


class Calls:
    """Counts the calls under way on a store, so that it is not closed beneath them.

    A connection closed under a thread that is using it takes the interpreter down.
    """

    def __init__(self) -> None:
        self._quiet = Condition()
        self._under_way = 0
        self._ended = False

    def begin(self) -> None:
        """Keep the store open from now on; LogUnavailable once it is closed."""
        with self._quiet:
            if self._ended:
                raise LogUnavailable("the log is closed")
            self._under_way += 1

    def finish(self) -> None:
        """Say that a call is over."""
        with self._quiet:
            self._under_way -= 1
            if self._ended:
                self._quiet.notify_all()

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Keep the store open meanwhile; LogUnavailable once it is closed."""
        self.begin()
        try:
            yield
        finally:
            self.finish()

    def end(self) -> None:
        """Refuse further calls, and wait for those under way."""
        with self._quiet:
            self._ended = True
            self._quiet.wait_for(lambda: self._under_way == 0)
