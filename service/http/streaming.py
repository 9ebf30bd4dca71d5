"""Answers that are sent as they are made: how many, from where on, of which history, and their end."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager

import anyio
from fastapi.sse import format_sse_event
from pydantic_core import to_json
from starlette.concurrency import iterate_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from service.http.admission import address_of, caller_of
from service.http.noted import see_stream
from service.http.parameters import Asked
from service.http.problems import Problem
from service.http.routing import SSE
from service.http.times import head_reaching
from service.metrics.metrics import counted
from service.service import Service

LOG_HEADER = b"intellog-log"


WATCH_SECONDS = 0.5
"""How often is looked whether those who read streams still may."""


class StreamCut(Exception):
    """A stream ends before its end: the service stops, or its reader is nobody any more.

    Its connection is broken off.
    """


class Streams:
    """The open streams of a service: so many in total, so many for each principal or address."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._counts: Counter[str] = Counter()
        self._open: dict[anyio.CancelScope, Callable[[], bool]] = {}
        self._watching: asyncio.Task[None] | None = None

    def answer(
        self, request: Request, body: AsyncIterator[bytes] | Iterator[bytes], media_type: str
    ) -> StreamingResponse:
        """An answer that is sent as it is made; raises `Problem` if there are too many already."""
        caller = caller_of(request)
        share = caller.share or address_of(request.scope)
        self._check(share, "you have" if caller.share else "your address has")
        headers = {"X-Accel-Buffering": "no", "Intellog-Log": self._service.log.id}
        chunks = iterate_in_threadpool(body) if isinstance(body, Iterator) else body
        return _Watched(self, share, caller.holds, chunks, media_type, headers)

    def _check(self, share: str, who: str) -> None:
        limits = self._service.settings.limits
        if self._counts.total() >= limits.streams:
            raise Problem("overloaded", f"{limits.streams:,} streams are open, which is the limit")
        if self._counts[share] >= limits.streams_per_client:
            raise Problem("overloaded", f"{who} {limits.streams_per_client:,} open streams: the limit")

    @contextmanager
    def open(self, share: str, holds: Callable[[], bool]) -> Iterator[None]:
        """Count a stream while the block runs; raise `StreamCut` once its reader may read no more."""
        self._counts[share] += 1
        see_stream()
        with counted(self._service.metrics.streams), anyio.CancelScope() as scope:
            self._open[scope] = holds
            if self._watching is None or self._watching.done():
                self._watching = asyncio.ensure_future(self._watch())
            try:
                yield
            finally:
                del self._open[scope]
                self._counts[share] -= 1
                if not self._counts[share]:
                    del self._counts[share]
        if scope.cancelled_caught:
            raise StreamCut

    async def _watch(self) -> None:
        """Cut off streams whose readers are nobody any more, as long as any are open."""
        while self._open:
            await asyncio.sleep(WATCH_SECONDS)
            for scope, holds in list(self._open.items()):
                if not holds():
                    scope.cancel()


class _Watched(StreamingResponse):
    """An answer that is counted and watched while it is sent; what makes it is closed in the end."""

    def __init__(
        self,
        streams: Streams,
        share: str,
        holds: Callable[[], bool],
        chunks: AsyncIterator[bytes],
        media_type: str,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(chunks, media_type=media_type, headers=headers)
        self._streams, self._share, self._holds, self._chunks = streams, share, holds, chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._streams.open(self._share, self._holds):
                await self._send_while_read(receive, send)
        finally:
            if isinstance(self._chunks, AsyncGenerator):
                with anyio.CancelScope(shield=True):
                    await self._chunks.aclose()

    async def _send_while_read(self, receive: Receive, send: Send) -> None:
        """Send until the end, or until nobody reads any more.

        What the base class does, but here the task of the request sends, and one beside it listens: a
        task of a group that is cancelled stays in memory, with all that it was sending, until the
        interpreter looks for cycles.
        """
        with anyio.CancelScope() as sending:
            listening = asyncio.ensure_future(self.listen_for_disconnect(receive))
            listening.add_done_callback(lambda _: sending.cancel())
            try:
                await self.stream_response(send)
            finally:
                listening.cancel()


async def resume_after(service: Service, request: Request, asked: Asked, media_type: str) -> int:
    """The position after which a stream starts: the last one that a reconnecting reader has seen.

    Raises `Problem` for a position that is not one of this history, or that it has not reached.
    """
    if "log" in asked and (other := other_history(service, asked["log"])):
        raise other
    seen = last_seen(request, media_type)
    name, after = ("after", int(asked.get("after", 0))) if seen is None else ("Last-Event-ID", seen)
    head = await head_reaching(service, after)
    if after > head:
        raise Problem(
            "beyond-head", f"{name}: {after} is beyond the head of the log, {head}", head=head
        )
    return after


def other_history(service: Service, named: str) -> Problem | None:
    """The problem of a request about another log than this one."""
    ours = service.log.id
    if named == ours:
        return None
    return Problem("other-history", f"'{named[:60]}' is another log; the id of this one is {ours}")


def last_seen(request: Request, media_type: str) -> int | None:
    """The position that a reconnecting reader of server-sent events names; raises `Problem`."""
    seen = request.headers.get("last-event-id", "")
    if not seen or media_type != SSE:
        return None
    if not (seen.isascii() and seen.isdigit() and len(seen) < 16):
        raise Problem("bad-parameter", f"Last-Event-ID: {seen[:60]!r} is no position")
    return int(seen)


def nothing_more(request: Request, media_type: str, end: int | None) -> Response | None:
    """The answer to a reader who has seen the end of a stream already, so that it asks no more."""
    seen = last_seen(request, media_type)
    return Response(status_code=204) if None not in (seen, end) and seen >= end else None  # type: ignore[operator]


def caught_up_line(position: int) -> bytes:
    """The last line of a stream of lines."""
    return b'{"caught_up":%d}\n' % position


def marking_changed_event(position: int) -> bytes:
    """The server-sent event that a raised marking took something away; it has no id of its own."""
    data = to_json({"position": position}).decode()
    return format_sse_event(event="marking-changed", data_str=data)


def caught_up_event(position: int, *, last: bool) -> bytes:
    """The server-sent event after a backlog; as the last of its stream it has an id to resume by."""
    data = to_json({"position": position}).decode()
    return format_sse_event(id=str(position) if last else None, event="caught-up", data_str=data)
