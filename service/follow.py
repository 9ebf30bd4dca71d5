"""Following the log: catch up in batches, stay close, rebuild beside and swap.

The follower never passes over an event that it cannot apply: it stops there, says so, and tries
again every few seconds, so that a mended program or disk goes on from the same place.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from domain.events import Event, ReportEvent
from domain.report_state import Report
from domain.times import to_micros
from projections.projection import Recorded
from service.log.port import EventLog, LogUnavailable, Stored
from service.schema import read_event
from service.states import States, evolve
from service.views import ViewFile, Views

BATCH = 1_000
RETRY_SECONDS = 5.0
_logger = logging.getLogger("intellog.follow")


class Interrupted(Exception):
    """A rebuild was given up because the service stops."""


@dataclass(slots=True)
class Rebuild:
    """A rebuild under way or done; `rate` is events a second."""

    total: int
    done: int = 0
    state: str = "running"
    error: str | None = None
    started: float = field(default_factory=time.monotonic)
    finished: float | None = None

    @property
    def rate(self) -> float:
        """Events a second so far."""
        seconds = (self.finished or time.monotonic()) - self.started
        return self.done / seconds if seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long it will still take at this rate; None while that is unknown."""
        if self.state != "running":
            return 0.0
        return (self.total - self.done) / self.rate if self.done else None


class Reader:
    """Makes recorded events of stored ones: decoded, and report events with their report's state."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._states = States(log, kept=2_000)

    def recorded(self, stored: Sequence[Stored]) -> list[Recorded]:
        """The events of a batch, in order."""
        return list(self.reading(stored))

    def reading(self, stored: Iterable[Stored]) -> Iterator[Recorded]:
        """The events of a batch, in order, each made when it is asked for."""
        return map(self._recorded, stored)

    def _recorded(self, stored: Stored) -> Recorded:
        envelope, event = read_event(stored.body)
        state: Report | None = None
        if isinstance(event, ReportEvent):
            state = self._state_after(stored, event)
        return Recorded(
            stored.position,
            stored.type,
            stored.stream,
            stored.version,
            to_micros(envelope.recorded_at),
            envelope.actor,
            event,
            state,
        )

    def _state_after(self, stored: Stored, event: Event) -> Report:
        state = evolve(self._states.at(stored.stream, stored.version - 1), event)
        assert isinstance(state, Report)
        self._states.keep(stored.stream, state)
        return state


class Follower:
    """Keeps the views at the head of the log, from a thread of its own."""

    def __init__(self, log: EventLog, views: Views) -> None:
        self._log = log
        self._views = views
        self._reader = Reader(log)
        self._changed = threading.Condition()
        self._applying = threading.Lock()
        self._stopping = threading.Event()
        self._listeners: list[Callable[[], None]] = []
        self.position = views.file.position()
        self.error: str | None = None
        self.rebuild: Rebuild | None = None
        self._rebuilding: threading.Thread | None = None
        self._subscription = log.subscribe(self.position)
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self._thread.start()

    def wait(self, position: int, seconds: float) -> bool:
        """Block until the views reach a position; False if they do not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.position >= position, seconds)

    async def wait_async(self, position: int, seconds: float) -> bool:
        """Wait until the views reach a position; False if they do not in time."""
        if self.position >= position:
            return True
        loop, reached = asyncio.get_running_loop(), asyncio.Event()

        def look() -> None:
            if self.position >= position:
                _tell(loop, reached)

        self.listen(look)
        try:
            look()
            async with asyncio.timeout(seconds):
                await reached.wait()
        except TimeoutError:
            return False
        finally:
            self.unlisten(look)
        return True

    def listen(self, call: Callable[[], None]) -> None:
        """Have a function called, from the follower's thread, whenever the views moved on."""
        with self._changed:
            self._listeners.append(call)

    def unlisten(self, call: Callable[[], None]) -> None:
        """Stop calling a function."""
        with self._changed:
            self._listeners.remove(call)

    def poke(self) -> None:
        """Call every listener, though nothing moved: something else changed that it waits for."""
        with self._changed:
            listeners = list(self._listeners)
        for call in listeners:
            call()

    def start_rebuild(self) -> Rebuild:
        """Begin to build the views anew beside the present ones; one rebuild at a time."""
        with self._changed:
            if self.rebuild is None or self.rebuild.state != "running":
                self.rebuild = Rebuild(total=self._log.head())
                self._rebuilding = threading.Thread(
                    target=self._rebuild, args=(self.rebuild,), name="rebuild", daemon=True
                )
                self._rebuilding.start()
            return self.rebuild

    def close(self) -> None:
        """Stop following; the batch under way is finished, a rebuild given up."""
        self._stopping.set()
        self._subscription.stop()
        self._thread.join()
        if self._rebuilding is not None:
            self._rebuilding.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._log.subscribe(self.position) as self._subscription:
                    if self._stopping.is_set():
                        return
                    for stored in self._subscription:
                        self._apply(stored)
            except LogUnavailable as gone:
                self.error = str(gone)
            except Exception as error:
                _logger.exception("the views stand still at position %d", self.position)
                self.error = f"behind position {self.position}: {error}"
            self._stopping.wait(RETRY_SECONDS)

    def _apply(self, stored: Sequence[Stored]) -> None:
        with self._applying:
            fresh = [each for each in stored if each.position > self.position]
            try:
                self._bring_forward(fresh)
            except Exception:
                # One by one, so that the views stop right before the event that cannot be applied.
                for each in (e for e in fresh if e.position > self.position):
                    self._bring_forward([each])
            self.error = None

    def _bring_forward(self, stored: Sequence[Stored]) -> None:
        if stored:
            self._views.file.apply(self._reader.reading(stored))
            self._moved(stored[-1].position)

    def _moved(self, position: int) -> None:
        with self._changed:
            self.position = position
            self._changed.notify_all()
        self.poke()

    def _rebuild(self, job: Rebuild) -> None:
        file = None
        try:
            file = self._views.new_file()
            self._build(file, Reader(self._log), job)
        except Exception as error:
            if file is not None:
                file.retire()
            if not self._stopping.is_set():
                _logger.exception("the rebuild failed")
            job.state, job.error = "failed", str(error)
        else:
            job.state = "done"
        job.finished = time.monotonic()

    def _build(self, file: ViewFile, reader: Reader, job: Rebuild) -> None:
        position = 0
        while position < self.position:
            position = self._build_step(file, reader, position)
            job.done = position
        file.settle()  # before the views in use are held up for what was written since
        with self._applying:
            while position < self.position:
                position = self._build_step(file, reader, position)
            job.done = job.total = position
            self._views.swap(file)

    def _build_step(self, file: ViewFile, reader: Reader, after: int) -> int:
        """Bring a file forward by one batch; answers where it stands then."""
        if self._stopping.is_set():
            raise Interrupted("the service was stopped before the rebuild was done")
        stored = self._log.read(after=after, limit=BATCH, until=self.position)
        file.apply(reader.reading(stored))
        return stored[-1].position


def _tell(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(event.set)
