"""Import over HTTP, streaming both ways: one command per line in, refusals and a count out.

The answer starts before the request has ended, so this reads the request itself, as plain ASGI. Memory
stays constant for any length: lines go to the writer in batches, and refusals wait on disk until the
end, so that a client may send everything before it reads anything.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress

import anyio.to_thread
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from domain.errors import Fault, Refused
from service.http.admission import caller_of, principal_of
from service.http.bodies import check_media_type
from service.http.parameters import parameters
from service.http.problem_kinds import READ
from service.http.problems import Problem, problem_of, problem_response
from service.http.routing import NDJSON, Body, Operation, Shape
from service.http.turns import in_turn
from service.interop.import_batch import LineBatch, LineReader, LineRequest
from service.interop.import_lines import ImportLine, Lines, RawLine
from service.interop.import_spool import RefusedLine, Spool, SupersededLine
from service.interop.import_tally import DoneLine, FailedLine, ProgressLine, Tally
from service.service import Service
from service.write.decisions import Outcome, WriteRequest
from service.write.writer import Answer, Overloaded

BATCH_LINES = 1_000
BATCH_BYTES = 1_048_576
IDLE_SECONDS = 0.2
PROGRESS_SECONDS = 1.0


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
            query=("name",),
            body=Body(ImportLine, media_type=NDJSON),
            returns={200: {NDJSON: Shape(answers, "lines")}},
            problems=("wrong-media-type", "cross-origin", "no-room", *READ),
            role="analyst",
        )
    ]


class Import(Response):
    """The answer to an import, which reads the request while it is sent."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        try:
            asked = parameters(request, "name")
            check_media_type(request, NDJSON)
            run = _Run(self._service, request, asked.get("name"), receive, send)
        except Problem as problem:
            await problem_response(problem)(scope, receive, send)
            return
        headers = [(b"content-type", NDJSON.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            await run.complete()
        finally:
            run.close()


class Gone(Exception):
    """The client left before its body ended; what was committed stays."""


class _Run:
    """One import from its first line to its last."""

    def __init__(
        self, service: Service, request: Request, name: str | None, receive: Receive, send: Send
    ) -> None:
        principal, self._holds = principal_of(request), caller_of(request).holds
        self._service, self._receive, self._send = service, receive, send
        self._lines = Lines(service.settings.body_limit)
        self._tally = Tally()
        self._spool = Spool(service.settings.import_room)
        self._unkept: Problem | None = None
        limit = service.settings.body_limit
        self._reader = LineReader(service.log, principal, name, limit, self._spool.occurrence)
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
        try:
            for refusals in self._spool.refusals():
                await self._body(refusals)
            superseded = self._spool.superseded()
        except Problem as problem:
            failed, superseded = failed or problem, []
        await self._body(to_json(self._tally.last_line(superseded, failed)) + b"\n", more=False)

    def close(self) -> None:
        """Cancel what runs and delete what was kept, also where the service stopped in the middle."""
        for task in (self._writing, self._progress):
            if task is not None:
                task.cancel()
        self._spool.close()

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
        """Read a batch while the one before it is being written; raise if nobody sends it any more."""
        if not self._holds():
            raise Problem("unauthenticated", "the token or session has ended in the middle")
        batch = await in_turn(self._reader.read, lines)
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
        if self._unkept is not None:
            raise self._unkept

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
        with self._keeping():
            if line.matter is not None and answer.in_force:
                self._spool.settle(line.matter)
            elif line.matter is not None:
                superseded: SupersededLine = {"line": line.number, "position": answer.position}
                self._spool.supersede(line.matter, superseded)
        return True

    def _refuse(self, number: int, error: Exception) -> None:
        self._tally.refused += 1
        with self._keeping():
            self._spool.refuse(number, problem_of(error))

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        """Let the lines of a batch be counted to the end, although there is no room for one of them."""
        try:
            yield
        except Problem as problem:
            self._unkept = problem

    def _report_progress(self) -> None:
        """Send the progress, at most once a second, and never wait for the reader."""
        now, sending = time.monotonic(), self._progress is not None and not self._progress.done()
        if now - self._last_progress < PROGRESS_SECONDS or sending:
            return
        self._last_progress = now
        self._progress = asyncio.ensure_future(self._body(to_json(self._tally.progress()) + b"\n"))

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
