"""Following the log: catch up in batches, stay close, rebuild beside and swap.

The follower never passes over an event that it cannot apply: it stops there, says so, and tries
again every few seconds, so that a mended program or disk goes on from the same place.
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence

from domain.events import Event, ReportEvent
from domain.streams.decider import evolve
from domain.streams.report_state import Report
from domain.times import to_micros
from projections.tables.projection import Recorded
from service.log.port import EventLog, LogUnavailable, Stored
from service.streams.states import States
from service.streams.upcasters import read_event
from service.views.progress import Progress, Rebuild
from service.views.store import ViewFile, Views

BATCH = 1_000
FEW = 10
"""So many estimates are made before the log is looked at again."""
RETRY_SECONDS = 5.0
_logger = logging.getLogger("intellog.follow")


class Interrupted(Exception):
    """A rebuild was given up because the service stops."""


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


class Follower(Progress):
    """Keeps the views at the head of the log, from a thread of its own."""

    def __init__(self, log: EventLog, views: Views) -> None:
        super().__init__(views.file.position())
        self._log = log
        self._views = views
        self._reader = Reader(log)
        self._applying = threading.Lock()
        self._stopping = threading.Event()
        self._rebuilding: threading.Thread | None = None
        self._subscription = log.subscribe(self.position)
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self._thread.start()

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
                    self._complete()
                    for stored in self._subscription:
                        self._apply(stored)
                        self._complete()
            except LogUnavailable as gone:
                self._stand_still(str(gone))
            except Exception as error:
                _logger.exception("the views stand still at position %d", self.position)
                self._stand_still(f"behind position {self.position}: {error}")
            self._stopping.wait(RETRY_SECONDS)

    def _stand_still(self, why: str) -> None:
        self.error = why
        self.poke()

    def _apply(self, stored: Sequence[Stored]) -> None:
        with self._applying:
            fresh = [each for each in stored if each.position > self.position]
            try:
                self._bring_forward(fresh)
            except Exception:
                # One by one, so that the views stop right before the event that cannot be applied.
                for each in (e for e in fresh if e.position > self.position):
                    self._bring_forward([each])
            if self.error is not None:
                self.error = None
                self.poke()

    def _complete(self) -> None:
        """Make what was left to be made, for as long as nothing new is in the log."""
        while self._log.head() == self.position and not self._stopping.is_set():
            with self._applying:
                if not self._views.file.complete(FEW):
                    return

    def _bring_forward(self, stored: Sequence[Stored]) -> None:
        if stored:
            self._views.file.apply(self._reader.reading(stored))
            self._moved(stored[-1].position)

    def _begin_rebuild(self) -> Rebuild:
        job = Rebuild(total=self._log.head())
        self._rebuilding = threading.Thread(
            target=self._rebuild, args=(job,), name="rebuild", daemon=True
        )
        self._rebuilding.start()
        return job

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
            job.told(job.done, job.total, "failed", str(error))
        else:
            job.told(job.done, job.total, "done", None)
        self.poke()

    def _build(self, file: ViewFile, reader: Reader, job: Rebuild) -> None:
        position = 0
        while position < self.position:
            position = self._build_step(file, reader, position)
            job.done = position
            self.poke()
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
