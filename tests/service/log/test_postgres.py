"""PostgreSQL guards the log: against changes, against a second writer, against its own absence."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest

psycopg = pytest.importorskip("psycopg")

from service.log import postgres_sessions  # noqa: E402
from service.log.port import (  # noqa: E402
    EventLog,
    Key,
    LogLocked,
    LogUnavailable,
    Pending,
    VersionConflict,
)
from service.log.postgres import open_postgres_log  # noqa: E402
from tests.places import ROOT  # noqa: E402
from tests.service.log.append_only import (  # noqa: E402
    FORBIDDEN,
    TABLES,
    Rows,
    append_three_events_and_a_key,
    event,
    noon,
    redaction,
)
from tests.service.log.postgres_server import Server  # noqa: E402
from tests.service.log.postgres_server import running as server_of_its_own  # noqa: E402
from tests.work import calls  # noqa: E402

Raw = Any


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.fresh()


@pytest.fixture
def log(url: str) -> Iterator[EventLog]:
    """Three events and a key."""
    with closing(open_postgres_log(url, noon)) as log:
        append_three_events_and_a_key(log)
        yield log


@pytest.fixture
def raw(url: str) -> Iterator[Raw]:
    """A connection that is none of ours, with every right there is."""
    with closing(psycopg.connect(url, autocommit=True)) as raw:
        yield raw


def rows(raw: Raw) -> Rows:
    return {table: raw.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in TABLES}


@contextmanager
def refused(raw: Raw) -> Iterator[None]:
    before = rows(raw)
    with pytest.raises(psycopg.IntegrityError) as caught:
        yield
    assert "the log is append-only" in str(caught.value) or "duplicate key" in str(caught.value)
    assert rows(raw) == before


# What an append costs


@pytest.mark.parametrize("size", [1, 100])
def test_an_append_takes_two_round_trips(log: EventLog, size: int) -> None:
    """One looks up all that it is checked against, the other stores it all."""
    batch = [event(f"report:new-{n}", 1) for n in range(size)]
    keys = [Key(f"key:new-{n}", b"", each) for n, each in enumerate(batch)]
    with calls() as made:
        log.append(batch, keys)
    assert made["Session.wait"] == 2


# What is written stays


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE stored_events",
        "TRUNCATE stored_events, entries, marks, log_meta",
        "INSERT INTO stored_events VALUES (3, 'new', 1, 'Noted', '{}')",
        "INSERT INTO stored_events VALUES (4, 'a', 1, 'Noted', '{}')",
        "MERGE INTO stored_events USING (SELECT 3 AS p) ON position = p"
        " WHEN MATCHED THEN UPDATE SET state = '{}'",
        "INSERT INTO stored_events VALUES (4, 'new', 1, 'N', '{}'), (6, 'new', 2, 'N', '{}')",
        "TRUNCATE entries",
        "INSERT INTO entries VALUES (3, 3, '0', '0', '0', 'T')",
        "INSERT INTO entries VALUES (4, 2, '0', '0', '0', 'T')",
        "INSERT INTO entries VALUES (4, 4, '0', '0', '0', 'T'), (5, 3, '0', '0', '0', 'T')",
        "INSERT INTO entries VALUES (0, 3, '0', '0', '0', 'T')",
        "TRUNCATE marks",
        "INSERT INTO marks VALUES ('m', 2, '0', '0') ON CONFLICT (name) DO UPDATE SET position = 2",
        "TRUNCATE log_meta",
        "INSERT INTO log_meta VALUES ('secret', '0')",
    ],
)
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_the_database_refuses(log: EventLog, raw: Raw, statement: str, role: str) -> None:
    log.close()
    raw.execute(f"SET session_replication_role = {role}")
    with refused(raw):
        raw.execute(statement)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_database_refuses_a_replica_what_it_refuses_everybody(
    log: EventLog, raw: Raw, statement: str
) -> None:
    log.close()
    raw.execute("SET session_replication_role = replica")
    with refused(raw):
        raw.execute(statement.replace("BODY", "'{}'").replace("SALT", "'0'"))


def test_the_next_event_may_be_inserted_by_whoever_holds_the_log(log: EventLog, raw: Raw) -> None:
    insertion = "INSERT INTO stored_events VALUES (4, 'new', 1, 'Noted', '{}')"
    with refused(raw):
        raw.execute(insertion)
    with refused(raw):
        raw.execute("INSERT INTO marks VALUES ('n', 1, '0', '0')")
    log.close()
    raw.execute(insertion)
    raw.execute("INSERT INTO entries VALUES (4, 3, '0', '0', '0', 'T')")
    raw.execute("INSERT INTO marks VALUES ('n', 1, '0', '0')")


def test_names_are_looked_up_in_the_schema_of_the_log(log: EventLog, raw: Raw, url: str) -> None:
    [(schema,)] = raw.execute("SELECT current_schema()").fetchall()
    log.append([redaction("r", b'{"position":2}')])
    log.close()
    raw.execute("SET search_path = pg_catalog")
    raw.execute(f"UPDATE {schema}.stored_events SET state = NULL WHERE position = 2")
    with pytest.raises(psycopg.IntegrityError, match="append-only"):
        raw.execute(f"INSERT INTO {schema}.stored_events VALUES (9, 'new', 1, 'Noted', '')")


def test_guards_that_were_dropped_are_back_when_the_log_is_opened(url: str, raw: Raw) -> None:
    open_postgres_log(url, noon).close()
    raw.execute("DROP TRIGGER intellog_remove ON log_meta")
    raw.execute("ALTER TABLE entries DISABLE TRIGGER intellog_remove")
    open_postgres_log(url, noon).close()
    for table in "log_meta", "entries":
        with refused(raw):
            raw.execute(f"DELETE FROM {table}")


def test_a_role_that_may_only_select_and_insert_appends(postgres: Server, url: str, raw: Raw) -> None:
    open_postgres_log(url, noon).close()
    [(schema,)] = raw.execute("SELECT current_schema()").fetchall()
    role = f"only_{schema}"
    raw.execute(f"CREATE ROLE {role} LOGIN")
    raw.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
    raw.execute(f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA {schema} TO {role}")
    with closing(open_postgres_log(url.replace("postgres@", f"{role}@"), noon)) as log:
        batch = [event("a")]
        assert log.append(batch, [Key("m", b"", batch[0])]).positions == [1]
        assert log.head() == 1
        raw.execute(f"SET ROLE {role}")
        for statement in "DROP TABLE marks", "DELETE FROM marks", "DROP TRIGGER x ON marks":
            with pytest.raises(psycopg.Error, match=r"permission|owner|not exist"):
                raw.execute(statement)


# Notifications


def test_each_commit_of_events_sends_one_notification_with_head_and_schema(
    log: EventLog, raw: Raw
) -> None:
    raw.execute("LISTEN intellog")
    [(schema,)] = raw.execute("SELECT current_schema()").fetchall()
    log.append([event("c"), event("a", 3)])
    log.append([], [Key("n", b"", 1)])
    with pytest.raises(VersionConflict):
        log.append([event("c")])
    log.append([event("d")])
    sent = [each.payload for each in raw.notifies(timeout=30, stop_after=2)]
    assert sent == [f"5 {schema}", f"6 {schema}"]


# Redaction


def redact(raw: Raw, position: int) -> None:
    raw.execute("UPDATE stored_events SET state = NULL WHERE position = %s", (position,))
    raw.execute("UPDATE entries SET salt = NULL WHERE position = %s", (position,))


@pytest.mark.parametrize(
    "claimed",
    [
        redaction("r", b'{"position":99999999999999999999}'),
        redaction("r", b'{"x":"\xff"}'),
        redaction("r", b'{"position":4}'),
    ],
    ids=lambda claimed: f"{claimed.type} {claimed.data!r}",
)
def test_only_an_event_that_names_the_position_permits_it(
    log: EventLog, raw: Raw, claimed: Pending
) -> None:
    log.append([claimed])
    for position in 2, 4:
        with refused(raw):
            redact(raw, position)


# One session that writes


def test_a_second_process_is_refused_and_told_no_password(log: EventLog, url: str) -> None:
    program = (
        "import sys; from datetime import datetime, UTC\n"
        "from service.log.port import LogLocked\n"
        "from service.log.postgres import open_postgres_log\n"
        "try:\n"
        "    open_postgres_log(sys.argv[1], lambda: datetime.now(UTC)).close()\n"
        "    print('opened')\n"
        "except LogLocked as locked:\n"
        "    print(locked)\n"
    )
    address = url.replace("postgres@", "postgres:hunter2@")

    def told() -> str:
        command = [sys.executable, "-W", "error", "-c", program, address]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        return (done.stdout + done.stderr).strip()

    said = told()
    assert said.startswith("another process writes the log in 127.0.0.1:")
    assert "hunter2" not in said
    log.append([event("c")])
    log.close()
    assert told() == "opened"


def test_the_same_process_is_refused_as_well(log: EventLog, url: str) -> None:
    with pytest.raises(LogLocked, match="--url"):
        open_postgres_log(url, noon)
    log.append([event("c")])


def terminate(raw: Raw, condition: str = "true") -> None:
    """End sessions of the log whose writer is that of this schema."""
    raw.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE locktype = 'advisory' AND classid = 1768714087"
        f" AND objid::bigint = (hashtext(current_schema())::bigint & 4294967295) AND {condition}"
    )


def test_an_append_on_a_lost_session_is_refused_and_the_next_goes_on(log: EventLog, raw: Raw) -> None:
    terminate(raw)
    with pytest.raises(LogUnavailable):
        log.append([event("c")])
    assert log.append([event("c")]).positions == [4]


def test_after_another_took_over_it_is_refused_until_it_lets_go(url: str, raw: Raw) -> None:
    instants = [noon()]
    with closing(open_postgres_log(url, lambda: instants[0])) as log:
        log.append([event("a")])
        terminate(raw)
        later = noon() + timedelta(hours=1)
        with closing(open_postgres_log(url, lambda: later)) as other:
            for _ in range(2):
                with pytest.raises(LogUnavailable):
                    log.append([event("c")])
            other.append([event("a", 2)])
            assert log.head() == 2
        with pytest.raises(LogUnavailable, match="has been replaced"):
            log.append([event("c")])
        assert log.append([event("c")]).recorded_at == later


# A store that does not answer


def test_a_server_that_goes_is_missed_at_once_and_met_again() -> None:
    with server_of_its_own() as server, closing(open_postgres_log(server.url(), noon)) as log:
        log.append([event("a")])
        with log.subscribe(0) as subscription:
            assert len(next(subscription)) == 1
        server.stop()
        begun = monotonic()
        for call in lambda: log.append([event("b")]), log.head, lambda: log.append([event("b")]):
            with pytest.raises(LogUnavailable):
                call()
        assert monotonic() - begun < 10
        server.start()
        with pytest.raises(LogUnavailable, match="has been replaced"):
            log.append([event("b")])
        assert log.append([event("b")]).positions == [2]
        assert [stored.stream for stored in log.read()] == ["a", "b"]


@pytest.mark.skipif(os.name != "posix", reason="holds processes, as POSIX can")
def test_a_server_that_hangs_is_not_waited_for(
    url: str, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_postgres_log(url, noon)) as log:
        [writer] = held_by(raw)
        monkeypatch.setattr(postgres_sessions, "CALL_SECONDS", 0.5)
        os.kill(writer, signal.SIGSTOP)
        try:
            begun = monotonic()
            with pytest.raises(LogUnavailable, match="timeout"):
                log.append([event("a")])
            assert monotonic() - begun < 5
            assert log.head() == 0
        finally:
            os.kill(writer, signal.SIGCONT)


def held_by(raw: Raw) -> list[int]:
    return [
        pid
        for (pid,) in raw.execute(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory'"
            " AND objid::bigint = (hashtext(current_schema())::bigint & 4294967295)"
        )
    ]


def test_commits_are_durable_and_readers_cannot_write(url: str) -> None:
    with closing(postgres_sessions.Sessions(url + "%20-csynchronous_commit%3Doff")) as sessions:
        with sessions.writing() as c:
            assert c.execute("SHOW synchronous_commit").fetchall() == [("on",)]
        with sessions.reading() as c, pytest.raises(psycopg.Error, match="read-only"):
            c.execute("CREATE TABLE t ()")


def test_readers_that_hold_every_session_do_not_keep_the_writer_out(log: EventLog) -> None:
    with ExitStack() as held:
        sessions = log._recorder._sessions  # type: ignore[attr-defined]
        for _ in range(postgres_sessions.MAX_READERS):
            held.enter_context(sessions.reading())
        assert log.append([event("c")]).positions == [4]


def test_a_log_of_a_newer_schema_is_refused(url: str, raw: Raw) -> None:
    raw.execute("CREATE TABLE log_meta (name text PRIMARY KEY, value bytea)")
    raw.execute("INSERT INTO log_meta VALUES ('schema', '99')")
    with pytest.raises(LogUnavailable, match="newer intellog: its schema version is 99"):
        open_postgres_log(url, noon)
    assert raw.execute("SELECT to_regclass('stored_events')").fetchall() == [(None,)]


def test_a_database_that_would_lose_what_it_is_given_is_refused(url: str) -> None:
    with server_of_its_own() as server:
        server.stop()
        server.start("-c fsync=off")
        with pytest.raises(LogUnavailable, match="fsync"):
            open_postgres_log(server.url(), noon)


def test_a_schema_that_is_not_there_is_unavailable(postgres: Server) -> None:
    with pytest.raises(LogUnavailable, match="names no schema"):
        open_postgres_log(postgres.url("nowhere"), noon)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:hunter2@127.0.0.1:1/db",
        "postgresql://u:hunter2@/db?host=/nowhere",
        "postgresql://u:hunter2@127.0.0.1:1,127.0.0.1:2/db",
    ],
)
def test_a_server_that_is_not_there_is_unavailable_without_a_password(address: str) -> None:
    with pytest.raises(LogUnavailable) as caught:
        open_postgres_log(address, noon)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["postgresql://u:hunter2%zz@h/db", "postgresql://u:hunter2@h:port/db", "hunter2"]
)
def test_an_address_that_cannot_be_read_is_not_repeated(address: str) -> None:
    with pytest.raises((ValueError, LogUnavailable)) as caught:
        open_postgres_log(address, noon)
    assert "hunter2" not in str(caught.value)
