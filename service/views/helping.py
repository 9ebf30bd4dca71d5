"""The process that helps to build views, as the one that builds them sees it.

A rebuild has two processors where the machine has them. What it does with the second must not matter
to the result: whatever the helper does not give back, the process that builds does itself.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from service.views.children import start_child, stop_child
from service.views.frames import Ended, Frames

MANY_EVENTS = 5_000
"""Number of events from which on a helper is worth its start, which takes as long as 4,000 of them."""
END_SECONDS = 30.0
"""How long one that is killed may take to end."""
_logger = logging.getLogger("intellog.follow")


class HelperGone(Exception):
    """The helper exited before it was told to."""


class Helper:
    """A process that is asked for one thing after another, and answers in the same order.

    `proceed` is called while it is waited for; what it raises ends the waiting.
    """

    def __init__(self, proceed: Callable[[], None] = lambda: None) -> None:
        self._process = start_child("service.views.helper")
        assert self._process.stdin is not None and self._process.stdout is not None
        ends = self._process.stdout.fileno(), self._process.stdin.fileno()
        self._frames = Frames(*ends, proceed)
        self._begun = self.gone = False

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def ask(self, *request: object) -> None:
        """Ask for something; raises `HelperGone`."""
        with self._watched():
            self._frames.write(request)

    def answer(self) -> Any:
        """Wait for the answer to the first request that has none; raises `HelperGone`."""
        with self._watched():
            self._begin()
            return self._frames.read()

    def is_ready(self) -> bool:
        """Whether it has started, so that it would begin at once with what it is asked for."""
        if not self._begun and not self.gone and self._frames.is_there():
            with suppress(HelperGone), self._watched():
                self._begin()
        return self._begun and not self.gone

    def has_answered(self) -> bool:
        """Whether `answer` need not wait long."""
        return self._frames.is_there()

    def _begin(self) -> None:
        if not self._begun:
            self._frames.read()
            self._begun = True

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._end()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _end(self) -> None:
        self._process.kill()
        stop_child(self._process, END_SECONDS)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        if self.gone:
            raise HelperGone
        try:
            yield
        except Ended as ended:
            self.gone = True
            self._end()
            _logger.warning("the process that helps to build views exited: building goes on without it")
            raise HelperGone from ended


@contextmanager
def helped(events: int, proceed: Callable[[], None]) -> Iterator[Helper | None]:
    """A helper to build views from a number of events, if it is worth it and has a processor."""
    if events < MANY_EVENTS or _processors() < 2:
        yield None
        return
    helper = Helper(proceed)
    try:
        yield helper
    finally:
        helper.close()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
