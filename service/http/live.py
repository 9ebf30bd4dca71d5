"""Live readers of the log: woken together, and sent what was encoded once for all of them.

Each reader costs the event loop some time whenever it is woken, which writers and questions then do
not have. So the more readers there are, the less often they are woken, and the more they are sent at
once: together they take at most a quarter of the loop.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager

from service.service import Service
from service.views.progress import call_in

PAUSE_PER_READER = 0.0002
"""Seconds between two rounds for each reader: four times what it takes to send it something."""
LONGEST_PAUSE = 1.0
BEAT_SECONDS = 5.0
"""How often readers are woken at least, to see whether they have been quiet for too long."""
KEPT = 16
"""Number of encoded batches that are kept: readers of one selection stand at the same position."""

Made = tuple[bytes, int]
"""What is sent, and the position that it reaches."""


class Feed:
    """Wakes the live readers of a service, and encodes each batch of events once.

    `position` is up to where readers are sent events in this round: the same for all of them.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._readers = 0
        self._round = asyncio.Event()
        self._next: asyncio.TimerHandle | None = None
        self._due = self._latest = 0.0
        self.position = 0
        self._made: OrderedDict[Hashable, asyncio.Task[Made]] = OrderedDict()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """While the block runs, there is one more reader."""
        loop = asyncio.get_running_loop()

        def wake() -> None:
            call_in(loop, self._plan)

        self._readers += 1
        if self._readers == 1:
            self._wake, self._made = wake, OrderedDict()
            self._service.follower.listen(wake)
            self._wake_all()
        try:
            yield
        finally:
            self._readers -= 1
            if self._readers == 0:
                self._service.follower.unlisten(self._wake)
                self._cancel()

    def round(self) -> asyncio.Event:
        """What is set when readers are woken next; take it before reading `position`."""
        return self._round

    async def batch(self, key: Hashable, make: Callable[[], Awaitable[Made]]) -> Made:
        """What `make` returns, made once for all readers that ask for the same."""
        task = self._made.get(key)
        if task is None or (task.done() and task.exception() is not None):
            self._made[key] = task = asyncio.ensure_future(_made(make))
            while len(self._made) > KEPT:
                self._made.popitem(last=False)
        # Shielded, because another reader may wait for it when this one leaves.
        return task.result() if task.done() else await asyncio.shield(task)

    def _plan(self) -> None:
        """Have the next round come as soon as the number of readers allows."""
        if not self._readers:
            return
        now = asyncio.get_running_loop().time()
        pause = min(self._readers * PAUSE_PER_READER, LONGEST_PAUSE)
        when = max(now, self._latest + pause)
        if when <= now:
            self._cancel()
            self._wake_all()
        elif when < self._due:
            self._cancel()
            self._schedule(when - now)

    def _schedule(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() + seconds
        self._next = loop.call_later(seconds, self._wake_all)

    def _cancel(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _wake_all(self) -> None:
        woken, self._round = self._round, asyncio.Event()
        self.position = self._service.follower.position
        self._latest = asyncio.get_running_loop().time()
        woken.set()
        self._schedule(BEAT_SECONDS)


async def _made(make: Callable[[], Awaitable[Made]]) -> Made:
    return await make()
