"""Import over HTTP, streaming both ways: one command per line in, refusals and a count out.

The answer starts before the request has ended, so this reads the request itself, as plain ASGI. Memory
stays constant for any length: lines go to the writer in batches, and refusals wait on disk until the
end, so that a client may send everything before it reads anything.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import anyio.to_thread
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from typing_extensions import TypedDict

from domain.errors import Fault, Refused
from service.http.bodies import check_media_type
from service.http.parameters import parameters
from service.http.problem_kinds import READ
from service.http.problems import Problem, ProblemBody, problem_body, problem_of, problem_response
from service.http.routing import NDJSON, Body, Operation, Shape
from service.interop.import_batch import LineBatch, LineReader, LineRequest
from service.interop.import_lines import ImportLine, Lines, RawLine
from service.interop.import_spool import RefusedLine, Spool
from service.service import Service
from service.write.decisions import Outcome, WriteRequest
from service.write.writer import Answer, Overloaded

BATCH_LINES = 1_000
BATCH_BYTES = 1_048_576
IDLE_SECONDS = 0.2
PROGRESS_SECONDS = 1.0


class Progress(TypedDict):
    """How far an import is: lines read, and the last position written."""

    lines: int
    position: int


class ProgressLine(TypedDict):
    """The progress of an import, sent at most once a second while the body is still coming."""

    progress: Progress


class Counts(TypedDict):
    """What became of the lines of an import, and the last position written."""

    accepted: int
    duplicates: int
    refused: int
    position: int


class DoneLine(Counts):
    """The last line of an import that read its whole body."""

    done: Literal[True]


class FailedLine(Counts):
    """The last line of an import that could not go on; what it counts is written."""

    done: Literal[False]
    failed: ProblemBody


def operations(service: Service) -> list[Operation]:
    """The operation that imports."""

    async def imported(request: Request) -> Response:
        return Import(service)

    answers = RefusedLine | ProgressLine | DoneLine | FailedLine
    return [
        Operation(
            "POST",
            "/v1/import",
            imported,
            name="Import",
            summary="Import any number of commands, one per line, and answer while they arrive.",
            tag="writing",
            body=Body(ImportLine, media_type=NDJSON),
            returns={200: {NDJSON: Shape(answers, "lines")}},
            problems=("wrong-media-type", "cross-origin", *READ),
        )
    ]


@dataclass(slots=True)
class Tally:
    """What became of the lines so far."""

    lines: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    position: int = 0


class Import(Response):
    """The answer to an import, which reads the request while it is sent."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        try:
            parameters(request)
            check_media_type(request, NDJSON)
        except Problem as problem:
            await problem_response(problem)(scope, receive, send)
            return
        headers = [(b"content-type", NDJSON.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        run = _Run(self._service, receive, send)
        try:
            await run.complete()
        finally:
            run.close()


class Gone(Exception):
    """The client left before its body ended; what was committed stays."""


class _Run:
    """One import from its first line to its last."""

    def __init__(self, service: Service, receive: Receive, send: Send) -> None:
        self._service, self._receive, self._send = service, receive, send
        self._lines = Lines(service.settings.body_limit)
        self._tally = Tally()
        self._spool = Spool()
        self._reader = LineReader(
            service.settings.actor,
            service.settings.body_limit,
            self._spool.occurrence,
            service.log.stored_keys,
        )
        self._writing: asyncio.Task[None] | None = None
        self._progress: asyncio.Task[None] | None = None
        self._last_progress = time.monotonic()

    async def complete(self) -> None:
        """Read all lines, then send the refusals and the counts."""
        failed: Exception | None = None
        try:
            async for batch in self._batches():
                await self._take(batch)
            await self._finish_writing()
            self._tally.position = max(self._tally.position, self._service.log.head())
        except Exception as error:
            failed = error
        with suppress(Exception):
            await self._finish_writing()
        if isinstance(failed, Gone):
            return
        if self._progress is not None:
            await self._progress
        for refusals in self._spool.refusals():
            await self._body(refusals)
        await self._body(to_json(self._last_line(failed)) + b"\n", more=False)

    def close(self) -> None:
        """Cancel what runs and delete what was kept, also where the service stopped in the middle."""
        for task in (self._writing, self._progress):
            if task is not None:
                task.cancel()
        self._spool.close()

    def _last_line(self, failed: Exception | None) -> DoneLine | FailedLine:
        tally = self._tally
        counts: Counts = {
            "accepted": tally.accepted,
            "duplicates": tally.duplicates,
            "refused": tally.refused,
            "position": tally.position,
        }
        if failed is None:
            return {"done": True, **counts}
        return {"done": False, **counts, "failed": problem_body(problem_of(failed))}

    async def _batches(self) -> AsyncIterator[list[RawLine]]:
        """Lines in batches: full ones, or what has arrived when nothing more comes for a moment."""
        waiting, size = list[RawLine](), 0
        async for chunk in self._chunks():
            fresh = self._lines.feed(chunk) if chunk is not None else []
            waiting += fresh
            size += len(chunk or b"")
            if waiting and (chunk is None or len(waiting) >= BATCH_LINES or size >= BATCH_BYTES):
                yield waiting
                waiting, size = [], 0
            self._report_progress()
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

    async def _take(self, lines: Sequence[RawLine]) -> None:
        """Read a batch while the one before it is being written."""
        batch = await anyio.to_thread.run_sync(self._reader.read, lines)
        await self._finish_writing()
        self._writing = asyncio.ensure_future(self._write(batch))

    async def _finish_writing(self) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await writing

    async def _write(self, batch: LineBatch) -> None:
        """Have a batch written, and count what became of each of its lines."""
        known = await self._known([line.key for line in batch.unreadable if line.key])
        first: dict[str | None, int] = {}
        if batch.requests:
            future = await self._submit([line.request for line in batch.requests])
            answers = await asyncio.wrap_future(future)
            for line, answer in zip(batch.requests, answers, strict=True):
                if self._accept(line, answer):
                    first.setdefault(line.request.key, line.number)
        for unreadable in batch.unreadable:
            if (
                unreadable.key in known
                or first.get(unreadable.key, unreadable.number) < unreadable.number
            ):
                self._tally.duplicates += 1
            else:
                self._refuse(unreadable.number, unreadable.error)
        self._tally.duplicates += batch.duplicates
        self._tally.lines = batch.last

    async def _known(self, keys: Sequence[str]) -> set[str]:
        """Which keys are known by now, all lines of earlier batches being written."""
        if not keys:
            return set()
        return set(await anyio.to_thread.run_sync(self._service.log.stored_keys, keys))

    async def _submit(self, requests: Sequence[WriteRequest]) -> "Future[list[Answer]]":
        while True:
            with suppress(Overloaded):
                return self._service.writer.submit(requests)
            await asyncio.sleep(IDLE_SECONDS)

    def _accept(self, line: LineRequest, answer: Answer) -> bool:
        """Count the answer to a line; return whether it was taken."""
        if not isinstance(answer, Outcome):
            self._refuse(line.number, _within(answer, f"/{line.name}"))
            return False
        self._tally.accepted += answer.new
        self._tally.duplicates += not answer.new
        self._tally.position = max(self._tally.position, answer.position)
        return True

    def _refuse(self, number: int, error: Exception) -> None:
        self._tally.refused += 1
        self._spool.refuse(number, problem_of(error))

    def _report_progress(self) -> None:
        """Send the progress, at most once a second, and never wait for the reader."""
        now, sending = time.monotonic(), self._progress is not None and not self._progress.done()
        if now - self._last_progress < PROGRESS_SECONDS or sending:
            return
        self._last_progress = now
        progress: Progress = {"lines": self._tally.lines, "position": self._tally.position}
        line: ProgressLine = {"progress": progress}
        self._progress = asyncio.ensure_future(self._body(to_json(line) + b"\n"))

    async def _body(self, body: bytes, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})


async def _received(receive: Receive) -> Message:
    return await receive()


def _within(error: Exception, base: str) -> Exception:
    """A refusal whose pointers lead into the line instead of the command."""
    if not isinstance(error, Refused) or not error.faults:
        return error
    faults = [Fault(base + fault.pointer, fault.message) for fault in error.faults]
    pointed = error.faults[0].pointer and error.detail.startswith(error.faults[0].pointer)
    detail = base + error.detail if pointed else error.detail
    return Refused(error.code, detail, faults, error.version)
