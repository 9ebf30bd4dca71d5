"""`eventsourcing` on PostgreSQL, and a view that its `ProjectionRunner` updates there.

The library appends with a psycopg pipeline, which blocks forever if the socket does not accept a
whole batch at once. A Unix socket does not accept 1000 events, so the server is reached over TCP.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from tests.bench.peers.contender import VIEWS, Contender, Work, in_batches
from tests.bench.peers.ground import Ground
from tests.bench.peers.library import VERSION, Reports, appends, save

GIVES = "aggregates with versions, snapshots, subscriptions, writers in many processes"
LACKS = "idempotent append, positions without gaps, rows protected against change"
VIEW_GIVES = "one counter of events, exactly once, each event durable in its own transaction"
VIEW_LACKS = "batches, a rebuild while the view is in use"
PATIENCE = 60.0


class FollowedReports(Reports):
    """The application whose events are counted; it has a table of its own."""


class CountView(PostgresTrackingRecorder):
    """A table with the number of events."""

    def __init__(self, datastore: PostgresDatastore, **more: Any) -> None:
        super().__init__(datastore, **more)
        self.table = Identifier(datastore.schema, "reports_counted")
        self.sql_create_statements.append(
            SQL("CREATE TABLE IF NOT EXISTS {} (name text PRIMARY KEY, n bigint)").format(self.table)
        )

    def count(self, name: str, tracking: Tracking) -> None:
        """Count one event, once."""
        upsert = SQL("INSERT INTO {0} VALUES (%s, 1) ON CONFLICT (name) DO UPDATE SET n = {0}.n + 1")
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(upsert.format(self.table), (name,), prepare=True)


class Counting(Projection[CountView]):
    """Counts events by class."""

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.count(type(domain_event).__qualname__, tracking)


@contextmanager
def contend(ground: Ground) -> Iterator[list[Contender]]:
    """Open one application to append to and another to follow."""
    env = environment(ground.postgres)
    application, followed = Reports(env=env), FollowedReports(env=env)
    try:
        view = Work(
            lambda _: _catch_up(followed, env),
            VIEW_GIVES,
            VIEW_LACKS,
            prepare=in_batches(save(followed)),
        )
        works = {**appends(application, GIVES, LACKS), VIEWS: view}
        version = f"{VERSION} on {ground.postgres_version}"
        yield [Contender("eventsourcing on PostgreSQL", version, works)]
    finally:
        followed.close()
        application.close()


def environment(url: str) -> dict[str, str]:
    """The environment variables by which an application finds its database."""
    given = conninfo_to_dict(url)
    if str(given["host"]).startswith("/"):
        raise RuntimeError("batches block forever on a Unix socket; use PostgreSQL over TCP")
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(given["dbname"]),
        "POSTGRES_HOST": str(given["host"]),
        "POSTGRES_PORT": str(given.get("port", "5432")),
        "POSTGRES_USER": str(given["user"]),
        "POSTGRES_PASSWORD": str(given.get("password", "")),
    }


def _catch_up(followed: Reports, env: dict[str, str]) -> None:
    """Run the projection up to the last event; its own `wait` checks too rarely to be timed."""
    last, deadline = followed.recorder.max_notification_id(), time.monotonic() + PATIENCE
    with ProjectionRunner(
        application_class=FollowedReports, projection_class=Counting, view_class=CountView, env=env
    ) as runner:
        while not runner.view.has_tracking_id(followed.name, last):
            if runner.is_interrupted.wait(0.01) or time.monotonic() > deadline:
                raise TimeoutError("the view did not reach the head")
