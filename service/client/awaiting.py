"""The awaiting client: carries the steps of programs out over `httpx2.AsyncClient`."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar
from uuid import uuid4

import httpx2

from service.client import wire
from service.client.exchange import (
    Answer,
    Call,
    Chunk,
    Emit,
    Lost,
    Open,
    Patience,
    Plan,
    Program,
    Send,
    Session,
    Step,
    Wait,
)
from service.client.frames import Frames
from service.client.operations import DryRuns, Operations
from service.client.plans import Many, Notes

if TYPE_CHECKING:
    from service.client.answers import AsOfAnswer

T = TypeVar("T")


class AsyncItems(Generic[T], AsyncIterator[T]):
    """The items of a list or a stream, asked for as they are needed.

    `as_of` has the times of a list once its first item was asked for, `position` the last position of a
    stream. Leaving it early is `aclose`, or an `async with` block.
    """

    def __init__(self, at: Awaiting, many: Many[T]) -> None:
        self._notes = Notes()
        self._carried = at.carried(many.program(at.session, self._notes))

    async def __anext__(self) -> T:
        if not await self._carried.advance():
            raise StopAsyncIteration
        item: T = self._carried.value
        return item

    @property
    def as_of(self) -> AsOfAnswer:
        """The times of a list; raises `ValueError` before its first item is asked for."""
        return self._notes.times

    @property
    def position(self) -> int | None:
        """The last position that a stream has handed over or reached."""
        return self._notes.position

    async def aclose(self) -> None:
        """Read no further."""
        await self._carried.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *failed: object) -> None:
        await self.aclose()


class Awaiting:
    """Carries programs out, awaiting each step."""

    def __init__(
        self,
        session: Session,
        http: httpx2.AsyncClient,
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self.session, self._http, self._sleep = session, http, sleep

    async def ask(self, plan: Plan[T]) -> T:
        """What a plan comes to."""
        carried = self.carried(plan(self.session))
        while await carried.advance():
            pass
        result: T = carried.value
        return result

    def iterate(self, many: Many[T]) -> AsyncItems[T]:
        """The items of a plan."""
        return AsyncItems(self, many)

    def carried(self, program: Program[Any]) -> _Carried:
        """A program that is carried out step by step."""
        return _Carried(program, _Connection(self._http), self._sleep)


class _Carried:
    """A program under way: `value` is what it emitted last, or in the end what it came to."""

    def __init__(
        self,
        program: Program[Any],
        connection: _Connection,
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self._program, self._connection, self._sleep = program, connection, sleep
        self.value: Any = None

    async def advance(self) -> bool:
        """Go on to what is emitted next; whether there is anything."""
        reply: Answer | Lost | bytes | None = None
        try:
            while True:
                step: Step = self._program.send(reply)
                reply = None
                match step:
                    case Emit(item):
                        self.value = item
                        return True
                    case Wait(seconds):
                        await self._sleep(seconds)
                    case Send() | Open() | Chunk():
                        reply = await self._connection.reply(step)
        except StopIteration as end:
            self.value = end.value
        except BaseException:
            await self.close()
            raise
        await self.close()
        return False

    async def close(self) -> None:
        """Go no further."""
        self._program.close()
        await self._connection.close()


class _Connection:
    """What is open for a program."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http
        self._open: httpx2.Response | None = None
        self._chunks: AsyncIterator[bytes] | None = None

    async def reply(self, step: Send | Open | Chunk) -> Answer | Lost | bytes | None:
        """What a step comes to."""
        try:
            if isinstance(step, Chunk):
                return await anext(self._chunks, None) if self._chunks is not None else None
            await self.close()
            response = await self._http.send(_request(self._http, step.call), stream=True)
            if isinstance(step, Send) or not response.is_success:
                try:
                    return wire.answer(response, await response.aread())
                finally:
                    await response.aclose()
            self._open, self._chunks = response, response.aiter_bytes()
            return wire.answer(response)
        except httpx2.TransportError as error:
            await self.close()
            return wire.lost(error)

    async def close(self) -> None:
        """Close what is open."""
        if self._open is not None:
            await self._open.aclose()
            self._open = self._chunks = None


def _request(http: httpx2.AsyncClient, call: Call) -> httpx2.Request:
    """A request whose body is awaited, whatever it is made of."""
    given = call.body()
    content = given.get("content")
    if content is None or isinstance(content, bytes | AsyncIterator):
        return wire.request(http, call)
    return wire.request(http, replace(call, body=lambda: {"content": _parts(content)}))


async def _parts(content: Iterable[bytes]) -> AsyncIterator[bytes]:
    for part in content:
        yield part


class AsyncClient(Operations, Awaiting):
    """As `Client`, for asynchronous programs: the same methods, awaited; iterators with `async for`."""

    def __init__(
        self,
        at: str | httpx2.AsyncClient,
        token: str | None = None,
        *,
        patience: float = 30.0,
        timeout: float | None = wire.TIMEOUT,
        writers: Collection[str] | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        new_key: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._owned = isinstance(at, str)
        if isinstance(at, str):
            at = httpx2.AsyncClient(base_url=at, timeout=timeout, headers=wire.headers(token))
        session = Session(str(at.base_url), Patience(patience, clock, chance), new_key, 0, writers)
        super().__init__(session, at, sleep)
        self.dry_run = AwaitingDryRuns(session, at, sleep)
        self.frames = AwaitingFrames(session, at, sleep)

    async def aclose(self) -> None:
        """Close the connections, unless the caller has them."""
        if self._owned:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *failed: object) -> None:
        await self.aclose()


class AwaitingDryRuns(DryRuns, Awaiting):
    """The acts of a client, tried."""


class AwaitingFrames(Frames, Awaiting):
    """The answers to a client as frames."""
