"""`intellog check-store`: a user's database or disk is checked, and nothing is left there."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from service.cli.app import app
from service.log.conformance.postgres_place import address_in
from service.log.postgres import open_postgres_log
from tests.service.log.append_only import append_three_events_and_a_key, event, noon
from tests.service.log.postgres_server import Server

LOSING_GUARDS = """
    CREATE FUNCTION lose_guards() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE pg_trigger SET tgenabled = 'D' WHERE tgname LIKE 'intellog_%';
    END $$;
    CREATE EVENT TRIGGER lose_guards ON ddl_command_end WHEN TAG IN ('ALTER TABLE')
    EXECUTE FUNCTION lose_guards()"""
"""A database that accepts triggers and does not run them."""


def run(*words: object) -> Result:
    return CliRunner(env={"INTELLOG_LOG": ""}).invoke(app, ["check-store", *map(str, words)])


@pytest.fixture
def own(postgres: Server) -> Iterator[str]:
    """The address of a database of one's own."""
    name = "own"
    with closing(psycopg.connect(postgres.url(), autocommit=True)) as raw:
        raw.execute(f"CREATE DATABASE {name}")
        yield postgres.url().replace("/postgres?", f"/{name}?")
        raw.execute(f"DROP DATABASE {name}")


def schemas(url: str) -> list[str]:
    with closing(psycopg.connect(url)) as raw:
        rows = raw.execute("SELECT nspname FROM pg_namespace ORDER BY 1").fetchall()
    return [name for (name,) in rows if not name.startswith("pg_")]


def test_a_disk_that_holds_a_log_passes_and_keeps_nothing(tmp_path: Path) -> None:
    done = run("--data", tmp_path, "--only", "empty log")
    assert done.output.splitlines() == [
        "✓ an empty log answers that nothing is there",
        "✓ an empty log takes the clock as it is",
        "2 checks: all passed",
    ]
    assert done.exit_code == 0
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_holds_a_log_passes_and_keeps_nothing(own: str) -> None:
    before = schemas(own)
    done = run(own, "--only", "misses nothing while eight", "--events", 4_000, "--json")
    [line] = done.output.splitlines()
    found = json.loads(line)
    assert (found["check"], found["broken"]) == (
        "a reader misses nothing while eight writers race",
        None,
    )
    assert done.exit_code == 0
    assert schemas(own) == before


def test_a_log_that_is_served_from_the_same_database_is_left_alone(own: str) -> None:
    with closing(open_postgres_log(own, noon)) as log:
        append_three_events_and_a_key(log)
        before = log.read()
        done = run(own, "--only", "written by one at a time")
        assert done.exit_code == 0, done.output
        assert log.read() == before
        assert log.append([event("b", 2)]).positions == [4]


def test_what_a_database_does_not_keep_is_said_in_words(own: str) -> None:
    with closing(psycopg.connect(own, autocommit=True)) as raw:
        raw.execute(LOSING_GUARDS)
    done = run(own, "--only", "the database refuses")
    assert done.output.splitlines() == [
        "✗ the database refuses every change: the database did not refuse to run"
        " 'UPDATE stored_events SET state = BODY'",
        "✗ the database refuses every change of the tree: the database did not refuse to run"
        " 'UPDATE subtrees SET hash = HASH'",
        "2 checks: 2 failed",
    ]
    assert done.exit_code == 1
    assert schemas(own) == ["information_schema", "public"]


def test_a_role_that_may_not_create_schemas_is_refused(own: str) -> None:
    with closing(psycopg.connect(own, autocommit=True)) as raw:
        raw.execute("CREATE ROLE guest LOGIN")
        try:
            done = run(own.replace("postgres@", "guest@"))
        finally:
            raw.execute("DROP ROLE guest")
    assert done.exit_code == 1
    assert "the role guest may not create schemas in the database own" in done.stderr
    assert "GRANT CREATE ON DATABASE own TO guest" in done.stderr


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--data", "nowhere"), 2, "there is no directory nowhere"),
        (("mysql://there/log",), 2, "intellog: URL: must have the form postgresql://"),
        (("postgresql://me:hush@127.0.0.1:1/log",), 1, "no log can be opened there"),
        (("postgresql://me:hush/log",), 2, "the address of the database cannot be parsed"),
        (("--data", ".", "--only", "unicorns"), 2, "no check has these words"),
        (("--data", ".", "--events", "7"), 2, "greater than or equal to 8"),
    ],
)
def test_what_cannot_be_checked_is_said_in_one_line(
    words: tuple[str, ...], status: int, said: str
) -> None:
    done = run(*words)
    assert (done.exit_code, said in done.stderr) == (status, True), done.stderr
    assert "hush" not in done.output
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://h/d", "postgresql://h/d?options=-csearch_path%3Ds"),
        (
            "postgresql://h/d?sslmode=require",
            "postgresql://h/d?sslmode=require&options=-csearch_path%3Ds",
        ),
        (
            "postgresql://h/d?options=-cgeqo%3Doff%20-csearch_path%3Dlive&sslmode=require",
            "postgresql://h/d?sslmode=require"
            "&options=-cgeqo%3Doff%20-csearch_path%3Dlive%20-csearch_path%3Ds",
        ),
    ],
)
def test_a_schema_is_named_beside_the_other_options(address: str, expected: str) -> None:
    assert address_in(address, "s") == expected
