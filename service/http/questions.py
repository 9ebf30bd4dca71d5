"""Questions that take long: so many at a time, so many waiting, each for a limited time.

They run in threads of their own, so that they take none from streams and imports. Questions at one
address leave half of these threads to the others, and so do those of one principal, if callers need a
token. A question whose client has left is dropped before
it starts, or interrupted at its next query.
"""

import asyncio
import sqlite3
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TypeVar

import anyio
import anyio.to_thread
from starlette.requests import ClientDisconnect, Request

from service.http.admission import CALLER, Caller
from service.http.problems import Problem
from service.metrics.metrics import Metrics, counted
from service.settings import Limits

T = TypeVar("T")
STEPS = 10_000
"""Number of instructions of SQLite between two looks at the clock: about a millisecond."""


class _Question:
    """One question: until when it may take, and whether anybody still waits for the answer."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self.due = time.monotonic() + seconds
        self.left = False

    def leave(self) -> None:
        """Note that nobody waits for the answer any more."""
        self.left = True

    def check(self) -> None:
        """Raise if the client has left or the time is over."""
        if self.left:
            raise ClientDisconnect
        if time.monotonic() > self.due:
            raise Problem("took-too-long", f"there was no answer within {self.seconds} s")

    def over(self) -> bool:
        """Whether it is to be interrupted."""
        return self.left or time.monotonic() > self.due


_ASKED: ContextVar[_Question | None] = ContextVar("asked", default=None)


class Questions:
    """Answers questions in threads, within the limits."""

    def __init__(self, limits: Limits, metrics: Metrics | None = None) -> None:
        self._limits = limits
        self._metrics = metrics or Metrics()
        self._threads = anyio.CapacityLimiter(limits.questions)
        half = max(1, limits.questions // 2)
        self._lanes = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(half))
        self._waiting = 0

    async def answer(self, request: Request, lane: str, find: Callable[[], T]) -> T:
        """What `find` returns, called in a thread; `lane` is the address, before its names are set.

        Raises `Problem` if too many questions wait or it takes too long.
        """
        limits = self._limits
        if self._waiting >= limits.questions + limits.questions_waiting:
            raise Problem("overloaded", f"{self._waiting:,} questions wait for an answer")
        question = _Question(limits.question_seconds)
        # Nobody has to say who asks for what is public.
        caller: Caller | None = request.scope.get(CALLER)
        share = None if caller is None else caller.share
        lanes = [lane] if share is None else [share, lane]
        self._waiting += 1
        self._metrics.waiting.inc()
        try:
            async with while_there(request, question.leave):
                return await self._found(question, lanes, find)
        finally:
            self._waiting -= 1
            self._metrics.waiting.dec()
        raise ClientDisconnect  # it has left, and nothing was found

    async def _found(self, question: _Question, lanes: Sequence[str], find: Callable[[], T]) -> T:
        # This ends the waiting; once in a thread, a question ends by itself, at its next query.
        with anyio.move_on_after(question.seconds):
            async with AsyncExitStack() as taken:
                for lane in lanes:
                    await taken.enter_async_context(self._lanes[lane])
                found = partial(self._find, question, find)
                return await anyio.to_thread.run_sync(found, limiter=self._threads)
        raise Problem("overloaded", f"no thread was free within {question.seconds} s")

    def _find(self, question: _Question, find: Callable[[], T]) -> T:
        _ASKED.set(question)
        self._metrics.waiting.dec()
        try:
            with counted(self._metrics.running):
                question.check()
                return find()
        finally:
            self._metrics.waiting.inc()


@asynccontextmanager
async def while_there(request: Request, leaves: Callable[[], None]) -> AsyncIterator[None]:
    """Cancel what runs in the block when the client leaves, after calling `leaves`."""
    with anyio.CancelScope() as scope:

        async def watch() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            leaves()
            scope.cancel()

        watching = asyncio.ensure_future(watch())
        try:
            yield
        finally:
            watching.cancel()


def still_asked() -> None:
    """Raise if nobody waits for the answer that this thread looks for, or the time for it is over."""
    question = _ASKED.get()
    if question is not None:
        question.check()


@contextmanager
def interruptible(db: sqlite3.Connection) -> Iterator[None]:
    """While the block runs, queries are interrupted once nobody waits for the answer any more.

    The block is not begun if nobody does: the connection may have taken a while to get.
    """
    question = _ASKED.get()
    if question is None:
        yield
        return
    question.check()
    db.set_progress_handler(question.over, STEPS)
    try:
        yield
    except sqlite3.OperationalError:
        question.check()
        raise
    finally:
        db.set_progress_handler(None, STEPS)
