"""The follower: applies the log to the views in batches, keeps up with it, and rebuilds the views.

It never skips an event that it cannot apply: it stops before it, reports the error, and tries again
every few seconds, so that it continues from there once the program or the disk is fixed.
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence

from domain.events import Event, ReportEvent
from domain.streams.report_state import Report
from domain.times import to_micros
from projections.tables.projection import Recorded
from service.log.port import EventLog, LogUnavailable, Stored
from service.streams.states import States
from service.streams.upcasters import read_event
from service.views.progress import Progress, Rebuild
from service.views.store import ViewFile, Views

BATCH = 1_000
COMPLETED_AT_ONCE = 10
"""Number of deferred rows built before the follower checks the log for new events."""
READER_BYTES = 16 * 1_048_576
"""Maximum size of the states that a reader keeps in memory."""
RETRY_SECONDS = 5.0
_logger = logging.getLogger("intellog.follow")


class RebuildCancelled(Exception):
    """The service stopped before a rebuild was done."""


class Reader:
    """Turns stored events into recorded ones: decoded, and report events with their report's state."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._states = States(log, READER_BYTES)

    def recorded(self, stored: Sequence[Stored]) -> list[Recorded]:
        """The events of a batch, in order, decoded at once."""
        return list(self.iter_recorded(stored))

    def iter_recorded(self, stored: Iterable[Stored]) -> Iterator[Recorded]:
        """The events of a batch, in order, each decoded when it is requested."""
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
        state = self._states.after(stored, event)
        assert isinstance(state, Report)
        return state


class Follower(Progress):
    """Keeps the views at the head of the log, in a thread of its own."""

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
        """Stop following; the current batch is finished, a rebuild is cancelled."""
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
                    self._complete_deferred()
                    for stored in self._subscription:
                        self._apply(stored)
                        self._complete_deferred()
            except LogUnavailable as gone:
                self._report(str(gone))
            except Exception as error:
                _logger.exception("the views stopped after position %d", self.position)
                self._report(f"stopped after position {self.position}: {error}")
            self._stopping.wait(RETRY_SECONDS)

    def _report(self, error: str) -> None:
        self.error = error
        self.notify()

    def _apply(self, stored: Sequence[Stored]) -> None:
        with self._applying:
            fresh = [each for each in stored if each.position > self.position]
            try:
                self._apply_batch(fresh)
            except Exception:
                # One by one, so that the views stop just before the event that cannot be applied.
                for each in (e for e in fresh if e.position > self.position):
                    self._apply_batch([each])
            if self.error is not None:
                self.error = None
                self.notify()

    def _complete_deferred(self) -> None:
        """Build deferred rows for as long as the log holds nothing new."""
        while self._log.head() == self.position and not self._stopping.is_set():
            with self._applying:
                if not self._views.file.complete(COMPLETED_AT_ONCE):
                    return

    def _apply_batch(self, stored: Sequence[Stored]) -> None:
        if stored:
            self._views.file.apply(self._reader.iter_recorded(stored))
            self._advance(stored[-1].position)

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
            job.update(job.done, job.total, "failed", str(error))
        else:
            job.update(job.done, job.total, "done", None)
        self.notify()

    def _build(self, file: ViewFile, reader: Reader, job: Rebuild) -> None:
        position = 0
        while position < self.position:
            position = self._build_step(file, reader, position)
            job.done = position
            self.notify()
        file.finish()  # while the views in use still advance, which the lock below stops
        with self._applying:
            while position < self.position:
                position = self._build_step(file, reader, position)
            job.done = job.total = position
            self._views.swap(file)

    def _build_step(self, file: ViewFile, reader: Reader, after: int) -> int:
        """Apply one batch to a file; return its position after that."""
        if self._stopping.is_set():
            raise RebuildCancelled("the service stopped before the rebuild was done")
        stored = self._log.read(after=after, limit=BATCH, until=self.position)
        file.apply(reader.iter_recorded(stored))
        return stored[-1].position
