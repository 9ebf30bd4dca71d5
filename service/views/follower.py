"""The follower: applies the log to the views in batches, keeps up with it, and rebuilds the views.

It never skips an event that it cannot apply: it stops before it, reports the error, and tries again
every few seconds from what is stored, so that it continues from there once the program or the disk is
fixed. Views that are damaged, or hold another history than the log, it replaces by new ones.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from projections.tables.redactions import NotDestroyed
from service.log.port import EventLog, LogDamaged, LogLost, LogUnavailable, Stored
from service.views import helping
from service.views.current import EMPTY, Views
from service.views.faults import is_damage
from service.views.history import Fit, fit, stand_after
from service.views.job import Kind, Rebuild
from service.views.progress import Progress
from service.views.reader import Reader
from service.views.replacement import RebuildCancelled, RebuildFailed, Replacement
from service.views.store import FEW_EVENTS, OutOfStep

COMPLETED_AT_ONCE = 10
"""Number of deferred rows built before the follower checks the log for new events."""
RETRY_SECONDS = 5.0
PAUSE_SECONDS = 0.003
"""How long nothing must have come before deferred rows are built: whoever waits until each event is
visible sends the next one sooner, and would wait for rows that nobody has asked for."""
OVERDUE_SECONDS = 0.1
"""After how long they are built all the same, between two events."""
QUIET_SECONDS = 0.025
"""How long nothing must have come before rows are built that take long."""
LOOK_SECONDS = 0.02
"""Least time between two looks at the log while a row is built; to PostgreSQL each is a round trip."""
_logger = logging.getLogger("intellog.follow")


class Follower(Progress):
    """Keeps the views at the head of the log, in a thread of its own.

    One that is `patient` waits for a log that ends before the views, as that of a node may for a while.
    One that is `lasting` has the time to build views beside those that hold nothing; a command ends
    before they are there.
    """

    def __init__(
        self, log: EventLog, views: Views, *, patient: bool = False, lasting: bool = False
    ) -> None:
        super().__init__(log, views.file.position())
        self._patient, self._lasting = patient, lasting
        self._views = views
        self._reader = Reader(log)
        self.applying = threading.Lock()
        """Held while the views advance."""
        self._completed = 0.0
        self._stopping = threading.Event()
        self._rebuilding: threading.Thread | None = None
        self._replacement: Replacement | None = None
        self._subscription = log.subscribe(self.position)
        views.condemned = self._look_again
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop following; the current batch is finished, a rebuild is cancelled."""
        self._stopping.set()
        self._cancel("the service stopped before it was done")
        self._subscription.stop()
        self._thread.join()
        if self._rebuilding is not None:
            self._rebuilding.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._resume()
                with self._log.subscribe(self.position) as self._subscription:
                    # Checked after subscribing: whoever asks us to stop ends the subscription there is.
                    if not self._interrupted():
                        self._follow()
                if not self._interrupted():  # a job ended, and deferred rows are to be built again
                    continue
            except OutOfStep as elsewhere:
                _logger.warning("%s: reading again from there", elsewhere)
                continue
            except LogUnavailable as gone:
                self._note_damage(gone)
                self._report(str(gone))
            except Exception as error:
                self._report_failure(error)
            # Views are replaced at once the first time, and then not more often than all else is tried.
            if self._views.file.condemned is None or self.rebuild is not None:
                self._stopping.wait(RETRY_SECONDS)

    def _interrupted(self) -> bool:
        return self._stopping.is_set() or self._views.file.condemned is not None

    def _follow(self) -> None:
        self._complete_deferred()
        for stored in self._subscription:
            self._apply(stored)
            self._complete_deferred()

    def _resume(self) -> None:
        """Start from what is stored: the position in the file, in the history of this log."""
        with self.applying:
            if self._views.file.condemned is None:
                self._check_history()
        if self._views.file.condemned is not None:
            self._renew()
        self._reader = Reader(self._log)
        with self.applying:
            self._advance(self._views.file.position())
        if self.position >= self._log.head():
            self._clear_error()

    def _check_history(self) -> None:
        stand = self._views.file.stand()
        if self._lasting and stand.position == 0 and self._log.head() >= helping.MANY_EVENTS:
            # To follow so much takes three times as long as to build it beside.
            self._views.condemn(self._views.file, EMPTY)
            return
        match fit(stand, self._log):
            case Fit.SAME:
                return
            case Fit.OTHER:
                self._views.condemn(self._views.file, "hold another history than the log")
            case Fit.BEYOND:
                head = self._log.head()
                if self._patient:
                    raise LogUnavailable(
                        f"the log that is followed ends at position {head}, and the views hold"
                        f" {stand.position}: they wait until it is there again"
                    )
                raise LogLost(
                    f"the log ends at position {head} but had reached {stand.position}: stop the"
                    " service and restore the log, or start it with --accept-loss"
                )

    def _renew(self) -> None:
        """Replace views that are condemned."""
        job = self.start_rebuild()
        assert self._rebuilding is not None
        self._rebuilding.join()
        if job.state != "done":
            raise RebuildFailed(f"the views cannot be rebuilt: {job.error}")

    def _look_again(self) -> None:
        """Leave the subscription, because the file in use was condemned."""
        self._subscription.stop()
        self.notify()

    def _report(self, error: str) -> None:
        self.error = error
        self.notify()

    def _note_damage(self, error: Exception) -> None:
        if isinstance(error, LogDamaged | LogLost) and self.damage is None:
            self.damage, self.damaged_at = str(error), getattr(error, "position", None)

    def _report_failure(self, error: Exception) -> None:
        file = self._views.file
        if is_damage(error, file.path):
            self._views.condemn(file, f"are damaged ({error})")
        elif not isinstance(error, RebuildFailed):  # which was logged when it failed
            _logger.exception("the views stopped after position %d", self.position)
        self._report(f"stopped after position {self.position}: {error}")

    def _clear_error(self) -> None:
        if self.error is not None:
            self.error = None
            self.notify()

    def _apply(self, stored: Sequence[Stored]) -> None:
        with self.applying:
            fresh = [each for each in stored if each.position > self.position]
            if self._patient and fresh:
                # A database may have lost its end in between, and go on from an earlier event.
                self._check_history()
                if self._views.file.condemned is not None:
                    return
            try:
                self._apply_batch(fresh)
            except (OutOfStep, LogUnavailable):
                raise
            except Exception as error:
                if is_damage(error, self._views.file.path):
                    raise
                # One by one, so that the views stop just before the event that cannot be applied.
                for each in (e for e in fresh if e.position > self.position):
                    self._apply_batch([each])
            self._clear_error()

    def _complete_deferred(self) -> None:
        """Build deferred rows for as long as the log holds nothing new.

        Those that take long wait for a moment of quiet, or whoever writes one report after another
        would share the processor with them, and for a job that replaces the views, which would build
        them again.
        """
        quiet = False
        if not self._has_paused():
            return
        self._completed = time.monotonic()
        while not self._wanted():
            with self.applying:
                if self._views.file.complete(COMPLETED_AT_ONCE):
                    continue
            if not quiet:
                quiet = self._subscription.is_quiet(QUIET_SECONDS)
                continue
            with self.applying:
                if self._replacing() or not self._views.file.idle(self._watch()):
                    if not self._wanted():
                        self._views.file.write_back()
                    return

    def _has_paused(self) -> bool:
        """Wait for a pause, unless no rows were built for too long; return False if something came."""
        while not self._wanted():
            overdue = time.monotonic() - self._completed > OVERDUE_SECONDS
            if overdue or self._subscription.is_quiet(PAUSE_SECONDS):
                return True
        return False

    def _wanted(self) -> bool:
        """Whether there is something more urgent to do than deferred rows."""
        return self._interrupted() or self._log.head() != self.position

    def _watch(self) -> Callable[[], bool]:
        """A function that tells whether to give up a row; it looks at the log now and then only."""
        looked = time.monotonic()

        def wanted() -> bool:
            nonlocal looked
            if self._interrupted() or self._replacing():
                return True
            if time.monotonic() - looked < LOOK_SECONDS:
                return False
            looked = time.monotonic()
            return self._wanted()

        return wanted

    def _replacing(self) -> bool:
        return self.rebuild is not None and self.rebuild.running

    def _apply_batch(self, stored: Sequence[Stored]) -> None:
        if stored and self._views.file.condemned is None:
            begun = time.perf_counter()
            try:
                self._views.file.apply(
                    self._reader.iter_recorded(stored), stand_after(self._log, stored[-1])
                )
            except NotDestroyed as redacted:
                # Nothing of it may be read from now on, and nothing may be left in the file.
                self._views.condemn(self._views.file, f"hold what is destroyed ({redacted})")
                return
            self.work.note(len(stored), time.perf_counter() - begun)
            self._advance(stored[-1].position)
            if len(stored) <= FEW_EVENTS:
                self._views.file.complete_promptly()

    def _begin(self, kind: Kind) -> Rebuild:
        job = Rebuild(total=self._log.head(), kind=kind)
        self._replacement = Replacement(self._log, self._views, self, job)
        self._rebuilding = threading.Thread(
            target=self._replace, args=(self._replacement,), name="rebuild", daemon=True
        )
        self._rebuilding.start()
        return job

    def _cancel(self, why: str) -> None:
        if self._replacement is not None:
            self._replacement.cancel(why)

    def _replace(self, replacement: Replacement) -> None:
        job = replacement.job
        try:
            replacement.run()
        except RebuildCancelled as cancelled:
            job.end("cancelled", str(cancelled))
        except RebuildFailed as failed:
            _logger.error("the %s failed: %s", job.kind, failed)
            job.end("failed", str(failed))
        except Exception as error:
            self._note_damage(error)
            _logger.exception("the %s failed", job.kind)
            job.end("failed", str(error))
        else:
            job.end("done")
        self._subscription.stop()  # so that the follower builds deferred rows again
        self.notify()
