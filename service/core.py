"""The service without its ways in: log, writer, views and follower, opened and closed together."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from domain.suspicions import Suspicion
from projections.projection import FOREVER
from projections.registered import indicators
from projections.suspected import suspicions_of
from projections.vintages import Believed, Vintage, believed, recent
from service.apart import Apart
from service.deciding import Decisions
from service.follow import Follower
from service.log.port import EventLog
from service.log.sqlite import open_sqlite_log, read_sqlite_log
from service.progress import Progress
from service.remembered import Remembered
from service.settings import Settings
from service.states import States
from service.views import Views
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
    getting at it.
    """
    log = open_sqlite_log(settings.data, clock)
    try:
        views = Views(settings.data)
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
    finally:
        log.close()


def read_log(settings: Settings) -> EventLog:
    """The log of a service that is open in another process, for reading; raises `LogUnavailable`."""
    return read_sqlite_log(settings.data)


def defined_ids(views: Views) -> Callable[[], Sequence[str]]:
    """Gives the ids of all indicators that the views know, for hints."""

    def ids() -> Sequence[str]:
        with views.reading() as db:
            return [row.id for row in indicators(db, FOREVER - 1)]

    return ids
