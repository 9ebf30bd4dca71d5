"""Answers in several forms and answers without end: content negotiation, NDJSON, server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

from fastapi.sse import format_sse_event
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import StreamingResponse

from service.http.parameters import Asked
from service.http.problems import Problem
from service.http.routing import SSE
from service.service import Service

_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def streamed(body: AsyncIterator[bytes] | Iterator[bytes], media_type: str) -> StreamingResponse:
    """An answer that is sent as it is made."""
    return StreamingResponse(body, media_type=media_type, headers=_HEADERS)


def accepted(request: Request, *types: str) -> str:
    """The media type that the caller prefers, by RFC 9110, 12.5.1; of equals the first named.

    Raises `Problem` where the caller accepts none of them.
    """
    header = ",".join(request.headers.getlist("accept")) or "*/*"
    ranges = [_range(each) for each in header.lower().split(",")]
    ranked = [(-quality, place, each) for each in types for quality, place in _rank(each, ranges)]
    if not ranked:
        raise Problem("not-acceptable", f"Accept: this address returns {', '.join(types)}")
    return min(ranked, key=lambda one: one[:2])[2]


def _range(text: str) -> tuple[str, float]:
    """A media range and its quality; an unreadable quality counts as 1."""
    kind, *parameters = (part.strip() for part in text.split(";"))
    given = [part[2:] for part in parameters if part.startswith("q=")]
    try:
        return kind, float(given[0]) if given else 1.0
    except ValueError:
        return kind, 1.0


def _rank(media_type: str, ranges: list[tuple[str, float]]) -> list[tuple[float, int]]:
    """The quality and place of the most specific range that matches a type, if it is accepted."""
    for name in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        for place, (kind, quality) in enumerate(ranges):
            if kind == name:
                return [(quality, place)] if quality > 0 else []
    return []


def resume_after(request: Request, asked: Asked, media_type: str) -> int:
    """The position after which a stream starts: the last one that a reconnecting reader has seen."""
    seen = request.headers.get("last-event-id")
    if seen is None or media_type != SSE:
        return int(asked.get("after", 0))
    if not (seen.isascii() and seen.isdigit() and len(seen) < 16):
        raise Problem("bad-parameter", f"Last-Event-ID: {seen[:60]!r} is no position")
    return int(seen)


def caught_up_event(position: int) -> bytes:
    """The server-sent event that ends a backlog."""
    return format_sse_event(event="caught-up", data_str=to_json({"position": position}).decode())


@contextmanager
def woken(service: Service) -> Iterator[asyncio.Event]:
    """An event that is set whenever the views move on."""
    loop, event = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(event.set)

    service.follower.listen(wake)
    try:
        yield event
    finally:
        service.follower.unlisten(wake)


async def wait_until(event: asyncio.Event, due: float) -> None:
    """Wait for an event, but not past a moment of the loop's clock."""
    with suppress(TimeoutError):
        async with asyncio.timeout_at(due):
            await event.wait()
