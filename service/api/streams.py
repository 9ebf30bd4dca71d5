"""The log and its replay over HTTP: pages, NDJSON, and server-sent events that go on live."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio.to_thread
from fastapi import APIRouter
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic_core import from_json, to_json
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from domain.times import from_micros, show_instant
from projections.as_of import AsOf
from projections.history import Frame, Touch, replay, touches
from projections.journal import recorded_at
from projections.selection import Selection, positions
from service.api.asking import PAGE, TIMES, Asked, caught_up, parameters, standing
from service.api.openapi import query_of
from service.api.pages import DEFAULT_LIMIT, opened, page
from service.api.problems import Problem
from service.core import Service
from service.log.port import Stored

NDJSON, SSE = "application/x-ndjson", "text/event-stream"
CHUNK = 500
FRAMES = 20
QUIET_SECONDS = 15.0
SELECTING = ("type", "stream", "actor", "report", "source", "indicator")
_EVENTS = (*TIMES, *PAGE, *SELECTING, "after", "before", "order")
_REPLAY = (*TIMES, "indicator", "after", "until", "speed")
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def routes(service: Service) -> APIRouter:
    """The events and their replay."""
    router = APIRouter(tags=["reading"])

    async def events(request: Request) -> Response:
        return await _events(service, request)

    async def replayed(request: Request) -> Response:
        return await _replay(service, request)

    for path, endpoint, summary, names in (
        ("/v1/events", events, "The log, as a page, as NDJSON, or live.", _EVENTS),
        ("/v1/replay", replayed, "Estimates before and after each event.", _REPLAY),
    ):
        router.add_api_route(
            path, endpoint, methods=["GET"], summary=summary, openapi_extra=query_of(*names)
        )
    return router


def accepted(request: Request, *types: str) -> str:
    """The first of these media types that the caller accepts, by the order of its wishes."""
    wishes = request.headers.get("accept", "*/*").lower().split(",")
    for wish in wishes:
        kind = wish.partition(";")[0].strip()
        for each in types:
            if kind in (each, "*/*", each.partition("/")[0] + "/*"):
                return each
    raise Problem("bad-parameter", f"Accept: this address gives {', '.join(types)}")


async def _events(service: Service, request: Request) -> Response:
    asked = parameters(request, *_EVENTS)
    form = accepted(request, "application/json", NDJSON, SSE)
    selection = Selection(**{name: asked.get(name) for name in SELECTING})
    if form == "application/json":
        asked["from"] = opened(request, asked)
        await caught_up(service, asked)
        return await anyio.to_thread.run_sync(_event_page, service, request, asked, selection)
    if asked.get("order") == "desc" or "cursor" in asked:
        raise Problem("bad-parameter", f"order and cursor: {form} runs forward; use after and before")
    await caught_up(service, asked)
    after = _resume(request, asked)
    if form == NDJSON:
        body = _lines(service, asked, selection, after)
        return StreamingResponse(body, media_type=NDJSON, headers=_HEADERS)
    live = _live(service, asked, selection, after)
    return StreamingResponse(live, media_type=SSE, headers=_HEADERS)


def _resume(request: Request, asked: Asked) -> int:
    """Where a stream begins: behind the last event that a reconnecting reader has seen."""
    seen = request.headers.get("last-event-id")
    if seen is None or request.headers.get("accept", "").find(SSE) < 0:
        return int(asked.get("after", 0))
    if not (seen.isascii() and seen.isdigit() and len(seen) < 16):
        raise Problem("bad-parameter", f"Last-Event-ID: {seen[:60]!r} is no position")
    return int(seen)


def _event_page(service: Service, request: Request, asked: Asked, selection: Selection) -> Response:
    with standing(service, asked) as here:
        limit, descending = asked.get("limit", DEFAULT_LIMIT), asked.get("order") == "desc"
        after, before = asked.get("after", 0), asked.get("before", here.as_of.position + 1)
        before = min(before, here.as_of.position + 1)
        if asked["from"] is not None:
            after, before = (after, asked["from"]) if descending else (asked["from"], before)
        found = positions(here.db, selection, after, before, limit + 1, descending=descending)
        items = [from_json(each.wire()) for each in service.log.at(found[:limit])]
        last = found[limit - 1] if len(found) > limit else None
        return page(request, asked, items, last, here.echo)


def _lines(service: Service, asked: Asked, selection: Selection, after: int) -> Iterator[bytes]:
    """The whole rest as NDJSON, ended by where it stands."""
    with standing(service, asked) as here:
        until = min(asked.get("before", here.as_of.position + 1) - 1, here.as_of.position)
    most = asked.get("limit")
    for batch in _batches(service, selection, after, until):
        batch = batch if most is None else batch[:most]
        most = None if most is None else most - len(batch)
        after = batch[-1].position if batch else after
        yield b"".join(b"%b\n" % each.wire() for each in batch)
        if most == 0:
            break
    else:
        after = max(after, until)
    yield b'{"caught_up": %d}\n' % after


def _batches(service: Service, selection: Selection, after: int, until: int) -> Iterator[list[Stored]]:
    """The selected events behind one position, up to and with another, some at a time."""
    while after < until:
        if selection.everything:
            batch = service.log.read(after=after, limit=CHUNK, until=until)
        else:
            with service.views.reading() as db:
                found = positions(db, selection, after, until + 1, CHUNK)
            batch = service.log.at(found)
        if not batch:
            return
        yield batch
        after = batch[-1].position


async def _live(
    service: Service, asked: Asked, selection: Selection, after: int
) -> AsyncIterator[bytes]:
    """The rest as server-sent events, then every new one as soon as the views hold it."""
    end = asked.get("before")
    told = False
    with _woken(service) as woken:
        while not service.stopping.is_set():
            woken.clear()
            until = service.follower.position
            until = until if end is None else min(until, end - 1)
            batches = _batches(service, selection, after, until)
            while batch := await anyio.to_thread.run_sync(next, batches, None):
                yield b"".join(_sse(each) for each in batch)
            after = max(after, until)
            if not told:
                told = True
                caught = to_json({"position": after}).decode()
                yield format_sse_event(event="caught-up", data_str=caught)
            if end is not None and after >= end - 1:
                return
            if not await _wait(woken, service):
                yield KEEPALIVE_COMMENT


def _sse(stored: Stored) -> bytes:
    return format_sse_event(id=str(stored.position), event=stored.type, data_str=stored.wire().decode())


class _woken:
    """An event that is set whenever the views moved on."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def __enter__(self) -> asyncio.Event:
        self._service.follower.listen(self._wake)
        return self._event

    def __exit__(self, *_: object) -> None:
        self._service.follower.unlisten(self._wake)

    def _wake(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._event.set)


async def _wait(woken: asyncio.Event, service: Service) -> bool:
    """Wait until something new is there; False after so long a quiet that a comment is due."""
    try:
        async with asyncio.timeout(QUIET_SECONDS):
            await woken.wait()
    except TimeoutError:
        return service.stopping.is_set()
    return True


async def _replay(service: Service, request: Request) -> Response:
    asked = parameters(request, *_REPLAY)
    form = accepted(request, NDJSON, SSE, "application/json")
    await caught_up(service, asked)
    with standing(service, asked) as here:
        as_of = here.as_of
    after = _resume(request, asked)
    until = min(asked.get("until", as_of.position), as_of.position)
    write = _sse_frame if form == SSE else _ndjson_frame
    frames = _frames(service, asked, as_of, after, until, write)
    media_type = SSE if form == SSE else NDJSON
    return StreamingResponse(frames, media_type=media_type, headers=_HEADERS)


Write = Callable[[int, dict[str, Any]], bytes]


def _ndjson_frame(position: int, frame: dict[str, Any]) -> bytes:
    return to_json(frame) + b"\n"


def _sse_frame(position: int, frame: dict[str, Any]) -> bytes:
    return format_sse_event(id=str(position), event="frame", data_str=to_json(frame).decode())


async def _frames(
    service: Service, asked: Asked, as_of: AsOf, after: int, until: int, write: Write
) -> AsyncIterator[bytes]:
    """Frames some at a time; paced, each waits as long as the events lay apart, divided by speed."""
    known: dict[str, dict[str, Any]] = {}
    speed, shown_at = asked.get("speed"), None
    last: Touch = (after, "\U0010ffff")
    while not service.stopping.is_set():
        page_of = (service, asked.get("indicator"), as_of, last, until, known)
        batch = await anyio.to_thread.run_sync(_some_frames, *page_of)
        for at, frame in batch:
            if speed is not None and shown_at is not None:
                await _pause(service, (at - shown_at) / 1e6 / speed)
            shown_at = at
            yield write(frame["position"], frame)
        if len(batch) < FRAMES:
            break
        last = batch[-1][1]["position"], batch[-1][1]["indicator"]
    if write is _sse_frame:
        yield format_sse_event(event="caught-up", data_str=to_json({"position": until}).decode())


async def _pause(service: Service, seconds: float) -> None:
    """Wait between two frames, but not past the end of the service."""
    while seconds > 0 and not service.stopping.is_set():
        await asyncio.sleep(min(seconds, 0.5))
        seconds -= 0.5


def _some_frames(
    service: Service,
    indicator: str | None,
    as_of: AsOf,
    last: Touch,
    until: int,
    known: dict[str, dict[str, Any]],
) -> list[tuple[int, dict[str, Any]]]:
    with service.views.reading() as db:
        touched = touches(db, indicator, last, until, FRAMES)
        frames = list(replay(db, touched, as_of, known))
        stamps = {frame.position: recorded_at(db, frame.position) or 0 for frame in frames}
    bodies = {each.position: each for each in service.log.at(sorted(stamps))}
    return [
        (stamps[frame.position], _frame(frame, stamps[frame.position], bodies[frame.position]))
        for frame in frames
    ]


def _frame(frame: Frame, stamp: int, stored: Stored) -> dict[str, Any]:
    return {
        "position": frame.position,
        "recorded_at": show_instant(from_micros(stamp)),
        "indicator": frame.indicator,
        "event": from_json(stored.wire()),
        "before": frame.before,
        "after": frame.after,
    }
