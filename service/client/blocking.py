"""The blocking client: carries the steps of programs out over `httpx2.Client`."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Generator, Iterator
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar
from uuid import uuid4

import httpx2

from service.client import wire
from service.client.exchange import (
    Answer,
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


class Items(Generic[T], Iterator[T]):
    """The items of a list or a stream, asked for as they are needed.

    `as_of` has the times of a list once its first item was asked for, `position` the last position of a
    stream. Leaving it early is `close`, or a `with` block.
    """

    def __init__(self, at: Blocking, many: Many[T]) -> None:
        self._notes = Notes()
        self._items = at.carried(many.program(at.session, self._notes))

    def __next__(self) -> T:
        item: T = next(self._items)
        return item

    @property
    def as_of(self) -> AsOfAnswer:
        """The times of a list; raises `ValueError` before its first item is asked for."""
        return self._notes.times

    @property
    def position(self) -> int | None:
        """The last position that a stream has handed over or reached."""
        return self._notes.position

    def close(self) -> None:
        """Read no further."""
        self._items.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failed: object) -> None:
        self.close()


class Blocking:
    """Carries programs out, waiting for each step."""

    def __init__(self, session: Session, http: httpx2.Client, sleep: Callable[[float], None]) -> None:
        self.session, self._http, self._sleep = session, http, sleep

    def ask(self, plan: Plan[T]) -> T:
        """What a plan comes to."""
        carried = self.carried(plan(self.session))
        while True:
            try:
                next(carried)
            except StopIteration as end:
                result: T = end.value
                return result

    def iterate(self, many: Many[T]) -> Items[T]:
        """The items of a plan."""
        return Items(self, many)

    def carried(self, program: Program[T]) -> Generator[Any, None, T]:
        """Carry a program out: yields what it emits, returns what it comes to."""
        connection, reply = _Connection(self._http), None
        try:
            while True:
                try:
                    step: Step = program.send(reply)
                except StopIteration as end:
                    result: T = end.value
                    return result
                reply = None
                match step:
                    case Emit(item):
                        yield item
                    case Wait(seconds):
                        self._sleep(seconds)
                    case Send() | Open() | Chunk():
                        reply = connection.reply(step)
        finally:
            connection.close()


class _Connection:
    """What is open for a program."""

    def __init__(self, http: httpx2.Client) -> None:
        self._http = http
        self._open: httpx2.Response | None = None
        self._chunks: Iterator[bytes] = iter(())

    def reply(self, step: Send | Open | Chunk) -> Answer | Lost | bytes | None:
        """What a step comes to."""
        try:
            if isinstance(step, Chunk):
                return next(self._chunks, None)
            self.close()
            response = self._http.send(wire.request(self._http, step.call), stream=True)
            if isinstance(step, Send) or not response.is_success:
                try:
                    return wire.answer(response, response.read())
                finally:
                    response.close()
            self._open, self._chunks = response, response.iter_bytes()
            return wire.answer(response)
        except httpx2.TransportError as error:
            self.close()
            return wire.lost(error)

    def close(self) -> None:
        """Close what is open."""
        if self._open is not None:
            self._open.close()
            self._open, self._chunks = None, iter(())


class Client(Operations, Blocking):
    """A client of an intellog at a URL, or behind an `httpx2.Client` that the caller has and closes.

    A request that is safe to repeat is repeated for up to `patience` seconds while the server is
    unreachable or overloaded. Reads wait for what this client wrote. `timeout` is in seconds, for the
    next bytes of an answer.

    A node that does not write the log sends writes to the one that does, and they go there with the
    token. With `writers` they go to these addresses alone, each as `https://node-2.example:8443`.
    """

    def __init__(
        self,
        at: str | httpx2.Client,
        token: str | None = None,
        *,
        patience: float = 30.0,
        timeout: float | None = wire.TIMEOUT,
        writers: Collection[str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        new_key: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._owned = isinstance(at, str)
        if isinstance(at, str):
            at = httpx2.Client(base_url=at, timeout=timeout, headers=wire.headers(token))
        session = Session(str(at.base_url), Patience(patience, clock, chance), new_key, 0, writers)
        super().__init__(session, at, sleep)
        self.dry_run = BlockingDryRuns(session, at, sleep)
        self.frames = BlockingFrames(session, at, sleep)

    def close(self) -> None:
        """Close the connections, unless the caller has them."""
        if self._owned:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failed: object) -> None:
        self.close()


class BlockingDryRuns(DryRuns, Blocking):
    """The acts of a client, tried."""


class BlockingFrames(Frames, Blocking):
    """The answers to a client as frames."""
