"""The log over HTTP: a page, all of it as NDJSON, or server-sent events that continue live."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

import anyio.to_thread
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic import Field
from pydantic_core import from_json, to_json
from starlette.requests import Request
from starlette.responses import Response

from projections.answers.selection import Selection, positions
from projections.answers.vanishing import has_vanished, levels_changed
from projections.tables.journal import last_position
from projections.tables.sight import UNRESTRICTED
from service.api.event_batches import CHUNK, all_lines, batches
from service.api.event_schema import EVENT_SCHEMA, CaughtUp, CaughtUpEvent, MarkingChangedEvent
from service.http.live import BEAT_SECONDS, Feed, Made
from service.http.lookups import check_names
from service.http.paging import DEFAULT_LIMIT, open_cursor, page
from service.http.parameters import PAGE, SELECTING, SIGHT, TIMES, Asked, bad_parameter, parameters
from service.http.preconditions import conditional, tagged
from service.http.problem_kinds import CONDITIONAL, LISTED, READ
from service.http.problems import Problem
from service.http.questions import Questions
from service.http.routing import CLOUD_EVENTS, JSON, NDJSON, SSE, Operation, Shape
from service.http.seen import seen_position
from service.http.streaming import (
    StreamCut,
    Streams,
    caught_up_event,
    marking_changed_event,
    nothing_more,
    resume_after,
)
from service.http.tables import TABLE_SHAPES, Table, table_answer, wanted
from service.http.times import BEHIND, FROM, behind_header, caught_up, standing
from service.interop.cloud_events import CloudEvent, cloud_event
from service.log.port import Stored
from service.query.cleared_events import event_answers
from service.query.events import EventAnswer
from service.query.listed import MOST_ASKED
from service.service import Service

FEW = 20
QUIET_SECONDS = 15.0
_TABLE = Table(EventAnswer, page=100)  # an event may be large
QUERY = (*TIMES, *PAGE, *SELECTING, "after", "before", "order", "log", "seen", "salts")


def operations(service: Service, questions: Questions, streams: Streams) -> list[Operation]:
    """The operation that reads the log."""
    feed = Feed(service)

    async def events(request: Request) -> Response:
        return await _events(service, questions, streams, feed, request)

    returns = {
        JSON: Shape(EVENT_SCHEMA, "page"),
        **TABLE_SHAPES,
        CLOUD_EVENTS: Shape(Annotated[list[CloudEvent], Field(max_length=MOST_ASKED)]),
        NDJSON: Shape(EVENT_SCHEMA | CaughtUp, "lines"),
        SSE: Shape(EVENT_SCHEMA | CaughtUpEvent | MarkingChangedEvent, "lines"),
    }
    return [
        Operation(
            "GET",
            "/v1/events",
            events,
            name="events",
            summary="The log: as a page, as NDJSON, or live.",
            tag="reading",
            query=QUERY,
            returns={200: returns, 204: {}},
            problems=(*READ, *CONDITIONAL, *LISTED, "not-acceptable", "beyond-head"),
            tagged=True,
        )
    ]


async def _events(
    service: Service, questions: Questions, streams: Streams, feed: Feed, request: Request
) -> Response:
    asked = parameters(request, *QUERY)
    media_type = wanted(request, JSON, NDJSON, SSE, *TABLE_SHAPES, CLOUD_EVENTS)
    selecting: dict[str, Any] = {name: asked.get(name) for name in SELECTING}
    selection = Selection(**selecting, sight=asked[SIGHT])
    after = await resume_after(service, request, asked, media_type)
    if media_type != SSE and "seen" in asked:
        raise bad_parameter("seen", f"is for {SSE} alone, which tells what has vanished since")
    if media_type != NDJSON and "salts" in asked:
        raise bad_parameter("salts", f"is for {NDJSON} alone")
    if media_type not in (NDJSON, SSE):
        open_cursor(service, request, asked)
        await caught_up(service, asked)
        _check_names(service, asked)

        async def ask(asked: Asked) -> Response:
            find = partial(_page, service, request, asked, selection)
            return await questions.answer(request, "/v1/events", find)

        if media_type in TABLE_SHAPES:
            return await table_answer(service, streams, request, asked, _TABLE, ask, media_type)
        found = await ask(asked)
        if media_type == CLOUD_EVENTS:
            found = _as_cloud_events(service, found)
        return conditional(request, found)
    if asked.get("order") == "desc" or "cursor" in asked:
        raise Problem(
            "bad-parameter", f"order and cursor: {media_type} runs forward; use after and before"
        )
    if media_type == SSE and "limit" in asked:
        raise Problem("bad-parameter", f"limit: {media_type} continues live; use before to end it")
    await caught_up(service, asked)
    _check_names(service, asked)
    if media_type == NDJSON:
        return streams.answer(request, all_lines(service, asked, selection, after), NDJSON)
    end = _end(service, asked)
    over = nothing_more(request, SSE, None if end is None else end - 1)
    seen = _seen(service, asked)
    return over or streams.answer(request, _live(service, feed, selection, after, seen, end), SSE)


def _as_cloud_events(service: Service, answer: Response) -> Response:
    """A page of events as a batch; its headers say where the next one is, and how far views are.

    What was redacted has no time and no data, and is no CloudEvent.
    """
    items = [e for e in from_json(bytes(answer.body))["items"] if "redacted" not in e]
    kept = {n: v for n, v in answer.headers.items() if n in ("link", BEHIND.lower())}
    batch = to_json([cloud_event(each, service.log.id) for each in items])
    return tagged(Response(batch, 200, {**kept, "Vary": "Accept"}, CLOUD_EVENTS))


def _check_names(service: Service, asked: Asked) -> None:
    with service.views.reading(asked[SIGHT]) as db:
        check_names(db, asked)


def _page(service: Service, request: Request, asked: Asked, selection: Selection) -> Response:
    with standing(service, asked, events=True) as here:
        limit, descending = asked.get("limit", DEFAULT_LIMIT), asked.get("order") == "desc"
        after, before = asked.get("after", 0), asked.get("before", here.as_of.position + 1)
        before = min(before, here.as_of.position + 1)
        if asked[FROM] is not None:
            after, before = (after, asked[FROM]) if descending else (asked[FROM], before)
        found = positions(here.db, selection, after, before, limit + 1, descending=descending)
        items = event_answers(here.db, service.log.at(found[:limit]))
        last = found[limit - 1] if len(found) > limit else None
        answer = page(service, request, items, last, here.echo)
        answer.headers.update(behind_header(here))
        return tagged(answer)


async def _live(
    service: Service, feed: Feed, selection: Selection, after: int, seen: int, end: int | None
) -> AsyncIterator[bytes]:
    """The remaining events, then every new one soon after the views hold it.

    And what a raised marking took away from the reader after the position `seen`.
    """
    announced, clock = False, asyncio.get_running_loop().time
    spoken = clock()
    with feed.reading():
        while True:
            moved, until = feed.round(), feed.position if announced else service.follower.position
            until = until if end is None else min(until, end - 1)
            while after < until:
                make = partial(_some, service, selection, after, until)
                # Markings count as they are now: what was sent to others before is not sent again.
                key = selection, after, until, service.follower.position
                chunk, after = await feed.batch(key, make)
                if chunk:
                    spoken = clock()
                    yield chunk
            if seen < until and selection.sight.level < UNRESTRICTED.level:
                vanish = partial(_vanished, service, selection, seen, until)
                chunk, seen = await feed.batch(("vanished", selection, seen, until), vanish)
                if chunk:
                    yield chunk
            over = end is not None and after >= end - 1
            if not announced:
                announced = True
                yield caught_up_event(after, last=over)
            if over:
                return
            if service.stopping.is_set():
                raise StreamCut
            await moved.wait()
            if clock() - spoken > QUIET_SECONDS - BEAT_SECONDS:
                spoken = clock()
                yield KEEPALIVE_COMMENT


async def _some(service: Service, selection: Selection, after: int, until: int) -> Made:
    """The next events as they are sent, and the position that they reach."""
    following = batches(service, selection, after, until)
    # Few events are read directly, because a thread would cost more.
    few = until - after <= FEW and service.node.writes  # the log of a node may be far away
    batch = next(following, None) if few else await anyio.to_thread.run_sync(next, following, None)
    if not batch:
        return b"", until
    reached = batch[-1].position if selection.everything or len(batch) == CHUNK else until
    return b"".join(map(_sse, batch)), reached


async def _vanished(service: Service, selection: Selection, after: int, until: int) -> Made:
    """What is sent if raised markings took something away, and the position that this is known for."""

    def told() -> bytes:
        with service.views.reading() as db:
            if not has_vanished(db, selection, after, until):
                return b""
        with service.views.reading(selection.sight) as db:
            return marking_changed_event(last_position(db, until))

    with service.views.reading() as db:
        changed = levels_changed(db, after, until)
    return await anyio.to_thread.run_sync(told) if changed else b"", until


def _seen(service: Service, asked: Asked) -> int:
    """The position after which a reader is told what vanishes: that of its mark, or the present one."""
    if "seen" not in asked:
        return service.follower.position
    return seen_position(service.log.secret, asked["seen"], asked[SIGHT].clearance)


def _end(service: Service, asked: Asked) -> int | None:
    """The position before which a stream ends: `before` or that of `known_at`; None if endless."""
    ends = [asked["before"]] if "before" in asked else []
    if "known_at" in asked:
        with standing(service, asked, events=True) as here:
            ends.append(here.as_of.position + 1)
    return min(ends, default=None)


def _sse(stored: Stored) -> bytes:
    return format_sse_event(id=str(stored.position), event=stored.type, data_str=stored.wire().decode())
