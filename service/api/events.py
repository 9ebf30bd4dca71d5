"""The log over HTTP: a page, all of it as NDJSON, or server-sent events that continue live."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio.to_thread
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.requests import Request
from starlette.responses import Response

from projections.answers.selection import Selection, positions
from service.api.event_schema import EVENT_SCHEMA, CaughtUp, CaughtUpEvent
from service.http.lookups import check_names
from service.http.paging import DEFAULT_LIMIT, open_cursor, page
from service.http.parameters import PAGE, SELECTING, TIMES, Asked, parameters
from service.http.preconditions import conditional, tagged
from service.http.problem_kinds import CONDITIONAL, LISTED, READ
from service.http.problems import Problem
from service.http.routing import JSON, NDJSON, SSE, Operation, Shape
from service.http.streaming import (
    accepted,
    caught_up_event,
    resume_after,
    streamed,
    wait_until,
    woken,
)
from service.http.times import FROM, behind_header, caught_up, standing
from service.log.port import Stored
from service.query.events import event_answer
from service.service import Service

CHUNK = 500
FEW = 20
QUIET_SECONDS = 15.0
_QUERY = (*TIMES, *PAGE, *SELECTING, "after", "before", "order")


def operations(service: Service) -> list[Operation]:
    """The operation that reads the log."""

    async def events(request: Request) -> Response:
        return await _events(service, request)

    returns = {
        JSON: Shape(EVENT_SCHEMA, "page"),
        NDJSON: Shape(EVENT_SCHEMA | CaughtUp, "lines"),
        SSE: Shape(EVENT_SCHEMA | CaughtUpEvent, "lines"),
    }
    return [
        Operation(
            "GET",
            "/v1/events",
            events,
            name="events",
            summary="The log: as a page, as NDJSON, or live.",
            tag="reading",
            query=_QUERY,
            returns={200: returns},
            problems=(*READ, *CONDITIONAL, *LISTED, "not-acceptable"),
            tagged=True,
        )
    ]


async def _events(service: Service, request: Request) -> Response:
    asked = parameters(request, *_QUERY)
    media_type = accepted(request, JSON, NDJSON, SSE)
    wanted: dict[str, Any] = {name: asked.get(name) for name in SELECTING}
    selection = Selection(**wanted)
    if media_type == JSON:
        open_cursor(service, request, asked)
        await caught_up(service, asked)
        _check_names(service, asked)
        found = await anyio.to_thread.run_sync(_page, service, request, asked, selection)
        return conditional(request, found)
    if asked.get("order") == "desc" or "cursor" in asked:
        raise Problem(
            "bad-parameter", f"order and cursor: {media_type} runs forward; use after and before"
        )
    if media_type == SSE and "limit" in asked:
        raise Problem("bad-parameter", f"limit: {media_type} continues live; use before to end it")
    after = resume_after(request, asked, media_type)
    await caught_up(service, asked)
    _check_names(service, asked)
    if media_type == NDJSON:
        return streamed(_lines(service, asked, selection, after), NDJSON)
    return streamed(_live(service, asked, selection, after), SSE)


def _check_names(service: Service, asked: Asked) -> None:
    with service.views.reading() as db:
        check_names(db, asked)


def _page(service: Service, request: Request, asked: Asked, selection: Selection) -> Response:
    with standing(service, asked, events=True) as here:
        limit, descending = asked.get("limit", DEFAULT_LIMIT), asked.get("order") == "desc"
        after, before = asked.get("after", 0), asked.get("before", here.as_of.position + 1)
        before = min(before, here.as_of.position + 1)
        if asked[FROM] is not None:
            after, before = (after, asked[FROM]) if descending else (asked[FROM], before)
        found = positions(here.db, selection, after, before, limit + 1, descending=descending)
        items = [event_answer(each) for each in service.log.at(found[:limit])]
        last = found[limit - 1] if len(found) > limit else None
        answer = page(service, request, items, last, here.echo)
        answer.headers.update(behind_header(here))
        return tagged(answer)


def _lines(service: Service, asked: Asked, selection: Selection, after: int) -> Iterator[bytes]:
    """All remaining events as NDJSON, then the position that this reaches."""
    with standing(service, asked, events=True) as here:
        until = min(asked.get("before", here.as_of.position + 1) - 1, here.as_of.position)
    left = asked.get("limit")
    for batch in _batches(service, selection, after, until):
        batch = batch if left is None else batch[:left]
        left = None if left is None else left - len(batch)
        after = batch[-1].position if batch else after
        yield b"\n".join([*(each.wire() for each in batch), b""])
        if left == 0:
            break
    else:
        after = max(after, until)
    yield b'{"caught_up": %d}\n' % after


def _batches(service: Service, selection: Selection, after: int, until: int) -> Iterator[list[Stored]]:
    """The selected events after one position up to another, a batch at a time."""
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
    """The remaining events, then every new one as soon as the views hold it."""
    end, announced = _end(service, asked), False
    clock = asyncio.get_running_loop().time
    due = clock() + QUIET_SECONDS
    with woken(service) as moved:
        while not service.stopping.is_set():
            moved.clear()
            until = service.follower.position
            until = until if end is None else min(until, end - 1)
            batches = _batches(service, selection, after, until)
            while batch := await _next(batches, until - after):
                yield b"".join(_sse(each) for each in batch)
                due = clock() + QUIET_SECONDS
                if service.stopping.is_set():
                    return
            after = max(after, until)
            if not announced:
                announced = True
                yield caught_up_event(after)
            if end is not None and after >= end - 1:
                return
            await wait_until(moved, due)
            if clock() >= due:
                due = clock() + QUIET_SECONDS
                yield KEEPALIVE_COMMENT


async def _next(batches: Iterator[list[Stored]], waiting: int) -> list[Stored] | None:
    """The next batch, read directly where few events wait, because a thread would cost more."""
    if waiting <= FEW:
        return next(batches, None)
    return await anyio.to_thread.run_sync(next, batches, None)


def _end(service: Service, asked: Asked) -> int | None:
    """The position before which a stream ends: `before` or that of `known_at`; None if endless."""
    ends = [asked["before"]] if "before" in asked else []
    if "known_at" in asked:
        with standing(service, asked, events=True) as here:
            ends.append(here.as_of.position + 1)
    return min(ends, default=None)


def _sse(stored: Stored) -> bytes:
    return format_sse_event(id=str(stored.position), event=stored.type, data_str=stored.wire().decode())
