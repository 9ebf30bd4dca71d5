"""`eventsourcing` on SQLite."""

from collections.abc import Iterator
from contextlib import contextmanager

from eventsourcing.sqlite import SQLiteApplicationRecorder

from tests.bench.peers.contender import Contender
from tests.bench.peers.ground import Ground
from tests.bench.peers.library import VERSION, Reports, appends

FULL = 2
GIVES = "aggregates with versions, snapshots; WAL, and SQLite's own synchronous=FULL"
LACKS = "idempotent append, subscriptions (on SQLite), rows protected against change"


@contextmanager
def contend(ground: Ground) -> Iterator[list[Contender]]:
    """Open an application on a file.

    The library has no setting for `PRAGMA synchronous`; the default of the SQLite build applies.
    """
    path = str(ground.directory / "library.sqlite")
    env = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": path}
    application = Reports(env=env)
    try:
        check_durability(application)
        yield [Contender("eventsourcing on SQLite", VERSION, appends(application, GIVES, LACKS))]
    finally:
        application.close()


def check_durability(application: Reports) -> None:
    """Raise unless each commit of the application is synced to the disk, as ours are."""
    assert isinstance(application.recorder, SQLiteApplicationRecorder)
    with application.recorder.datastore.transaction(commit=False) as cursor:
        cursor.execute("PRAGMA synchronous")
        (level,) = cursor.fetchone()
    if level < FULL:
        raise RuntimeError(f"this SQLite was built with synchronous={level}, which is not durable")
