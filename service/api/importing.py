"""Import over HTTP, streaming both ways: one command a line in, refusals and a count out.

Served as plain ASGI, since the answer begins before the request has ended. Memory stays constant
for any length: lines go to the writer in batches, and what must be remembered to the end (how often
a line occurred, which were refused) waits on disk, so that a client may write everything before it
reads anything.
"""

import asyncio
import hashlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
from pydantic import ValidationError
from pydantic_core import from_json, to_json
from starlette.requests import Request as HttpRequest
from starlette.types import Message, Receive, Scope, Send

from domain.commands import (
    Command,
    CorrectReport,
    DefineIndicator,
    FileReport,
    GradeClaim,
    GradeSource,
    HoldReport,
    LinkClaim,
    MarkReport,
    RegisterSource,
    ReleaseReport,
    UnlinkClaim,
    WithdrawReport,
)
from domain.errors import Fault, Refused
from domain.vocabulary import Line, Model
from service.api.asking import parameters
from service.api.bodies import refusal
from service.api.problems import Problem, as_json, problem_of, response
from service.core import Service
from service.deciding import Outcome, Request
from service.writer import Answer, Overloaded

MEDIA_TYPE = "application/x-ndjson"
BATCH_LINES = 500
BATCH_BYTES = 1_048_576
IDLE_SECONDS = 0.2
PROGRESS_SECONDS = 1.0


class ImportLine(Model):
    """One line of an import: exactly one command, and a key of its own if the caller has one."""

    key: Line | None = None
    define_indicator: DefineIndicator | None = None
    register_source: RegisterSource | None = None
    grade_source: GradeSource | None = None
    file_report: FileReport | None = None
    correct_report: CorrectReport | None = None
    withdraw_report: WithdrawReport | None = None
    hold_report: HoldReport | None = None
    release_report: ReleaseReport | None = None
    mark_report: MarkReport | None = None
    grade_claim: GradeClaim | None = None
    link_claim: LinkClaim | None = None
    unlink_claim: UnlinkClaim | None = None


COMMANDS = tuple(name for name in ImportLine.model_fields if name != "key")


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
        self._db.execute("INSERT OR REPLACE INTO refused VALUES (?, ?)", (line, answer))

    def refusals(self) -> Iterator[bytes]:
        """The refusals, by line."""
        for row in self._db.execute("SELECT answer FROM refused ORDER BY line"):
            yield row[0]

    def close(self) -> None:
        """Forget everything."""
        self._db.close()


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line as it came; None where it was longer than the limit."""

    number: int
    text: bytes | None


@dataclass(slots=True)
class Ready:
    """Lines read: those with commands, and what already became of the others."""

    numbers: list[int]
    requests: list[Request]
    names: list[str]
    duplicates: int


class Lines:
    """Cuts chunks of bytes into lines; a line over the limit is passed over, not kept."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = bytearray()
        self._skipping = False
        self._number = 0

    def feed(self, chunk: bytes) -> list[RawLine]:
        """The lines that end in this chunk."""
        *ended, rest = chunk.split(b"\n")
        lines = [self._end(part) for part in ended]
        self._keep(rest)
        return [line for line in lines if line is not None]

    def finish(self) -> list[RawLine]:
        """The last line, if it has no line end."""
        line = self._end(b"") if self._rest or self._skipping else None
        return [line] if line else []

    def _end(self, part: bytes) -> RawLine | None:
        self._keep(part)
        text, skipped = bytes(self._rest).strip(), self._skipping
        self._rest.clear()
        self._skipping = False
        self._number += 1
        if skipped:
            return RawLine(self._number, None)
        return RawLine(self._number, text) if text else None

    def _keep(self, part: bytes) -> None:
        self._rest += part
        if len(self._rest) > self._limit:
            self._rest.clear()
            self._skipping = True


class Import:
    """The endpoint."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            _check(HttpRequest(scope))
        except Problem as problem:
            await response(problem)(scope, receive, send)
            return
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", MEDIA_TYPE.encode())],
            }
        )
        run = _Run(self._service, receive, send)
        try:
            await run.through()
        finally:
            run.spool.close()


def _check(request: HttpRequest) -> None:
    parameters(request)
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != MEDIA_TYPE:
        raise Problem("wrong-media-type", f"got '{given}'; send Content-Type: {MEDIA_TYPE}")


class Gone(Exception):
    """The client left before its body ended; what was committed stays."""


class _Run:
    """One import from first to last line."""

    def __init__(self, service: Service, receive: Receive, send: Send) -> None:
        self._service, self._receive, self._send = service, receive, send
        self._lines = Lines(service.settings.body_limit)
        self._tally = Tally()
        self.spool = Spool()
        self._writing: asyncio.Future[None] | None = None
        self._progress: asyncio.Task[None] | None = None
        self._told = time.monotonic()

    async def through(self) -> None:
        """Read all lines, then send the refusals and the count."""
        failed: Exception | None = None
        try:
            async for batch in self._batches():
                await self._take(batch)
            await self._written()
        except Gone:
            return
        except Exception as error:
            failed = error
        if self._progress is not None:
            await self._progress
        for answers in self._refusals():
            await self._body(answers)
        await self._body(to_json(self._last_line(failed)) + b"\n", more=False)

    def _last_line(self, failed: Exception | None) -> dict[str, Any]:
        tally = self._tally
        counts = {
            "accepted": tally.accepted,
            "duplicates": tally.duplicates,
            "refused": tally.refused,
            "position": max(tally.position, self._service.log.head() if not failed else 0),
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
        self._tally.lines = batch[-1].number
        self._tally.duplicates += ready.duplicates
        if ready.requests:
            self._writing = asyncio.ensure_future(self._write(ready))

    async def _written(self) -> None:
        if self._writing is not None:
            await self._writing
            self._writing = None

    async def _write(self, ready: Ready) -> None:
        future = await self._submit(ready.requests)
        answers = await asyncio.wrap_future(future)
        for number, name, answer in zip(ready.numbers, ready.names, answers, strict=True):
            self._count(number, name, answer)

    async def _submit(self, requests: Sequence[Request]) -> "Future[list[Answer]]":
        while True:
            with suppress(Overloaded):
                return self._service.writer.submit(requests)
            await asyncio.sleep(IDLE_SECONDS)

    def _count(self, number: int, name: str, answer: Answer) -> None:
        tally = self._tally
        if isinstance(answer, Outcome):
            tally.accepted += answer.new
            tally.duplicates += not answer.new
            tally.position = max(tally.position, answer.position)
        else:
            tally.refused += 1
            self.spool.refuse(number, problem_of(_at(answer, f"/{name}")))

    def _read(self, batch: Sequence[RawLine]) -> Ready:
        """Read lines into requests; a known key is a duplicate before any other check."""
        keyed = [(line, *self._keyed(line)) for line in batch]
        known = self._service.log.known_marks([key for _, key, _ in keyed if key])
        ready = Ready([], [], [], 0)
        for line, key, refused in keyed:
            if refused is None and key in known:
                ready.duplicates += 1
                continue
            try:
                if refused is not None or line.text is None:
                    raise refused or AssertionError
                name, command = command_of(line.text)
            except (Refused, Problem) as error:
                self._tally.refused += 1
                self.spool.refuse(line.number, problem_of(error))
                continue
            ready.numbers.append(line.number)
            ready.names.append(name)
            ready.requests.append(Request(command, self._service.settings.actor, key=key))
        return ready

    def _keyed(self, line: RawLine) -> tuple[str, Exception | None]:
        """A line's key: its own, or its canonical content and which occurrence of it this is."""
        actor = self._service.settings.actor
        if line.text is None:
            limit = self._service.settings.body_limit
            return "", Problem("too-large", f"the line is longer than {limit:,} bytes; split it")
        try:
            content = from_json(line.text)
            own = content.get("key") if isinstance(content, dict) else None
            if isinstance(own, str):
                return f"import-key:{actor}:{own}", None
            canonical = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
        except (ValueError, RecursionError) as error:
            return "", _not_json(error)
        digest = hashlib.blake2b(canonical, digest_size=16).digest()
        return f"import:{actor}:{digest.hex()}:{self.spool.occurrence(digest)}", None

    def _refusals(self) -> Iterator[bytes]:
        chunk = bytearray()
        for answer in self.spool.refusals():
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


def command_of(text: bytes) -> tuple[str, Command]:
    """The command of one import line, with its name; raises `Refused`."""
    try:
        line = ImportLine.model_validate_json(text)
    except ValidationError as error:
        raise refusal(error, ImportLine) from None
    given = [(name, command) for name in COMMANDS if (command := getattr(line, name)) is not None]
    if len(given) != 1:
        what = " and ".join(name for name, _ in given) or "none"
        fault = Fault(
            "", f"a line holds exactly one command, here {what}; they are {', '.join(COMMANDS)}"
        )
        raise Refused("invalid", fault.message, (fault,))
    return given[0]


def _not_json(error: Exception) -> Refused:
    fault = Fault("", f"is not JSON: {error}")
    return Refused("invalid", f"the line is not JSON: {error}", (fault,))


def _at(error: Exception, base: str) -> Exception:
    """A refusal whose pointers lead into the line, not into the command."""
    if not isinstance(error, Refused) or not error.faults:
        return error
    faults = [Fault(base + fault.pointer, fault.message) for fault in error.faults]
    pointed = error.faults[0].pointer and error.detail.startswith(error.faults[0].pointer)
    detail = base + error.detail if pointed else error.detail
    return Refused(error.code, detail, faults, error.version)
