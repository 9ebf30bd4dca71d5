"""What every way in works on: log, writer, views and their follower, opened and closed together."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from domain.estimates.suspicions import Suspicion
from projections.answers.flags import suspicions_of
from projections.answers.vintages import Believed, Vintage, believed, recent
from projections.tables.projection import FOREVER
from projections.tables.registry import indicators_at
from service.log.open import BadAddress, opened_log
from service.log.port import EventLog
from service.query.memo import Memo
from service.settings import BadSetting, Settings
from service.streams.states import States
from service.views.directory import open_views
from service.views.follower import Follower
from service.views.progress import Progress
from service.views.remote import RemoteProjector
from service.views.store import Views
from service.write.decisions import Decisions
from service.write.writer import Writer

Clock = Callable[[], datetime]
OpenLog = Callable[[Path, str | None, Clock], AbstractContextManager[EventLog]]
"""Opens a log for writing, given a data directory, the address of a database or None, and a clock."""


@dataclass(frozen=True, slots=True)
class Service:
    """One open log with its writer, its views and what keeps them up to date."""

    settings: Settings
    log: EventLog
    writer: Writer
    views: Views
    follower: Progress
    suspects: Memo[list[Suspicion]]
    recent: Memo[list[Vintage]]
    believed: Memo[Believed]
    clock: Clock
    stopping: threading.Event
    """Set when the service stops: event streams, which have no end of their own, then end."""


@contextmanager
def opened(
    settings: Settings,
    clock: Clock = lambda: datetime.now(UTC),
    new_id: Callable[[], str] = lambda: uuid4().hex,
    *,
    separate_projector: bool = False,
    open_log: OpenLog = opened_log,
) -> Iterator[Service]:
    """Open the service in its data directory, and close its parts in the reverse order.

    The views are updated by a thread of this process or, with `separate_projector`, by a process of
    their own.

    Raises `LogLocked` if another process writes the log, `LogUnavailable` if the store does not
    answer, `BadSetting` if the settings do not name a log that this program can open.
    """
    with _opened_log(settings, clock, open_log) as log:
        views = open_views(log, settings.data)
        follower = RemoteProjector(settings, log, views) if separate_projector else Follower(log, views)
        decisions = Decisions(log, new_id, defined_ids(views))
        writer = Writer(log, decisions, States(log), follower.wake)
        try:
            memory = Memo(suspicions_of), Memo(recent), Memo(believed)
            stopping = threading.Event()
            yield Service(settings, log, writer, views, follower, *memory, clock, stopping)
        finally:
            writer.close()
            follower.close()
            views.close()


@contextmanager
def _opened_log(settings: Settings, clock: Clock, open_log: OpenLog) -> Iterator[EventLog]:
    with ExitStack() as resources:
        try:
            log = resources.enter_context(open_log(settings.data, settings.log, clock))
        except BadAddress as bad:
            raise BadSetting(f"INTELLOG_LOG: {bad}") from None
        yield log


def defined_ids(views: Views) -> Callable[[], Sequence[str]]:
    """A function that returns the ids of all indicators in the views, for "did you mean" hints."""

    def ids() -> Sequence[str]:
        with views.reading() as db:
            return [row.id for row in indicators_at(db, FOREVER - 1)]

    return ids
