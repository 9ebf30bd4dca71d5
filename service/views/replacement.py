"""Other views put in the place of those in use: made from the log, or those that were kept.

They are made beside the views in use, which go on to answer and to advance. Once they have caught up,
both are compared at the same position. Then they are swapped in, while the views in use stand still
for no longer than the last few events take. Until then nothing has changed for anybody.
"""

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol

from service.log.port import EventLog
from service.views import kept
from service.views.batches import Batches
from service.views.comparison import NONE_COMPARED, Comparison, Digests, compared, digests_of
from service.views.current import Views
from service.views.faults import ViewsUnusable
from service.views.helping import helped
from service.views.history import Fit, fit, stand_after
from service.views.job import Rebuild, Step
from service.views.kept import Kept
from service.views.store import ViewFile, delete_view_file, interrupted_if, is_interrupt

CLOSE, MOST_ROUNDS = 10, 20
"""By how many events the views in use may be ahead when they are stopped, and how often to try."""
_logger = logging.getLogger("intellog.follow")


class RebuildCancelled(Exception):
    """Somebody does not want the new views any more, or the service stops."""


class RebuildFailed(Exception):
    """The views in use could not be replaced; the message says why."""


class KeptUnfit(RebuildFailed):
    """The views that were kept must not be put back, now or later."""


class Followed(Protocol):
    """The views in use as they advance; they stand still while `applying` is held."""

    position: int
    applying: threading.Lock

    def notify(self) -> None:
        """Call whoever waits for news of the job."""


class Replacement:
    """One rebuild or roll back, done by the thread that calls `run`."""

    def __init__(self, log: EventLog, views: Views, followed: Followed, job: Rebuild) -> None:
        self._log, self._views, self._followed = log, views, followed
        self._batches = Batches(log)
        self._cancelled: str | None = None
        self._begun_at = 0
        self._head = 0 if views.file.condemned is None else log.head()
        self.job = job

    def cancel(self, why: str) -> None:
        """Have it end soon, before anything is swapped."""
        self._cancelled = why

    def run(self) -> None:
        """Replace the views; raises `RebuildCancelled`, `RebuildFailed`, or what the disk does."""
        if self.job.kind == "rebuild":
            self._rebuild()
        else:
            self._roll_back()

    def _rebuild(self) -> None:
        kept.discard(self._views.directory)  # so that there are never three files
        file = self._views.new_file()
        try:
            with helped(self._goal(), self._proceed) as helper:
                self._batches = Batches(self._log, helper)
                self._advance(file)
                self._batches = Batches(self._log)
                self._enter("indexing")
                with self._interruptible(file.writer):
                    file.finish(helper=helper)
            found = self._compared(file)
            if found.differs:
                _report(found, file)
            self._swap(file, found)
        except BaseException:
            file.retire()
            raise

    def _roll_back(self) -> None:
        spare = kept.claimed(self._views.directory)
        if spare is None:
            raise RebuildFailed("no views are kept that could be put back")
        file = self._opened(spare)
        self._begun_at = file.position()
        try:
            found = self._compared(file)
            _require_unchanged(found, spare)
            self._swap(file, found)
        except KeptUnfit:
            file.retire()
            raise
        except BaseException:
            file.close()
            kept.keep(spare)
            raise

    def _opened(self, spare: Kept) -> ViewFile:
        file = self._views.kept_file(spare.path)
        if file is None:
            delete_view_file(spare.path)
            raise KeptUnfit("the views that were kept are damaged, or of another version")
        if fit(file.stand(), self._log) is not Fit.SAME:
            file.retire()
            raise KeptUnfit("the views that were kept hold another history than the log")
        return file

    def _compared(self, file: ViewFile) -> Comparison:
        """Compare a file with the views in use, at a position that both have."""
        try:
            in_use = self._digests_in_use(file)
        except ViewsUnusable:
            found = NONE_COMPARED
        else:
            with file.scanning() as db, self._interruptible(db):
                found = compared(in_use, digests_of(db, self._proceed))
        self.job.differs, self.job.not_compared = found.differs, found.not_compared
        return found

    def _digests_in_use(self, file: ViewFile) -> Digests:
        """The digests of the views in use, at the position to which the file is brought."""
        self._approach(file)
        with ExitStack() as held:
            with self._followed.applying:
                self._advance(file)
                db = held.enter_context(self._views.scanning())
            self._enter("comparing")
            held.enter_context(self._interruptible(db))
            return digests_of(db, self._proceed)

    def _swap(self, file: ViewFile, found: Comparison) -> None:
        self._approach(file)
        with self._followed.applying:
            self._advance(file)
            self._proceed()
            self._views.swap(file, found.differs if found.readable else None)

    def _approach(self, file: ViewFile) -> None:
        """Bring a file close to the views in use, so that these need not stand still for long."""
        for _ in range(MOST_ROUNDS):
            if self._goal() - file.position() <= CLOSE:
                return
            self._advance(file)

    def _advance(self, file: ViewFile) -> None:
        """Bring a file to where the views in use stand at the end; they may go on."""
        position = file.position()
        while position < self._goal():
            position = self._step(file, position)
            self.job.done = position - self._begun_at
            self.job.total = max(self.job.done, self._goal() - self._begun_at)
            self._followed.notify()
        self.job.total = self.job.done

    def _step(self, file: ViewFile, after: int) -> int:
        """Apply one batch to a file; return its position after that."""
        self._proceed()
        until = self._goal()
        stored, recorded = self._batches.after(after, until)
        if not stored:
            raise RebuildFailed(f"the log ends before position {until}")
        file.apply(recorded, stand_after(self._log, stored[-1]))
        return stored[-1].position

    def _goal(self) -> int:
        """The position to reach: of views that do not advance because they are condemned, the log's."""
        return max(self._followed.position, self._head)

    def _enter(self, step: Step) -> None:
        self.job.enter(step)
        self._followed.notify()

    def _proceed(self) -> None:
        if self._cancelled is not None:
            raise RebuildCancelled(self._cancelled)

    @contextmanager
    def _interruptible(self, db: sqlite3.Connection) -> Iterator[None]:
        """Interrupt the queries on a connection in the block once the job is cancelled."""
        try:
            with interrupted_if(lambda: self._cancelled is not None, db):
                yield
        except sqlite3.Error as error:
            if is_interrupt(error):
                self._proceed()
            raise


def _report(found: Comparison, file: ViewFile) -> None:
    _logger.error(
        "the views in use had other rows than the log gives at position %d, in %s: views made from the"
        " log replace them",
        file.position(),
        ", ".join(found.differs),
    )


def _require_unchanged(found: Comparison, spare: Kept) -> None:
    """Raise `KeptUnfit` if views that were kept differ where they did not when they were replaced."""
    changed = [each for each in found.differs if each not in spare.differs]
    if changed:
        raise KeptUnfit(
            f"the views that were kept differ from those in use, in {', '.join(changed)}, where they"
            " did not when they were replaced: one of the two is damaged; rebuild from the log instead"
        )
