"""The progress of the views: their position, their error, their rebuild, and how to wait for them.

There are two implementations: `service.views.follower` updates the views in a thread of this
process, `service.views.remote` reports on a process that does.
"""

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from typing_extensions import TypedDict

from service.log.port import EventLog, LogUnavailable
from service.views.lag import Lag


class ProjectorStatus(TypedDict):
    """A line of the projector's process: where the views stand, and its rebuild.

    `rebuilds` counts the rebuilds requested; `rebuild` has the arguments of `Rebuild.update`.
    `condemned` is that of the view file; `damage` and `damaged_at` say what is wrong with the log, and
    at which position.
    """

    position: int
    error: str | None
    rebuilds: int
    rebuild: tuple[int, int, str, str | None] | None
    file: str
    condemned: str | None
    damage: str | None
    damaged_at: int | None


@dataclass(slots=True)
class Rebuild:
    """A rebuild, `running`, `done` or `failed`; `done` and `total` count events."""

    total: int
    done: int = 0
    state: str = "running"
    error: str | None = None
    started: float = field(default_factory=time.monotonic)
    finished: float | None = None

    def update(self, done: int, total: int, state: str, error: str | None) -> None:
        """Set the counts, the state and the error."""
        self.done, self.total, self.state, self.error = done, total, state, error
        if state != "running" and self.finished is None:
            self.finished = time.monotonic()

    @property
    def rate(self) -> float:
        """Events per second so far."""
        seconds = (self.finished or time.monotonic()) - self.started
        return self.done / seconds if seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds until it is done at this rate; None while that is unknown."""
        if self.state != "running":
            return 0.0
        return (self.total - self.done) / self.rate if self.done else None


class Progress(ABC):
    """The position of the views, the error that stops them if there is one, and their last rebuild.

    `damage` says what was found wrong with the log, and `damaged_at` at which position, if that is
    known: no figure may be computed from it.
    """

    def __init__(self, log: EventLog, position: int) -> None:
        self._log = log
        self.position = position
        self.error: str | None = None
        self.damage: str | None = None
        self.damaged_at: int | None = None
        self.rebuild: Rebuild | None = None
        self.lag = Lag(position)
        self.lag.arrived(log.head())
        self._changed = threading.Condition()
        self._listeners: list[Callable[[], None]] = []

    def wait(self, position: int, seconds: float) -> bool:
        """Block until the views reach a position; return False if they do not within `seconds`."""
        with self._changed:
            return self._changed.wait_for(lambda: self.position >= position, seconds)

    async def wait_async(self, position: int, seconds: float) -> bool:
        """Wait until the views reach a position; return False if they do not within `seconds`."""
        if self.position >= position:
            return True
        loop, reached = asyncio.get_running_loop(), asyncio.Event()

        def check() -> None:
            if self.position >= position:
                _set_from_thread(loop, reached)

        self.listen(check)
        try:
            check()
            async with asyncio.timeout(seconds):
                await reached.wait()
        except TimeoutError:
            return False
        finally:
            self.unlisten(check)
        return True

    def listen(self, call: Callable[[], None]) -> None:
        """Call a function, from another thread, whenever the position, error or rebuild changes."""
        with self._changed:
            self._listeners.append(call)

    def unlisten(self, call: Callable[[], None]) -> None:
        """Stop calling that function."""
        with self._changed:
            self._listeners.remove(call)

    def notify(self) -> None:
        """Call every listener."""
        with self._changed:
            listeners = list(self._listeners)
        for call in listeners:
            call()

    def start_rebuild(self) -> Rebuild:
        """Start to build new views beside the present ones, or return the rebuild that is running."""
        with self._changed:
            if self.rebuild is None or self.rebuild.state != "running":
                self.rebuild = self._begin_rebuild()
            return self.rebuild

    def wake(self) -> None:
        """Report that this process has appended to the log; raises nothing."""
        with suppress(LogUnavailable):
            self.lag.arrived(self._log.head())

    @abstractmethod
    def close(self) -> None:
        """Stop following; the current batch is finished, a rebuild is cancelled."""

    @abstractmethod
    def _begin_rebuild(self) -> Rebuild: ...

    def _advance(self, position: int) -> None:
        with self._changed:
            self.position = position
            self.lag.reached(position)
            self._changed.notify_all()
        self.notify()


def _set_from_thread(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(event.set)
