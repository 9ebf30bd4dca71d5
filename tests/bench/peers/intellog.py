"""Our own log, without HTTP, and its views."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from domain.events import Definition, IndicatorDefined
from service import __version__
from service.log.port import EventLog, Pending
from service.log.sqlite import open_sqlite_log
from service.streams.upcasters import encode_event
from service.views.current import Views
from service.views.follower import Follower
from tests.bench.peers.contender import (
    BATCHES,
    SINGLES,
    VIEWS,
    Act,
    Contender,
    Work,
    in_batches,
    one_by_one,
)
from tests.bench.peers.filings import INDICATORS, Filing
from tests.bench.peers.ground import Ground

GIVES = "versions, idempotent append, unique keys, index and salt of each event, append-only by trigger"
LACKS = "more than one writing process"
VIEWS_GIVE = "claims, estimates, search and three more, 1000 events per transaction"
VIEWS_LACK = "durability: views lost in a power failure are rebuilt from the log"
PATIENCE = 60.0


@contextmanager
def contend(ground: Ground) -> Iterator[list[Contender]]:
    """Open one log to append to and another to follow."""
    with _log(ground.directory / "appended") as log, _log(ground.directory / "followed") as followed:
        followed.append([_definition(name) for name in INDICATORS])
        works = {
            SINGLES: Work(one_by_one(_append(log)), GIVES, LACKS),
            BATCHES: Work(in_batches(_append(log)), GIVES, LACKS),
            VIEWS: Work(
                lambda _: _catch_up(followed, ground.directory / "views"),
                VIEWS_GIVE,
                VIEWS_LACK,
                prepare=in_batches(_append(followed)),
            ),
        }
        yield [Contender("intellog on SQLite", __version__, works)]


@contextmanager
def _log(directory: Path) -> Iterator[EventLog]:
    log = open_sqlite_log(directory, lambda: datetime.now(UTC))
    try:
        yield log
    finally:
        log.close()


def _append(log: EventLog) -> Act:
    def append(events: Sequence[Filing]) -> None:
        log.append([event.pending for event in events], idempotent=True)

    return append


def _catch_up(log: EventLog, directory: Path) -> None:
    views = Views(directory)
    follower = Follower(log, views)
    try:
        if not follower.wait(log.head(), PATIENCE):
            raise TimeoutError(follower.error or "the views are too slow")
    finally:
        follower.close()
        views.close()


def _definition(name: str) -> Pending:
    definition = Definition(
        title=name,
        unit="persons",
        measure="cumulative",
        definition="",
        parts=(),
        policy="latest-best-source/2",
        fresh_days=90,
    )
    event = IndicatorDefined(indicator=name, definition=definition)
    return Pending(name, event.TYPE, event.V, event.stream, 1, "import", encode_event(event))
