"""Import over HTTP, streaming both ways: one command a line in, refusals and a count out.

The answer begins before the request has ended, so it reads the request itself, as plain ASGI.
Memory stays constant for any length: lines go to the writer in batches, and what must be remembered
to the end (how often a line occurred, which were refused) waits on disk, so that a client may write
everything before it reads anything.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import anyio.to_thread
from pydantic_core import to_json
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from domain.errors import Fault, Refused
from service.http.bodies import check_media_type
from service.http.parameters import parameters
from service.http.problems import Problem, as_json, problem_of, response
from service.interop.import_lines import Content, Lines, RawLine, content_of
from service.service import Service
from service.write.decisions import Outcome, Request
from service.write.writer import Answer, Overloaded

MEDIA_TYPE = "application/x-ndjson"
BATCH_LINES = 1_000
BATCH_BYTES = 1_048_576
IDLE_SECONDS = 0.2
PROGRESS_SECONDS = 1.0


@dataclass(slots=True)
class Tally:
    """What became of the lines so far."""

    lines: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    position: int = 0


class Spool:
    """What an import must remember to its end, in a private file that goes with it."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("CREATE TABLE seen (line BLOB PRIMARY KEY, n INTEGER) WITHOUT ROWID")
        self._db.execute("CREATE TABLE refused (line INTEGER PRIMARY KEY, answer BLOB)")
        self._db.execute("BEGIN")

    def occurrence(self, digest: bytes) -> int:
        """How many times this content has come, this time included."""
        row = self._db.execute(
            "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n",
            (digest,),
        ).fetchone()
        return int(row[0])

    def refuse(self, line: int, problem: Problem) -> None:
        """Keep a refusal for the end."""
        answer = to_json({"line": line, "refused": as_json(problem)}) + b"\n"
        self._db.execute("INSERT INTO refused VALUES (?, ?)", (line, answer))

    def refusals(self) -> Iterator[bytes]:
        """The refusals, by line."""
        for row in self._db.execute("SELECT answer FROM refused ORDER BY line"):
            yield row[0]

    def close(self) -> None:
        """Forget everything."""
        self._db.close()


@dataclass(frozen=True, slots=True)
class Asked:
    """A line that asks for something: its number, the name of its command, the request."""

    number: int
    name: str
    request: Request


@dataclass(frozen=True, slots=True)
class Misread:
    """A line that cannot be read; if its own key is known by then it is a duplicate all the same."""

    number: int
    key: str | None
    error: Exception


@dataclass(slots=True)
class Ready:
    """Lines read, up to the `last`: what they ask for, which cannot be read, how many are known."""

    last: int
    asked: list[Asked] = field(default_factory=list)
    misread: list[Misread] = field(default_factory=list)
    duplicates: int = 0


class Import(Response):
    """The answer to an import, which takes the request while it is sent."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HttpRequest(scope)
        try:
            parameters(request)
            check_media_type(request, MEDIA_TYPE)
        except Problem as problem:
            await response(problem)(scope, receive, send)
            return
        headers = [(b"content-type", MEDIA_TYPE.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        run = _Run(self._service, receive, send)
        try:
            await run.through()
        finally:
            run.close()


class Gone(Exception):
    """The client left before its body ended; what was committed stays."""


class _Run:
    """One import from first to last line."""

    def __init__(self, service: Service, receive: Receive, send: Send) -> None:
        self._service, self._receive, self._send = service, receive, send
        self._lines = Lines(service.settings.body_limit)
        self._tally = Tally()
        self._spool = Spool()
        self._writing: asyncio.Task[None] | None = None
        self._progress: asyncio.Task[None] | None = None
        self._told = time.monotonic()

    async def through(self) -> None:
        """Read all lines, then send the refusals and the count."""
        failed: Exception | None = None
        try:
            async for batch in self._batches():
                await self._take(batch)
            await self._written()
            self._tally.position = max(self._tally.position, self._service.log.head())
        except Exception as error:
            failed = error
        with suppress(Exception):
            await self._written()
        if isinstance(failed, Gone):
            return
        if self._progress is not None:
            await self._progress
        for answers in self._refusals():
            await self._body(answers)
        await self._body(to_json(self._last_line(failed)) + b"\n", more=False)

    def close(self) -> None:
        """Leave nothing behind, also where the service was stopped in the middle."""
        for task in (self._writing, self._progress):
            if task is not None:
                task.cancel()
        self._spool.close()

    def _last_line(self, failed: Exception | None) -> dict[str, Any]:
        tally = self._tally
        counts = {
            "accepted": tally.accepted,
            "duplicates": tally.duplicates,
            "refused": tally.refused,
            "position": tally.position,
        }
        if failed is None:
            return {"done": True, **counts}
        return {"done": False, **counts, "failed": as_json(problem_of(failed))}

    async def _batches(self) -> AsyncIterator[list[RawLine]]:
        """Lines in batches: full ones, or what is there when nothing more comes for a moment."""
        waiting, size = list[RawLine](), 0
        async for chunk in self._chunks():
            fresh = self._lines.feed(chunk) if chunk is not None else []
            waiting += fresh
            size += len(chunk or b"")
            if waiting and (chunk is None or len(waiting) >= BATCH_LINES or size >= BATCH_BYTES):
                yield waiting
                waiting, size = [], 0
            self._tell()
        waiting += self._lines.finish()
        if waiting:
            yield waiting

    async def _chunks(self) -> AsyncIterator[bytes | None]:
        """The body; None where nothing came for a moment."""
        receiving: asyncio.Task[Message] | None = None
        try:
            while True:
                receiving = receiving or asyncio.ensure_future(_received(self._receive))
                done, _ = await asyncio.wait([receiving], timeout=IDLE_SECONDS)
                if not done:
                    yield None
                    continue
                message, receiving = receiving.result(), None
                if message["type"] == "http.disconnect":
                    raise Gone
                yield message.get("body", b"")
                if not message.get("more_body", False):
                    return
        finally:
            if receiving is not None:
                receiving.cancel()

    async def _take(self, batch: Sequence[RawLine]) -> None:
        """Read a batch while the one before it is being written."""
        ready = await anyio.to_thread.run_sync(self._read, batch)
        await self._written()
        self._writing = asyncio.ensure_future(self._write(ready))

    async def _written(self) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await writing

    async def _write(self, ready: Ready) -> None:
        """Have a batch written, and count what became of each of its lines."""
        known = await self._known([line.key for line in ready.misread if line.key])
        first: dict[str | None, int] = {}
        if ready.asked:
            future = await self._submit([line.request for line in ready.asked])
            answers = await asyncio.wrap_future(future)
            for line, answer in zip(ready.asked, answers, strict=True):
                if self._took(line, answer):
                    first.setdefault(line.request.key, line.number)
        for misread in ready.misread:
            if misread.key in known or first.get(misread.key, misread.number) < misread.number:
                self._tally.duplicates += 1
            else:
                self._refuse(misread.number, misread.error)
        self._tally.duplicates += ready.duplicates
        self._tally.lines = ready.last

    async def _known(self, keys: Sequence[str]) -> set[str]:
        """Which keys are known by now, all lines of earlier batches being written."""
        if not keys:
            return set()
        return set(await anyio.to_thread.run_sync(self._service.log.known_marks, keys))

    async def _submit(self, requests: Sequence[Request]) -> "Future[list[Answer]]":
        while True:
            with suppress(Overloaded):
                return self._service.writer.submit(requests)
            await asyncio.sleep(IDLE_SECONDS)

    def _took(self, line: Asked, answer: Answer) -> bool:
        if not isinstance(answer, Outcome):
            self._refuse(line.number, _at(answer, f"/{line.name}"))
            return False
        self._tally.accepted += answer.new
        self._tally.duplicates += not answer.new
        self._tally.position = max(self._tally.position, answer.position)
        return True

    def _refuse(self, number: int, error: Exception) -> None:
        self._tally.refused += 1
        self._spool.refuse(number, problem_of(error))

    def _read(self, batch: Sequence[RawLine]) -> Ready:
        """Read lines into requests; a known key is a duplicate before any other check."""
        ready, keyed = Ready(batch[-1].number), list[tuple[int, str, Content]]()
        for line in batch:
            try:
                content = content_of(line, self._service.settings.body_limit)
            except (Refused, Problem) as error:
                ready.misread.append(Misread(line.number, None, error))
            else:
                keyed.append((line.number, self._key(content), content))
        known = self._service.log.known_marks([key for _, key, _ in keyed])
        for number, key, content in keyed:
            if key in known:
                ready.duplicates += 1
                continue
            try:
                name, command = content.command()
            except Refused as error:
                ready.misread.append(Misread(number, content.own_key and key, error))
            else:
                request = Request(command, self._service.settings.actor, key=key)
                ready.asked.append(Asked(number, name, request))
        return ready

    def _key(self, content: Content) -> str:
        """A line's key: its own, or its canonical content and which occurrence of it this is."""
        actor = self._service.settings.actor
        if content.own_key is not None:
            return f"import-key:{actor}:{content.own_key}"
        digest = content.digest
        return f"import:{actor}:{digest.hex()}:{self._spool.occurrence(digest)}"

    def _refusals(self) -> Iterator[bytes]:
        chunk = bytearray()
        for answer in self._spool.refusals():
            chunk += answer
            if len(chunk) > 65_536:
                yield bytes(chunk)
                chunk.clear()
        if chunk:
            yield bytes(chunk)

    def _tell(self) -> None:
        """Say how far the import is, at most once a second, and never wait for the reader."""
        now = time.monotonic()
        if now - self._told < PROGRESS_SECONDS or not (self._progress is None or self._progress.done()):
            return
        self._told = now
        progress = {"lines": self._tally.lines, "position": self._tally.position}
        line = to_json({"progress": progress}) + b"\n"
        self._progress = asyncio.ensure_future(self._body(line))

    async def _body(self, body: bytes, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})


async def _received(receive: Receive) -> Message:
    return await receive()


def _at(error: Exception, base: str) -> Exception:
    """A refusal whose pointers lead into the line, not into the command."""
    if not isinstance(error, Refused) or not error.faults:
        return error
    faults = [Fault(base + fault.pointer, fault.message) for fault in error.faults]
    pointed = error.faults[0].pointer and error.detail.startswith(error.faults[0].pointer)
    detail = base + error.detail if pointed else error.detail
    return Refused(error.code, detail, faults, error.version)
