"""The progress of the views: their position, their error, their rebuild, and how to wait for them.

There are two implementations: `service.views.follower` updates the views in a thread of this
process, `service.views.remote` reports on a process that does.
"""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial

from typing_extensions import TypedDict

from service.log.port import EventLog, LogUnavailable
from service.views.job import Kind, Rebuild, RebuildStatus
from service.views.lag import Lag
from service.views.work import Work, WorkStatus


class ProjectorStatus(TypedDict):
    """A line of the projector's process: where the views stand, and its rebuild.

    `rebuilds` counts the rebuilds and roll backs requested; `rebuild` is the last of them. `work` is
    what the process has done since it started. `condemned` is that of the view file; `damage` and
    `damaged_at` say what is wrong with the log, and at which position.
    """

    position: int
    error: str | None
    rebuilds: int
    rebuild: RebuildStatus | None
    work: WorkStatus
    file: str
    condemned: str | None
    damage: str | None
    damaged_at: int | None


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
        self.work = Work()
        self.restarts = 0
        """How often the process that updates the views had to be started again."""
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
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[bool] = loop.create_future()

        def end(reached: bool) -> None:
            if not ended.done():
                ended.set_result(reached)

        def check() -> None:
            if self.position >= position:
                call_in(loop, partial(end, True))

        late = loop.call_later(seconds, end, False)
        self.listen(check)
        try:
            check()
            return await ended
        finally:
            late.cancel()
            self.unlisten(check)

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

    def start_rebuild(self, kind: Kind = "rebuild") -> Rebuild:
        """Start to replace the views by others beside them, or return the job that is running."""
        with self._changed:
            if self.rebuild is None or not self.rebuild.running:
                self.rebuild = self._begin(kind)
            return self.rebuild

    def cancel_rebuild(self) -> None:
        """Have the job that is running end soon, if there is one; it may be done before that."""
        with self._changed:
            if self.rebuild is not None and self.rebuild.running:
                self._cancel("it was cancelled")

    def wake(self) -> None:
        """Report that this process has appended to the log; raises nothing."""
        with suppress(LogUnavailable):
            self.lag.arrived(self._log.head())

    def read_in(self, loop: asyncio.AbstractEventLoop) -> AbstractContextManager[None]:
        """Have an event loop learn at once how far the views are, while the block runs in it."""
        return nullcontext()

    @property
    def pid(self) -> int | None:
        """The id of the process that updates the views; None where that is this process."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Stop following; the current batch is finished, a rebuild is cancelled."""

    @abstractmethod
    def _begin(self, kind: Kind) -> Rebuild: ...

    @abstractmethod
    def _cancel(self, why: str) -> None: ...

    def _advance(self, position: int) -> None:
        with self._changed:
            self.position = position
            self.lag.reached(position)
            self._changed.notify_all()
        self.notify()


def call_in(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Call a function in an event loop, from whatever thread: at once where that is the loop's own."""
    if _running_loop() is loop:
        call()
    elif not loop.is_closed():
        loop.call_soon_threadsafe(call)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
