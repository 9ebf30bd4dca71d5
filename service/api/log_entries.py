"""The log exactly as it is stored, for mirrors: entries with salts and keys, and the list of all keys.

It is for whoever may see everything, and nobody else learns anything of it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import nullcontext, suppress
from itertools import groupby

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from domain.vocabulary import MARKINGS
from service.access import security_log
from service.api.event_schema import CaughtUp
from service.evidence.checking import stored_paths
from service.evidence.store import NAME
from service.http.admission import address_of, principal_of
from service.http.live import Feed
from service.http.negotiation import accepted
from service.http.parameters import Asked, parameters
from service.http.preconditions import conditional
from service.http.problem_kinds import CONDITIONAL
from service.http.problems import Problem
from service.http.routing import NDJSON, Operation, Shape
from service.http.streaming import (
    StreamCut,
    Streams,
    caught_up_line,
    other_history,
    resume_after,
)
from service.log.port import EventLog, LogUnavailable
from service.log.recorder import KeyRow
from service.log.verbatim import Entry
from service.mirror.lines import (
    EntryLine,
    FileLine,
    Head,
    HeadLine,
    KeyLine,
    entry_line,
    file_line,
    head_line,
    key_line,
    key_tag,
)
from service.service import Service

AT_ONCE = 200
"""Entries that are read at a time, each with up to the size of a body."""
KEYS_AT_ONCE = 1_000
QUIET_SECONDS = 15.0
"""After how long a quiet live stream repeats its last line: the mirror sees that it is there."""
LOOK_SECONDS = 1.0
"""After how long the log is looked at although nobody has said that it has grown."""
QUERY = ("after", "before", "live", "log")
_PROBLEMS = ("bad-parameter", "unknown-parameter", "not-acceptable", "log-unavailable", "overloaded")


def operations(service: Service, streams: Streams) -> list[Operation]:
    """The operations that a mirror reads."""
    feed = Feed(service)

    async def entries(request: Request) -> Response:
        return await _entries(service, streams, feed, request)

    async def keys(request: Request) -> Response:
        return await _keys(service, streams, request)

    async def files(request: Request) -> Response:
        return _files(service, streams, request)

    return [
        Operation(
            "GET",
            "/v1/log/evidence",
            files,
            name="log_evidence",
            summary="All stored files of evidence, with who has sent each: for mirrors.",
            tag="operations",
            query=("log",),
            returns={200: {NDJSON: Shape(FileLine | CaughtUp, "lines")}},
            problems=(*_PROBLEMS, "other-history"),
            role="admin",
        ),
        Operation(
            "GET",
            "/v1/log/entries",
            entries,
            name="log_entries",
            summary="The log as it is stored, with hashes, salts and keys: for mirrors.",
            tag="operations",
            query=QUERY,
            returns={200: {NDJSON: Shape(HeadLine | EntryLine | CaughtUp, "lines")}},
            problems=(*_PROBLEMS, "beyond-head", "other-history"),
            role="admin",
        ),
        Operation(
            "GET",
            "/v1/log/keys",
            keys,
            name="log_keys",
            summary="All keys of the log, in the order of their names: for mirrors.",
            tag="operations",
            query=("log",),
            returns={200: {NDJSON: Shape(KeyLine | CaughtUp, "lines")}},
            problems=(*_PROBLEMS, *CONDITIONAL, "other-history"),
            tagged=True,
            role="admin",
        ),
    ]


def _require_everything(request: Request) -> None:
    """Refuse whoever may not see everything, before anything else is looked at; raises `Problem`."""
    principal = principal_of(request)
    if not principal.sees_all:
        method, path = request.method, request.url.path
        security_log.forbidden(principal, "admin", method, path, address_of(request.scope))
        raise Problem("forbidden", f"this takes the clearance {MARKINGS[-1]} as well", role="admin")


async def _entries(service: Service, streams: Streams, feed: Feed, request: Request) -> Response:
    _require_everything(request)
    asked = parameters(request, *QUERY)
    accepted(request, NDJSON)
    after = await resume_after(service, request, asked, NDJSON)
    return _sent(streams, request, _lines(service, feed, asked, after))


async def _lines(service: Service, feed: Feed, asked: Asked, after: int) -> AsyncIterator[bytes]:
    """Which log it is, and all remaining entries; live, every new one as soon as it is stored."""
    log, live = service.log, asked.get("live") == "true"
    end = asked["before"] - 1 if "before" in asked else None
    yield await anyio.to_thread.run_sync(_head, log, after)
    with feed.reading() if live else nullcontext():
        while True:
            head = await anyio.to_thread.run_sync(log.head)
            until = head if end is None else min(end, head)
            while after < until:
                _go_on(service)
                chunk, after = await anyio.to_thread.run_sync(_some, log, after, until)
                yield chunk
            _go_on(service)
            yield caught_up_line(after)
            if not live or (end is not None and after >= end):
                return
            await _growth(service, feed, head)


def _go_on(service: Service) -> None:
    """Raise `StreamCut` if the service stops: what was sent is not the whole."""
    if service.stopping.is_set():
        raise StreamCut


async def _growth(service: Service, feed: Feed, head: int) -> None:
    """Wait until the log reaches beyond its head, or a quiet stream has to say that it is there."""
    clock = asyncio.get_running_loop().time
    quiet = clock() + QUIET_SECONDS
    while clock() < quiet and not service.stopping.is_set():
        moved = feed.round()
        if await anyio.to_thread.run_sync(service.log.head) > head:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await moved.wait()


def _head(log: EventLog, after: int) -> bytes:
    """The first line. The head is read last, so that it never is before the position asked about."""
    digest = log.digest_at(after)
    assert digest is not None, "it was compared with the head"
    return head_line(Head(log.id, log.secret, after, digest, log.head()))


def _some(log: EventLog, after: int, until: int) -> tuple[bytes, int]:
    """The lines of the next entries, and the position that they reach."""
    with log.snapshot() as stored:
        found = stored.entries(after, min(AT_ONCE, until - after))
        if not found:
            raise LogUnavailable(f"the log lacks events after position {after}")
        reached = found[-1].position
        named = stored.keys_of(after, reached)
    return b"".join(_entry_lines(found, named)), reached


def _entry_lines(found: Sequence[Entry], named: Sequence[KeyRow]) -> Iterator[bytes]:
    by_position = groupby(sorted(named, key=lambda key: key[1]), key=lambda key: key[1])
    keys = {position: list(each) for position, each in by_position}
    for entry in found:
        yield entry_line(entry, keys.get(entry.position, ()))


def _files(service: Service, streams: Streams, request: Request) -> Response:
    _require_everything(request)
    _require_log(service, parameters(request, "log"))
    accepted(request, NDJSON)
    return _sent(streams, request, _file_lines(service))


def _file_lines(service: Service) -> Iterator[bytes]:
    """All stored files, and the position of the head when they had been listed."""
    store = service.evidence
    for path in stored_paths(store):
        _go_on(service)
        if NAME.fullmatch(path.name) and (size := store.size(path.name)) is not None:
            yield file_line(path.name, size, store.senders(path.name))
    yield caught_up_line(service.log.head())


def _sent(
    streams: Streams, request: Request, lines: AsyncIterator[bytes] | Iterator[bytes]
) -> Response:
    """An answer of lines that nobody on its way may keep: the secret of the log is in it."""
    answer = streams.answer(request, lines, NDJSON)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _require_log(service: Service, asked: Asked) -> None:
    """Refuse what is asked of another log; raises `Problem`."""
    if "log" in asked and (other := other_history(service, asked["log"])):
        raise other


async def _keys(service: Service, streams: Streams, request: Request) -> Response:
    _require_everything(request)
    _require_log(service, parameters(request, "log"))
    accepted(request, NDJSON)
    answer = _sent(streams, request, _key_lines(service))
    answer.headers["ETag"] = key_tag(await anyio.to_thread.run_sync(_key_count, service.log))
    return conditional(request, answer)


def _key_count(log: EventLog) -> int:
    with log.snapshot() as stored:
        return stored.key_count()


def _key_lines(service: Service) -> Iterator[bytes]:
    """All keys, and the position of the head when they had been read."""
    last = ""
    while True:
        _go_on(service)
        with service.log.snapshot() as stored:
            rows = stored.keys(last, KEYS_AT_ONCE)
        if not rows:
            break
        yield b"".join(map(key_line, rows))
        last = rows[-1][0]
    yield caught_up_line(service.log.head())
