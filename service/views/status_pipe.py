"""The lines that the projector writes, read by a thread, or by an event loop while one runs.

Whoever waits for the views waits in the event loop. If a thread reads the lines, it must wake the loop,
which takes longer than reading one; so the loop reads them itself, but for those that take long. At any
time either the loop or the thread reads.
"""

import asyncio
import os
import select
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from pydantic_core import from_json

from service.views.progress import ProjectorStatus

POLL_SECONDS = 1.0
"""How soon a thread that reads notices an event loop, and one that waits that its loop has ended."""
_PART = 65_536

Loop = asyncio.AbstractEventLoop


class StatusPipe:
    """Passes each line of a pipe to `apply`, in order.

    `loop` returns the event loop that reads while it runs, None if there is none. The loop leaves lines
    that are not `light` to the thread.
    """

    def __init__(
        self,
        fd: int,
        apply: Callable[[ProjectorStatus], None],
        light: Callable[[ProjectorStatus], bool],
        loop: Callable[[], Loop | None],
    ) -> None:
        os.set_blocking(fd, False)
        self._fd, self._apply, self._light, self._loop = fd, apply, light, loop
        self._lines = deque[ProjectorStatus]()
        self._rest = b""
        self._ended = False
        self._failure: Exception | None = None
        self._reading_in: Loop | None = None
        self._turn = threading.Event()
        self._poll = select.poll()
        self._poll.register(fd, select.POLLIN)

    def read(self) -> None:
        """Read here, or wait while a loop reads, until the pipe ends; raises what `apply` raises."""
        while True:
            self._take(lambda line: True)
            if self._failure is not None:
                raise self._failure
            if self._ended:
                return
            self._wait()

    def leave(self) -> None:
        """Leave the reading to the thread; called in the loop, before it ends."""
        if self._reading_in is not None:
            self._reading_in.remove_reader(self._fd)
            self._reading_in = None
            self._turn.set()

    def _take(self, mine: Callable[[ProjectorStatus], bool]) -> None:
        """Pass on what is there, up to the first line that is not `mine`."""
        with suppress(BlockingIOError):
            while part := os.read(self._fd, _PART):
                *whole, self._rest = (self._rest + part).split(b"\n")
                self._lines.extend(map(from_json, whole))
            self._ended = True
        while self._lines and mine(self._lines[0]):
            self._apply(self._lines.popleft())

    def _wait(self) -> None:
        """Wait until something is there to be read by the thread."""
        loop = self._loop()
        if loop is None or loop.is_closed():
            self._poll.poll(POLL_SECONDS * 1_000)
            return
        self._turn.clear()
        with suppress(RuntimeError):  # the loop was closed just now
            loop.call_soon_threadsafe(self._read_in, loop)
            while not self._turn.wait(POLL_SECONDS) and not loop.is_closed():
                pass

    def _read_in(self, loop: Loop) -> None:
        if self._loop() is not loop:
            self._turn.set()
            return
        self._reading_in = loop
        loop.add_reader(self._fd, self._readable)

    def _readable(self) -> None:
        try:
            self._take(self._light)
        except Exception as error:
            self._failure = error
        if self._lines or self._ended or self._failure is not None:
            self.leave()
