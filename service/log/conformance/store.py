"""An empty log under check: how a backend gives one, and the clock that it is opened with."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from service.log.conformance.database import Database
from service.log.open import open_log
from service.log.port import EventLog

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
PATIENCE = 60.0
"""Seconds to wait for what must happen; no check waits for what must not."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a log is: its directory, and the address of its database if it is in one."""

    directory: Path
    address: str | None = None


def _open(place: Place, clock: Callable[[], datetime], **opening: Any) -> EventLog:
    return open_log(place.directory, place.address, clock, **opening)


@dataclass(frozen=True)
class Backend:
    """A kind of log, and where there is room for one.

    `empty` gives a place without a log and clears it away in the end. `open_log` opens the log of a
    place for writing, with a clock and the options of `service.log.open.Opening`. `shared` says whether
    other processes can open it with `service.log.open`. `database` connects to it past the log.
    `events` and `processes` are the numbers of events and of writing processes in checks for gaps.
    """

    empty: Callable[[], AbstractContextManager[Place]]
    open_log: Callable[..., EventLog] = _open
    shared: bool = True
    database: Callable[[Place], AbstractContextManager[Database]] | None = None
    events: int = 50_000
    processes: int = 8


class Clock:
    """Gives the instants that it was handed, one a call, and the last of them for ever."""

    def __init__(self, *instants: datetime) -> None:
        self.instants = list(instants)

    def __call__(self) -> datetime:
        return self.instants.pop(0) if len(self.instants) > 1 else self.instants[0]


class Store:
    """One log, with the clock that it is opened with."""

    def __init__(self, backend: Backend, place: Place) -> None:
        self.backend = backend
        self.place = place
        self.clock = Clock(NOON)
        self.waited = timedelta()
        """How long the process has waited, by the clock that only goes forward."""
        self.log = self._opened()

    def reopened(self, **opening: bool) -> EventLog:
        """Close the log, and open it again."""
        self.log.close()
        self.log = self._opened(**opening)
        return self.log

    def another(self) -> AbstractContextManager["Store"]:
        """Another empty log of this backend."""
        return empty_store(self.backend)

    def _opened(self, **opening: bool) -> EventLog:
        return self.backend.open_log(
            self.place, self.clock, monotonic=lambda: self.waited.total_seconds(), **opening
        )


@contextmanager
def empty_store(backend: Backend) -> Iterator[Store]:
    """Open an empty log; close it and clear it away in the end."""
    with backend.empty() as place:
        store = Store(backend, place)
        try:
            yield store
        finally:
            store.log.close()
