"""The service without its ways in: log, writer, views and follower, opened and closed together."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from domain.estimates.suspicions import Suspicion
from projections.answers.flags import suspicions_of
from projections.answers.vintages import Believed, Vintage, believed, recent
from projections.tables.projection import FOREVER
from projections.tables.registry import indicators_at
from service.apart import Apart
from service.deciding import Decisions
from service.follow import Follower
from service.log.holding import hold
from service.log.port import EventLog
from service.log.sqlite import open_sqlite_log, read_sqlite_log
from service.progress import Progress
from service.remembered import Remembered
from service.settings import BadSetting, Settings
from service.states import States
from service.views import Views
from service.views_of_log import views_of
from service.writer import Writer


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
    with opened_log(settings, clock) as log:
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
def opened_log(settings: Settings, clock: Callable[[], datetime]) -> Iterator[EventLog]:
    """Open the log that the settings name, and close it; the data directory is held meanwhile."""
    with ExitStack() as resources:
        if settings.log is None:
            yield resources.enter_context(closing(open_sqlite_log(settings.data, clock)))
            return
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        resources.callback(hold(settings.data).release)
        yield resources.enter_context(closing(_postgres_log(settings.log, clock)))


def _postgres_log(url: str, clock: Callable[[], datetime]) -> EventLog:
    try:
        # Only here: who keeps the log in a file needs no driver.
        from service.log.postgres import open_postgres_log
    except ImportError:
        raise BadSetting(
            "INTELLOG_LOG: PostgreSQL needs a driver: pip install 'intellog[postgres]'"
        ) from None
    try:
        return open_postgres_log(url, clock)
    except ValueError as unreadable:
        raise BadSetting(f"INTELLOG_LOG: {unreadable}") from None


def read_log(settings: Settings) -> EventLog:
    """The log of a service that is open in another process, for reading; raises `LogUnavailable`."""
    if settings.log is None:
        return read_sqlite_log(settings.data)
    from service.log.postgres import read_postgres_log

    return read_postgres_log(settings.log)


def defined_ids(views: Views) -> Callable[[], Sequence[str]]:
    """Gives the ids of all indicators that the views know, for hints."""

    def ids() -> Sequence[str]:
        with views.reading() as db:
            return [row.id for row in indicators_at(db, FOREVER - 1)]

    return ids
