"""The log and its replay over HTTP: pages, NDJSON, and server-sent events that go on live."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import anyio.to_thread
from fastapi import APIRouter
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic_core import from_json, to_json
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from domain.times import from_micros, show_instant
from projections.answers.as_of import AsOf
from projections.answers.estimates import HEADLINE
from projections.answers.replay import Frame, Touch, replay, touches
from projections.answers.selection import Selection, positions
from projections.tables.journal import recorded_at
from service.api.openapi import PROBLEM, query_of
from service.http.paging import DEFAULT_LIMIT, open_cursor, page
from service.http.parameters import (
    FROM,
    PAGE,
    TIMES,
    Asked,
    caught_up,
    parameters,
    position_of_time,
    standing,
)
from service.http.problems import Problem
from service.http.routing import plain_router
from service.log.port import Stored
from service.query import estimates
from service.service import Service

NDJSON, SSE = "application/x-ndjson", "text/event-stream"
CHUNK = 500
FRAMES = 20
FEW = 20
QUIET_SECONDS = 15.0
SELECTING = ("type", "stream", "actor", "report", "source", "indicator")
_EVENTS = (*TIMES, *PAGE, *SELECTING, "after", "before", "order")
_REPLAY = (*TIMES, "indicator", "after", "until", "speed")
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def routes(service: Service) -> APIRouter:
    """The events and their replay."""
    router = plain_router(tags=["reading"], responses={**PROBLEM})

    async def events(request: Request) -> Response:
        return await _events(service, request)

    async def replayed(request: Request) -> Response:
        return await _replay(service, request)

    for path, endpoint, summary, names in (
        ("/v1/events", events, "The log, as a page, as NDJSON, or live.", _EVENTS),
        ("/v1/replay", replayed, "Estimates before and after each event.", _REPLAY),
    ):
        router.add_api_route(
            path, endpoint, methods=["GET"], summary=summary, openapi_extra=query_of(path, *names)
        )
    return router


def accepted(request: Request, *types: str) -> str:
    """The media type that the caller likes best, by RFC 9110, 12.5.1; the first named of equals."""
    header = ",".join(request.headers.getlist("accept")) or "*/*"
    wishes = [_wish(each) for each in header.lower().split(",")]
    liked = [(-quality, place, each) for each in types for quality, place in _liking(each, wishes)]
    if not liked:
        raise Problem("not-acceptable", f"Accept: this address gives {', '.join(types)}")
    return min(liked, key=lambda one: one[:2])[2]


def _wish(text: str) -> tuple[str, float]:
    """A media range and its quality; one that cannot be read is 1."""
    kind, *parameters = (part.strip() for part in text.split(";"))
    given = [part[2:] for part in parameters if part.startswith("q=")]
    try:
        return kind, float(given[0]) if given else 1.0
    except ValueError:
        return kind, 1.0


def _liking(media_type: str, wishes: list[tuple[str, float]]) -> list[tuple[float, int]]:
    """The quality and the place of the most particular range that names a type, if it is wanted."""
    for name in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        for place, (kind, quality) in enumerate(wishes):
            if kind == name:
                return [(quality, place)] if quality > 0 else []
    return []


async def _events(service: Service, request: Request) -> Response:
    asked = parameters(request, *_EVENTS)
    form = accepted(request, "application/json", NDJSON, SSE)
    wanted: dict[str, Any] = {name: asked.get(name) for name in SELECTING}
    selection = Selection(**wanted)
    if form == "application/json":
        open_cursor(service, request, asked)
        await caught_up(service, asked)
        return await anyio.to_thread.run_sync(_event_page, service, request, asked, selection)
    if asked.get("order") == "desc" or "cursor" in asked:
        raise Problem("bad-parameter", f"order and cursor: {form} runs forward; use after and before")
    if form == SSE and "limit" in asked:
        raise Problem("bad-parameter", f"limit: {form} goes on live; use before to end it")
    after = _resume(request, asked, form)
    await caught_up(service, asked)
    if form == NDJSON:
        body = _lines(service, asked, selection, after)
        return StreamingResponse(body, media_type=NDJSON, headers=_HEADERS)
    live = _live(service, asked, selection, after)
    return StreamingResponse(live, media_type=SSE, headers=_HEADERS)


def _resume(request: Request, asked: Asked, form: str) -> int:
    """Where a stream begins: behind the last event that a reconnecting reader has seen."""
    seen = request.headers.get("last-event-id")
    if seen is None or form != SSE:
        return int(asked.get("after", 0))
    if not (seen.isascii() and seen.isdigit() and len(seen) < 16):
        raise Problem("bad-parameter", f"Last-Event-ID: {seen[:60]!r} is no position")
    return int(seen)


def _event_page(service: Service, request: Request, asked: Asked, selection: Selection) -> Response:
    with standing(service, asked) as here:
        limit, descending = asked.get("limit", DEFAULT_LIMIT), asked.get("order") == "desc"
        after, before = asked.get("after", 0), asked.get("before", here.as_of.position + 1)
        before = min(before, here.as_of.position + 1)
        if asked[FROM] is not None:
            after, before = (after, asked[FROM]) if descending else (asked[FROM], before)
        found = positions(here.db, selection, after, before, limit + 1, descending=descending)
        items = [from_json(each.wire()) for each in service.log.at(found[:limit])]
        last = found[limit - 1] if len(found) > limit else None
        return page(service, request, items, last, here.echo)


def _lines(service: Service, asked: Asked, selection: Selection, after: int) -> Iterator[bytes]:
    """The whole rest as NDJSON, ended by where it stands."""
    with standing(service, asked) as here:
        until = min(asked.get("before", here.as_of.position + 1) - 1, here.as_of.position)
    most = asked.get("limit")
    for batch in _batches(service, selection, after, until):
        batch = batch if most is None else batch[:most]
        most = None if most is None else most - len(batch)
        after = batch[-1].position if batch else after
        yield b"\n".join([*(each.wire() for each in batch), b""])
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
    end, told = _end(service, asked), False
    clock = asyncio.get_running_loop().time
    due = clock() + QUIET_SECONDS
    with _woken(service) as woken:
        while not service.stopping.is_set():
            woken.clear()
            until = service.follower.position
            until = until if end is None else min(until, end - 1)
            batches = _batches(service, selection, after, until)
            while batch := await _next(batches, until - after):
                yield b"".join(_sse(each) for each in batch)
                due = clock() + QUIET_SECONDS
                if service.stopping.is_set():
                    return
            after = max(after, until)
            if not told:
                told = True
                caught = to_json({"position": after}).decode()
                yield format_sse_event(event="caught-up", data_str=caught)
            if end is not None and after >= end - 1:
                return
            await _wait(woken, due)
            if clock() >= due:
                due = clock() + QUIET_SECONDS
                yield KEEPALIVE_COMMENT


async def _next(batches: Iterator[list[Stored]], waiting: int) -> list[Stored] | None:
    """The next batch: read at once where few events wait, for then a thread would cost more."""
    if waiting <= FEW:
        return next(batches, None)
    return await anyio.to_thread.run_sync(next, batches, None)


def _end(service: Service, asked: Asked) -> int | None:
    """In front of which position a stream ends: `before`, or what was known then; None never."""
    ends = [asked["before"]] if "before" in asked else []
    if "known_at" in asked:
        with standing(service, asked) as here:
            ends.append(here.as_of.position + 1)
    return min(ends, default=None)


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


async def _wait(woken: asyncio.Event, due: float) -> None:
    """Wait until something new is there, but not past the moment when a comment is due."""
    with suppress(TimeoutError):
        async with asyncio.timeout_at(due):
            await woken.wait()


async def _replay(service: Service, request: Request) -> Response:
    asked = parameters(request, *_REPLAY)
    form = accepted(request, NDJSON, SSE, "application/json")
    after = _resume(request, asked, form)
    await caught_up(service, asked)
    with standing(service, asked) as here:
        as_of = here.as_of
        until = position_of_time(here.db, asked.get("until", as_of.position))
    until = min(until, as_of.position)
    write = _sse_frame if form == SSE else _ndjson_frame
    frames = _frames(service, asked, as_of, after, until, write)
    media_type = SSE if form == SSE else NDJSON
    return StreamingResponse(frames, media_type=media_type, headers=_HEADERS)


Write = Callable[[dict[str, Any], bool], bytes]
"""Writes a frame; told whether it is the last of its position."""


def _ndjson_frame(frame: dict[str, Any], last: bool) -> bytes:
    return to_json(frame) + b"\n"


def _sse_frame(frame: dict[str, Any], last: bool) -> bytes:
    # An id on the last frame of a position alone: who resumes behind an id has missed none of it.
    position = str(frame["position"]) if last else None
    return format_sse_event(id=position, event="frame", data_str=to_json(frame).decode())


async def _frames(
    service: Service, asked: Asked, as_of: AsOf, after: int, until: int, write: Write
) -> AsyncIterator[bytes]:
    """Frames some at a time; paced, each waits as long as the events lay apart, divided by speed."""
    known: dict[str, dict[str, Any]] = {}
    speed, shown_at = asked.get("speed"), 0
    last: Touch = (after, "\U0010ffff")
    held: dict[str, Any] | None = None
    while not service.stopping.is_set():
        page_of = (service, asked.get("indicator"), as_of, last, until, known)
        batch = await anyio.to_thread.run_sync(_some_frames, *page_of)
        for at, frame in batch:
            if held is not None:
                yield write(held, held["position"] != frame["position"])
                await _pause(service, 0.0 if speed is None else (at - shown_at) / 1e6 / speed)
                if service.stopping.is_set():
                    return
            held, shown_at = frame, at
        if len(batch) < FRAMES:
            break
        last = batch[-1][1]["position"], batch[-1][1]["indicator"]
    if service.stopping.is_set():
        return
    if held is not None:
        yield write(held, True)
    if write is _sse_frame:
        caught = to_json({"position": max(after, until)}).decode()
        yield format_sse_event(event="caught-up", data_str=caught)


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
        estimate = partial(_headline, service, db)
        frames = list(replay(estimate, touched, as_of, known))
        stamps = {frame.position: recorded_at(db, frame.position) or 0 for frame in frames}
    bodies = {each.position: each for each in service.log.at(sorted(stamps))}
    return [
        (stamps[frame.position], _frame(frame, stamps[frame.position], bodies[frame.position]))
        for frame in frames
    ]


def _headline(service: Service, db: sqlite3.Connection, name: str, as_of: AsOf) -> dict[str, Any]:
    return estimates.estimate(db, name, as_of, HEADLINE, False, service.suspects, beside=False)


def _frame(frame: Frame, stamp: int, stored: Stored) -> dict[str, Any]:
    return {
        "position": frame.position,
        "recorded_at": show_instant(from_micros(stamp)),
        "indicator": frame.indicator,
        "event": from_json(stored.wire()),
        "before": frame.before,
        "after": frame.after,
    }
