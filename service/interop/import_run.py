"""One import from its first line to its last: lines in batches to the log, refusals and a count back.

Memory stays constant for any length: lines go on in batches, and refusals wait on disk until the end,
so that whoever sends may send everything before reading anything.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import anyio.to_thread
from pydantic_core import to_json

from domain.errors import Fault, Refused
from service.access.principal import Principal
from service.http.problems import Problem, problem_of
from service.http.turns import in_turn
from service.interop.import_batch import LineBatch, LineReader, LineRequest
from service.interop.import_lines import Lines, RawLine
from service.interop.import_rehearsal import Rehearsal
from service.interop.import_spool import Spool, SupersededLine
from service.interop.import_tally import Tally
from service.log.port import Consulted
from service.service import Service, alike_in
from service.write.decisions import Outcome, WriteRequest
from service.write.writer import Answer, Overloaded

BATCH_LINES = 1_000
BATCH_BYTES = 1_048_576
IDLE_SECONDS = 0.2
PROGRESS_SECONDS = 1.0
Chunks = AsyncIterator[bytes | None]
"""The body of an import; None where nothing came for a moment."""
Send = Callable[[bytes, bool], Awaitable[None]]
"""Takes some lines of the answer, and whether more follow."""


class Gone(Exception):
    """The client left before its body ended; what was committed stays."""


@dataclass(frozen=True, slots=True)
class Order:
    """Who imports, whether they still may, under which name, and whether it is only tried."""

    principal: Principal
    holds: Callable[[], bool]
    name: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Target:
    """Where the commands go: to the writer of a log, or to a rehearsal on it."""

    log: Consulted
    submit: Callable[[Sequence[WriteRequest]], Awaitable[Sequence[Answer]]]
    close: Callable[[], None]


def _target(service: Service, order: Order) -> _Target:
    if not order.dry_run:
        return _Target(service.log, lambda requests: _written(service, requests), lambda: None)
    room = service.settings.import_room
    rehearsal = Rehearsal(service.log, alike_in(service.views), room)

    async def rehearsed(requests: Sequence[WriteRequest]) -> Sequence[Answer]:
        return await in_turn(rehearsal.answers, requests)

    return _Target(rehearsal.log, rehearsed, rehearsal.close)


async def _written(service: Service, requests: Sequence[WriteRequest]) -> Sequence[Answer]:
    while True:
        with suppress(Overloaded):
            return await asyncio.wrap_future(service.writer.submit(requests))
        await asyncio.sleep(IDLE_SECONDS)


class ImportRun:
    """One import from its first line to its last."""

    def __init__(self, service: Service, order: Order, send: Send) -> None:
        limit = service.settings.body_limit
        self._service, self._order, self._send = service, order, send
        self._target = _target(service, order)
        self._lines = Lines(limit)
        self._tally = Tally(order.dry_run)
        self._spool = Spool(service.settings.import_room)
        self._unkept: Problem | None = None
        self._reader = LineReader(
            self._target.log, order.principal, order.name, limit, self._spool.occurrences
        )
        self._writing: asyncio.Task[None] | None = None
        self._progress: asyncio.Task[None] | None = None
        self._last_progress = time.monotonic()

    async def complete(self, chunks: Chunks) -> None:
        """Read all lines, then send the refusals and the counts."""
        failed: Exception | None = None
        try:
            async for batch in self._batches(chunks):
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
        self._target.close()

    async def _batches(self, chunks: Chunks) -> AsyncIterator[list[RawLine]]:
        """Lines in batches: full ones, or what has arrived when nothing more comes for a moment."""
        waiting, size = list[RawLine](), 0
        async for chunk in chunks:
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

    async def _take(self, lines: Sequence[RawLine]) -> None:
        """Read a batch once the one before it is written; raise if nobody sends it any more.

        Both compute all the time, and would only take the interpreter from each other.
        """
        await self._finish_writing()
        if not self._order.holds():
            raise Problem("unauthenticated", "the token or session has ended in the middle")
        batch = await in_turn(self._reader.read, lines)
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
            answers = await self._target.submit([line.request for line in batch.requests])
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
        return set(await anyio.to_thread.run_sync(self._target.log.stored_keys, keys))

    def _accept(self, line: LineRequest, answer: Answer) -> bool:
        """Count the answer to a line; return whether it was taken."""
        if not isinstance(answer, Outcome):
            self._refuse(line.number, _within(answer, f"/{line.name}"))
            return False
        self._tally.accepted += answer.new
        self._tally.duplicates += not answer.new
        self._tally.position = max(self._tally.position, answer.position)
        if line.matter is None:
            return True
        with self._keeping():
            if answer.in_force:
                self._spool.settle(line.matter)
            else:
                superseded: SupersededLine = {"line": line.number, "position": answer.position}
                self._spool.supersede(line.matter, superseded)
        return True

    def _refuse(self, number: int, error: Exception) -> None:
        self._tally.refused += 1
        problem = problem_of(error)
        self._service.metrics.refused(problem.code)
        with self._keeping():
            self._spool.refuse(number, problem)

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
        await self._send(body, more)


def _within(error: Exception, base: str) -> Exception:
    """A refusal whose pointers lead into the line instead of the command."""
    if not isinstance(error, Refused) or not error.faults:
        return error
    faults = [Fault(base + fault.pointer, fault.message) for fault in error.faults]
    pointed = error.faults[0].pointer and error.detail.startswith(error.faults[0].pointer)
    detail = base + error.detail if pointed else error.detail
    return Refused(error.code, detail, faults, error.version)
