"""The service without its ways in: log, writer, views and follower, opened and closed together."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from domain.estimates.suspicions import Suspicion
from projections.answers.flags import suspicions_of
from projections.answers.vintages import Believed, Vintage, believed, recent
from projections.tables.projection import FOREVER
from projections.tables.registry import indicators_at
from service.log.open import BadAddress, opened_log
from service.log.port import EventLog
from service.query.memo import Remembered
from service.settings import BadSetting, Settings
from service.streams.states import States
from service.views.follower import Follower
from service.views.open import views_of
from service.views.progress import Progress
from service.views.remote import Apart
from service.views.store import Views
from service.write.decisions import Decisions
from service.write.writer import Writer


@dataclass(frozen=True, slots=True)
class Service:
    """One open log with everything that works on it."""

    settings: Settings
    log: EventLog
    writer: Writer
    views: Views
    follower: Progress
    suspects: Remembered[list[Suspicion]]
    recent: Remembered[list[Vintage]]
    believed: Remembered[Believed]
    clock: Callable[[], datetime]
    stopping: threading.Event
    """Set when the service is asked to stop: streams that would never end then do."""


@contextmanager
def opened(
    settings: Settings,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    new_id: Callable[[], str] = lambda: uuid4().hex,
    *,
    apart: bool = False,
) -> Iterator[Service]:
    """Open the service in its data directory, and close it in good order.

    The views are followed from a thread, or, `apart`, from a process of its own.

    Raises `LogLocked` where another process writes the log, `LogUnavailable` where there is no
    getting at it, `BadSetting` where the settings name none.
    """
    with _opened_log(settings, clock) as log:
        views = views_of(log, settings.data)
        follower = Apart(settings, log, views) if apart else Follower(log, views)
        decisions = Decisions(log, new_id, defined_ids(views))
        writer = Writer(log, decisions, States(log), follower.wake)
        try:
            memory = Remembered(suspicions_of), Remembered(recent), Remembered(believed)
            stopping = threading.Event()
            yield Service(settings, log, writer, views, follower, *memory, clock, stopping)
        finally:
            writer.close()
            follower.close()
            views.close()


@contextmanager
def _opened_log(settings: Settings, clock: Callable[[], datetime]) -> Iterator[EventLog]:
    with ExitStack() as resources:
        try:
            log = resources.enter_context(opened_log(settings.data, settings.log, clock))
        except BadAddress as bad:
            raise BadSetting(f"INTELLOG_LOG: {bad}") from None
        yield log


def defined_ids(views: Views) -> Callable[[], Sequence[str]]:
    """Gives the ids of all indicators that the views know, for hints."""

    def ids() -> Sequence[str]:
        with views.reading() as db:
            return [row.id for row in indicators_at(db, FOREVER - 1)]

    return ids
