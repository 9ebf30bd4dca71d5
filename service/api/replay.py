"""The replay over HTTP: estimates before and after each event, optionally paced."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from functools import partial

import anyio.to_thread
from fastapi.sse import format_sse_event
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from projections.answers.as_of import AsOf
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.replay import Touch, replay, touches
from projections.tables.journal import recorded_at
from projections.tables.sight import Sight
from service.api.event_schema import CaughtUp, CaughtUpEvent
from service.http.lookups import check_names
from service.http.negotiation import accepted
from service.http.parameters import SIGHT, TIMES, Asked, parameters
from service.http.problem_kinds import READ
from service.http.routing import NDJSON, SSE, Operation, Shape
from service.http.streaming import (
    StreamCut,
    Streams,
    caught_up_event,
    caught_up_line,
    nothing_more,
    resume_after,
)
from service.http.times import caught_up, position_of_time, require_sound, standing
from service.query.cleared_events import seen_events
from service.query.estimates import estimate
from service.query.events import FrameAnswer, frame_answer
from service.query.standpoint import Standpoint
from service.service import Service

FRAMES = 20
"""Frames computed at a time."""
QUERY = (*TIMES, "indicator", "after", "until", "speed", "log")
_LAST_NAME = "\U0010ffff"
"""Sorts after every indicator's id."""


Estimates = dict[str, EstimateAnswer]
"""By indicator, the last estimate that was sent."""
Write = Callable[[FrameAnswer, bool], bytes]
"""Writes a frame; the second argument says whether it is the last of its position."""


def operations(service: Service, streams: Streams) -> list[Operation]:
    """The operation that replays the log."""

    async def replayed(request: Request) -> Response:
        return await _replay(service, streams, request)

    returns = {
        NDJSON: Shape(FrameAnswer | CaughtUp, "lines"),
        SSE: Shape(FrameAnswer | CaughtUpEvent, "lines"),
    }
    return [
        Operation(
            "GET",
            "/v1/replay",
            replayed,
            name="replay",
            summary="Estimates before and after each event.",
            tag="reading",
            query=QUERY,
            returns={200: returns, 204: {}},
            problems=(*READ, "not-acceptable", "beyond-head"),
        )
    ]


async def _replay(service: Service, streams: Streams, request: Request) -> Response:
    asked = parameters(request, *QUERY)
    media_type = accepted(request, NDJSON, SSE)
    after = await resume_after(service, request, asked, media_type)
    await caught_up(service, asked)
    with standing(service, asked) as here:
        as_of = here.as_of
        check_names(here.db, asked)
        until = position_of_time(here.db, asked.get("until", as_of.position))
    until = min(until, as_of.position)
    write = _sse_frame if media_type == SSE else _ndjson_frame
    frames = _frames(service, asked, as_of, after, until, write)
    return nothing_more(request, media_type, until) or streams.answer(request, frames, media_type)


def _ndjson_frame(frame: FrameAnswer, last: bool) -> bytes:
    return to_json(frame) + b"\n"


def _sse_frame(frame: FrameAnswer, last: bool) -> bytes:
    # Only the last frame of a position has an id: whoever resumes after an id has missed none of it.
    position = str(frame["position"]) if last else None
    return format_sse_event(id=position, event="frame", data_str=to_json(frame).decode())


async def _frames(
    service: Service, asked: Asked, as_of: AsOf, after: int, until: int, write: Write
) -> AsyncIterator[bytes]:
    """Frames, computed in batches; paced, each waits for the time between events divided by speed."""
    known: Estimates = {}
    speed, previous_at = asked.get("speed"), 0
    last: Touch = (after, _LAST_NAME)
    held: FrameAnswer | None = None
    while True:
        _go_on(service)
        page_of = (service, asked[SIGHT], asked.get("indicator"), as_of, last, until, known)
        batch = await anyio.to_thread.run_sync(_some_frames, *page_of)
        for at, frame in batch:
            if held is not None:
                yield write(held, held["position"] != frame["position"])
                await _pause(service, 0.0 if speed is None else (at - previous_at) / 1e6 / speed)
                _go_on(service)
            held, previous_at = frame, at
        if len(batch) < FRAMES:
            break
        last = batch[-1][1]["position"], batch[-1][1]["indicator"]
    if held is not None:
        yield write(held, True)
    end = max(after, until)
    yield caught_up_event(end, last=True) if write is _sse_frame else caught_up_line(end)


def _go_on(service: Service) -> None:
    """Raise `StreamCut` if the service stops: what was sent is not the whole."""
    if service.stopping.is_set():
        raise StreamCut


async def _pause(service: Service, seconds: float) -> None:
    """Wait between two frames, but not past the end of the service."""
    while seconds > 0 and not service.stopping.is_set():
        await asyncio.sleep(min(seconds, 0.5))
        seconds -= 0.5


def _some_frames(
    service: Service,
    sight: Sight,
    indicator: str | None,
    as_of: AsOf,
    last: Touch,
    until: int,
    known: Estimates,
) -> list[tuple[int, FrameAnswer]]:
    """The next frames, each with the record time of its event in microseconds."""
    require_sound(service)
    with service.views.reading(sight) as db:
        touched = touches(db, indicator, last, until, FRAMES)
        headline = partial(_headline, service, db)
        frames = list(replay(headline, touched, as_of, known))
        stamps = {frame.position: recorded_at(db, frame.position) or 0 for frame in frames}
        events = seen_events(db, service.log.at(sorted(stamps)))
    bodies = {each.position: each for each in events}
    return [
        (stamps[frame.position], frame_answer(frame, stamps[frame.position], bodies[frame.position]))
        for frame in frames
    ]


def _headline(service: Service, db: sqlite3.Connection, name: str, as_of: AsOf) -> EstimateAnswer:
    return estimate(Standpoint(db, as_of, suspect=service.suspects), name, with_cohorts=False)
