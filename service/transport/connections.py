"""All open connections: how many there may be, and which are closed because their time is over."""

import resource
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from service.settings import Limits

FILES_OF_OUR_OWN = 256
"""Files that the process may need beside connections: the log, views being read, pipes."""
MOST_FILES = 65_536
SPARE = 32
"""Connections beyond the limit that are answered 503; further ones are closed at once."""


class Held(Protocol):
    """A connection as seen from here."""

    def waiting_since(self) -> tuple[bool, float] | None:
        """Whether it was ever used, and since when nothing has come; None while it is in use."""
        ...

    def overdue(self, now: float) -> bool:
        """Close it if its time is over, and return whether it was."""
        ...

    def drop(self) -> None:
        """Close it at once; what was not sent yet is lost."""
        ...


class Connections:
    """The open connections of a server."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self.limits, self.clock = limits, clock
        files = open_files()
        self.capacity = min(limits.connections, max(files // 2, files - FILES_OF_OUR_OWN))
        self._open: set[Held] = set()

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, fresh: Held) -> bool:
        """Add a connection; return False if it is one too many, so that it must be refused.

        At the limit the one that has been idle for longest makes room, one never used before others.
        """
        if len(self._open) >= self.capacity and not self._make_room():
            if len(self._open) >= self.capacity + SPARE:
                fresh.drop()
                return False
            self._open.add(fresh)
            return False
        self._open.add(fresh)
        return True

    def forget(self, gone: Held) -> None:
        """Remove a connection that is closed."""
        self._open.discard(gone)

    def sweep(self) -> None:
        """Close every connection whose time is over."""
        now = self.clock()
        for each in list(self._open):
            if each.overdue(now):
                self._open.discard(each)

    def drop_all(self) -> None:
        """Close what is still open, at once."""
        for each in list(self._open):
            each.drop()

    def _make_room(self) -> bool:
        idle = [(since, each) for each in self._open if (since := each.waiting_since()) is not None]
        if not idle:
            return False
        _, longest = min(idle, key=lambda one: one[0])
        longest.drop()
        self._open.discard(longest)
        return True


def open_files() -> int:
    """The number of files that this process may open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_FILES if soft == resource.RLIM_INFINITY else soft


def raise_open_files() -> None:
    """Allow this process as many open files as it may allow itself, up to a sensible number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # not allowed after all: the limit stays as it is
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
