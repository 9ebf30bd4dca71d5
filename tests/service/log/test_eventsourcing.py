"""Why the log has a recorder of its own: with its database functions, `eventsourcing` loses events.

Eight writers, and a reader that remembers the last position. A trigger delays the commit of one writer
that has its position already, as a slow disk or network would; so the race is the same in each run.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from tests.processes import until
from tests.service.log.postgres_server import Server

WRITERS = 8
SCHEMA = "of_eventsourcing"
LATE = "late"
"""The stream whose writer commits last; it gets its position first."""
DELAY = f"""
    CREATE FUNCTION {SCHEMA}.delayed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(1);
        RETURN NULL;
    END $$;
    CREATE TRIGGER delayed AFTER INSERT ON {SCHEMA}.stored_events
    FOR EACH ROW WHEN (NEW.originator_id = '{LATE}') EXECUTE FUNCTION {SCHEMA}.delayed()"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


class Lost(Exception):
    """Positions that are stored and were not seen."""


@contextmanager
def recorder(postgres: Server, *, functions: bool) -> Iterator[PostgresApplicationRecorder]:
    """A recorder of eventsourcing over a new schema, with its database functions or without."""
    with closing(
        PostgresDatastore(
            *("postgres", "127.0.0.1", str(postgres.port), "postgres", ""),
            pool_size=WRITERS + 1,
            schema=SCHEMA,
            originator_id_type="text",
            enable_db_functions=functions,
        )
    ) as datastore:
        recorder = PostgresApplicationRecorder(datastore)
        recorder.create_table()
        yield recorder


@pytest.fixture
def raw(postgres: Server) -> Iterator["psycopg.Connection[tuple[int]]"]:
    """A connection of the test's own; what it made is gone in the end."""
    with closing(psycopg.connect(postgres.url(), autocommit=True)) as raw:
        raw.execute(f"CREATE SCHEMA {SCHEMA}".encode())
        yield raw
        raw.execute(f"DROP SCHEMA {SCHEMA} CASCADE".encode())


def event(stream: str) -> StoredEvent:
    return StoredEvent(stream, 1, "Noted", b"{}")


@pytest.mark.parametrize(
    "functions",
    [
        pytest.param(
            True,
            marks=pytest.mark.xfail(
                strict=True,
                raises=Lost,
                reason="POSTGRES_ENABLE_DB_FUNCTIONS inserts without the lock on the table, so a"
                " transaction may commit a position after a higher one was read",
            ),
        ),
        False,
    ],
    ids=["with-database-functions", "without"],
)
def test_a_reader_that_remembers_its_position_sees_every_event(
    postgres: Server, raw: "psycopg.Connection[tuple[int]]", functions: bool
) -> None:
    with recorder(postgres, functions=functions) as log, ThreadPoolExecutor(WRITERS) as threads:
        raw.execute(DELAY.encode())
        raw.execute("SELECT pg_advisory_lock(1)")
        seen: list[int] = []

        def waiting() -> int:
            return raw.execute(WAITING).fetchone()[0]  # type: ignore[index]

        def tail() -> None:
            start = seen[-1] + 1 if seen else 1
            seen.extend(each.id for each in log.select_notifications(start, 100))

        try:
            writers = [threads.submit(log.insert_events, [event(LATE)])]
            until(waiting, lambda number: number == 1)
            writers += [threads.submit(log.insert_events, [event(f"s{n}")]) for n in range(1, WRITERS)]
            # Each has committed, or waits for the one that is late.
            until(lambda: waiting() + sum(each.done() for each in writers), WRITERS.__eq__)
            tail()
        finally:
            raw.execute("SELECT pg_advisory_unlock(1)")
        stored = sorted(id for each in writers for id in each.result() or ())
        tail()
    assert stored == list(range(1, WRITERS + 1))
    if lost := set(stored) - set(seen):
        raise Lost(lost)
    assert seen == stored
