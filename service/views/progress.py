"""How far the views are, for whoever waits for them or wants to be told.

Whatever updates the views keeps a `Progress` up to date: `service.views.follower` in a thread of this
process, `service.views.remote` for a process of its own.
"""

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Rebuild:
    """A rebuild under way or done; `rate` is events a second."""

    total: int
    done: int = 0
    state: str = "running"
    error: str | None = None
    started: float = field(default_factory=time.monotonic)
    finished: float | None = None

    def told(self, done: int, total: int, state: str, error: str | None) -> None:
        """Take over how far it is."""
        self.done, self.total, self.state, self.error = done, total, state, error
        if state != "running" and self.finished is None:
            self.finished = time.monotonic()

    @property
    def rate(self) -> float:
        """Events a second so far."""
        seconds = (self.finished or time.monotonic()) - self.started
        return self.done / seconds if seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long it will still take at this rate; None while that is unknown."""
        if self.state != "running":
            return 0.0
        return (self.total - self.done) / self.rate if self.done else None


class Progress(ABC):
    """The position that the views stand at, why they stand still if they do, and their rebuild."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.error: str | None = None
        self.rebuild: Rebuild | None = None
        self._changed = threading.Condition()
        self._listeners: list[Callable[[], None]] = []

    def wait(self, position: int, seconds: float) -> bool:
        """Block until the views reach a position; False if they do not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.position >= position, seconds)

    async def wait_async(self, position: int, seconds: float) -> bool:
        """Wait until the views reach a position; False if they do not in time."""
        if self.position >= position:
            return True
        loop, reached = asyncio.get_running_loop(), asyncio.Event()

        def look() -> None:
            if self.position >= position:
                _tell(loop, reached)

        self.listen(look)
        try:
            look()
            async with asyncio.timeout(seconds):
                await reached.wait()
        except TimeoutError:
            return False
        finally:
            self.unlisten(look)
        return True

    def listen(self, call: Callable[[], None]) -> None:
        """Have a function called, from another thread, whenever the views moved on."""
        with self._changed:
            self._listeners.append(call)

    def unlisten(self, call: Callable[[], None]) -> None:
        """Stop calling a function."""
        with self._changed:
            self._listeners.remove(call)

    def poke(self) -> None:
        """Call every listener, though nothing moved: something else changed that it waits for."""
        with self._changed:
            listeners = list(self._listeners)
        for call in listeners:
            call()

    def start_rebuild(self) -> Rebuild:
        """Begin to build the views anew beside the present ones; one rebuild at a time."""
        with self._changed:
            if self.rebuild is None or self.rebuild.state != "running":
                self.rebuild = self._begin_rebuild()
            return self.rebuild

    def wake(self) -> None:  # noqa: B027 - a thread of this process sees it by itself
        """Say that the log has grown, where whatever follows it does not see that by itself."""

    @abstractmethod
    def close(self) -> None:
        """Stop following; the batch under way is finished, a rebuild given up."""

    @abstractmethod
    def _begin_rebuild(self) -> Rebuild: ...

    def _moved(self, position: int) -> None:
        with self._changed:
            self.position = position
            self._changed.notify_all()
        self.poke()


def _tell(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(event.set)
