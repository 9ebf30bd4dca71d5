"""A database is prepared for a log by the owner of its tables; the service can then only add to it."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

psycopg = pytest.importorskip("psycopg")

from service.cli.app import app  # noqa: E402
from service.log.conformance.trees import AT, note, singles  # noqa: E402
from service.log.open import migrate  # noqa: E402
from service.log.port import Key, LogLocked, LogUnavailable  # noqa: E402
from service.log.postgres import open_postgres_log, read_postgres_log  # noqa: E402
from tests.places import DOCS  # noqa: E402
from tests.service.log.append_only import (  # noqa: E402
    FORBIDDEN,
    FORBIDDEN_OF_TREE,
    TABLES,
    append_three_events_and_a_key,
    event,
    noon,
    redaction,
)
from tests.service.log.postgres_server import Server  # noqa: E402
from tests.service.log.test_upgrade import make_old  # noqa: E402


@dataclass(frozen=True)
class Database:
    """An empty schema, as its owner and as a role of a service, with a superuser's connection."""

    owner: str
    service: str
    role: str
    raw: Any

    def tables(self) -> list[tuple[str]]:
        """The names of what is in the schema."""
        found: list[tuple[str]] = self.raw.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
        ).fetchall()
        return found

    def rights(self) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.raw.execute(
            "SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants"
            " WHERE table_schema = current_schema() ORDER BY 1, 2, 3"
        ).fetchall()
        return found

    def rows(self) -> list[list[Any]]:
        return [self.raw.execute(f"SELECT * FROM {each} ORDER BY 1").fetchall() for each in TABLES]


@pytest.fixture
def database(postgres: Server) -> Iterator[Database]:
    url = postgres.fresh()
    with closing(psycopg.connect(url, autocommit=True)) as raw:
        [(schema,)] = raw.execute("SELECT current_schema()").fetchall()
        for role in (owner := f"owner_of_{schema}"), (service := f"service_of_{schema}"):
            raw.execute(f"CREATE ROLE {role} LOGIN")
        raw.execute(f"ALTER SCHEMA {schema} OWNER TO {owner}")
        as_owner, as_service = (url.replace("postgres@", f"{each}@") for each in (owner, service))
        yield Database(as_owner, as_service, service, raw)


def run(*words: str, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(app, [*words])


# The role of a service


def test_the_role_adds_to_the_log_and_reads_it(database: Database) -> None:
    migrate(database.owner, database.role)
    with closing(open_postgres_log(database.service, noon)) as log:
        append_three_events_and_a_key(log)
        assert log.append([event("c")], [Key("n", b"", 2)]).positions == [4]
        assert list(log.check()) == []
    with closing(open_postgres_log(database.service, noon)) as log:
        assert (log.head(), log.damage) == (4, None)
    with closing(read_postgres_log(database.service)) as log:
        assert [each.stream for each in log.read()] == ["a", "a", "b", "c"]


def test_the_role_destroys_what_an_event_redacts_and_nothing_else(database: Database) -> None:
    migrate(database.owner, database.role)
    with closing(open_postgres_log(database.service, noon)) as log:
        append_three_events_and_a_key(log)
        log.append([redaction("r", b'{"position":2}')])
        assert not log.undestroyed.is_set()
        assert [bool(each.body) for each in log.at([1, 2, 3])] == [True, False, True]
        assert log.tree.salt(2) is None and log.tree.entries(1, 1)[0].recorded_at
        assert list(log.check()) == [] and log.destroy()
    tricks = (
        "SELECT intellog_destroy(ARRAY[1, 3])",
        # Something of the caller's in the place of what the guard looks up.
        "CREATE TEMP TABLE redactions AS SELECT 9::bigint AS position, 1::bigint AS redacted;"
        " SELECT intellog_destroy(ARRAY[1])",
    )
    with closing(psycopg.connect(database.service, autocommit=True)) as connection:
        for trick in tricks:
            with pytest.raises(psycopg.Error, match="append-only"):
                connection.execute(trick.encode())
    with closing(read_postgres_log(database.service)) as log:
        assert [bool(each.body) for each in log.at([1, 3])] == [True, True]


def test_nobody_else_may_call_the_function_that_destroys(database: Database) -> None:
    migrate(database.owner, None)
    [(schema,)] = database.raw.execute("SELECT current_schema()").fetchall()
    database.raw.execute(f"GRANT USAGE ON SCHEMA {schema} TO {database.role}".encode())
    with (
        closing(psycopg.connect(database.service, autocommit=True)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SELECT intellog_destroy(ARRAY[1]::bigint[])")


def test_the_role_can_do_nothing_else(database: Database) -> None:
    """Whatever the triggers would say: the role has no right to it."""
    migrate(database.owner, database.role)
    with closing(open_postgres_log(database.service, noon)) as log:
        append_three_events_and_a_key(log)
    before = database.rows()
    forbidden = [*FORBIDDEN, *FORBIDDEN_OF_TREE]
    statements = [each for each in forbidden if not each.startswith("INSERT") or "UPDATE" in each]
    for table in TABLES:
        statements += [f"TRUNCATE {table}", f"DROP TABLE {table}", f"ALTER TABLE {table} ADD x int"]
        statements += [f"ALTER TABLE {table} DISABLE TRIGGER USER", f"DELETE FROM {table}"]
        statements += [f"DROP TRIGGER intellog_remove ON {table}"]
    statements += ["INSERT INTO redactions VALUES (4)", "DELETE FROM redactions"]
    statements += ["CREATE TABLE own ()", "DROP FUNCTION intellog_refuse() CASCADE"]
    statements += ["SET session_replication_role = replica"]
    with closing(psycopg.connect(database.service, autocommit=True)) as connection:
        for statement in statements:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                for name in "BODY", "SALT", "HASH":
                    statement = statement.replace(name, "'{}'")
                connection.execute(statement)
    assert database.rows() == before


def test_the_role_stores_tiles_checkpoints_and_what_is_attached_to_them(database: Database) -> None:
    migrate(database.owner, database.role)
    with closing(open_postgres_log(database.service, noon)) as log:
        log.append(singles(0, 257))
        log.tree.add_checkpoint(257, note(log, 257), AT)
        log.tree.attach(257, "timestamp", "authority", b"token", AT)
        assert list(log.check()) == []
    with closing(read_postgres_log(database.service)) as log:
        assert [each.value for each in log.tree.attachments(257)] == [b"token"]
        assert log.tree.covering(1) == log.tree.latest() is not None


def test_rights_that_the_role_had_are_taken_away(database: Database) -> None:
    migrate(database.owner)
    database.raw.execute(f"GRANT ALL ON stored_events, marks TO {database.role}")
    migrate(database.owner, database.role)
    found = {right for grantee, _, right in database.rights() if grantee == database.role}
    assert found == {"SELECT", "INSERT"}


@pytest.mark.parametrize("power", ["SUPERUSER", "IN ROLE {owner}", "IN ROLE {may}", "owner"])
def test_a_role_that_could_change_the_log_is_refused_and_nothing_is_done(
    database: Database, power: str
) -> None:
    migrate(database.owner)
    owner, may = (database.role.replace("service", name) for name in ("owner", "may"))
    role = owner if power == "owner" else database.role.replace("service", "strong")
    database.raw.execute(f"CREATE ROLE {may}; GRANT DELETE ON marks TO {may}")
    if role != owner:
        database.raw.execute(f"CREATE ROLE {role} LOGIN {power.format(owner=owner, may=may)}")
    before = database.rights()
    with pytest.raises(LogUnavailable, match="could change what is stored"):
        migrate(database.owner, role)
    assert database.rights() == before


def test_a_role_that_is_not_there_is_refused_with_what_makes_it(database: Database) -> None:
    with pytest.raises(LogUnavailable, match=r'no role "No One"; .*CREATE ROLE "No One" LOGIN'):
        migrate(database.owner, "No One")
    assert database.tables() == []


def test_the_script_of_the_deployment_makes_the_role(
    postgres: Server, database: Database, tmp_path: Path
) -> None:
    psql = postgres.binaries / "psql"
    if not psql.exists():
        pytest.skip("psql is not among the binaries of the server")
    secret = tmp_path / "service_password"
    secret.write_text("'; DROP ROLE \\ x\n")
    script = tmp_path / "service-role.sql"
    text = (DOCS / "deploy" / script.name).read_text("utf-8")
    script.write_text(text.replace("/run/secrets/service_password", str(secret)))
    subprocess.run(
        [psql, "-v", "ON_ERROR_STOP=1", "-X", "-f", script, postgres.url()], check=True, timeout=60
    )
    try:
        migrate(database.owner, "intellog_service")
        found = database.raw.execute(
            "SELECT rolcanlogin, rolsuper, rolpassword LIKE 'SCRAM-SHA-256%' FROM pg_authid"
            " WHERE rolname = 'intellog_service'"
        )
        assert found.fetchall() == [(True, False, True)]
    finally:
        database.raw.execute("DROP OWNED BY intellog_service; DROP ROLE intellog_service")


# What a service does where nothing was prepared for it


@pytest.mark.parametrize("prepared", ["nothing", "use of the schema", "tables", "an old log"])
def test_a_service_without_rights_names_the_command_in_one_line_and_creates_nothing(
    database: Database, tmp_path: Path, prepared: str
) -> None:
    [(schema,)] = database.raw.execute("SELECT current_schema()").fetchall()
    if prepared != "nothing":
        database.raw.execute(f"GRANT USAGE ON SCHEMA {schema} TO {database.role}")
    if prepared == "tables":
        migrate(database.owner)
    if prepared == "an old log":
        (tmp_path / "postgres.url").write_text(database.owner)
        migrate(database.owner, database.role)
        make_old(tmp_path, b"s" * 32)
    before = database.tables()
    for words in ["serve", "--port", "0"], ["check"], ["reports"]:
        said = run(*words, "--data", str(tmp_path / "data"), INTELLOG_LOG=database.service)
        assert (said.exit_code, said.stderr.count("\n")) == (1, 1), said.output
        assert "intellog migrate" in said.stderr
    assert database.tables() == before
    migrate(database.owner, database.role)
    open_postgres_log(database.service, noon).close()


def test_readers_never_create_a_table(database: Database) -> None:
    with pytest.raises(LogUnavailable, match="intellog migrate"):
        read_postgres_log(database.owner)
    assert database.tables() == []


def test_the_owner_serves_an_empty_database_at_once(database: Database) -> None:
    with closing(open_postgres_log(database.owner, noon)) as log:
        append_three_events_and_a_key(log)
    migrate(database.owner, database.role)
    with closing(open_postgres_log(database.service, noon)) as log:
        assert log.head() == 3


# The migration


def test_it_says_what_it_did_and_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    words = ["migrate", "--log", database.owner, "--role", database.role]
    first = run(*words)
    assert first.exit_code == 0, first.output
    assert first.stdout.startswith("created the tables of a log in 127.0.0.1:")
    assert first.stdout.endswith(
        f"; the role {database.role} may select, insert, and destroy what was redacted, nothing else\n"
    )
    with closing(open_postgres_log(database.service, noon)) as log:
        append_three_events_and_a_key(log)
        before = database.rows()
        again = run("migrate", INTELLOG_LOG=database.owner)
        assert again.stdout.endswith("version 3, are as they should be\n"), again.output
        assert log.append([redaction("c", b'{"position":3}')]).positions == [4]
    after = database.rows()
    assert after[0][2][-1] is None  # what the role may destroy, since an event says so
    assert [rows[:2] for rows in after] == [rows[:2] for rows in before]
    (tmp_path / "postgres.url").write_text(database.owner)
    make_old(tmp_path, log.secret)
    assert "upgraded the log in 127.0.0.1:" in run(*words).stdout
    with closing(read_postgres_log(database.service)) as old:
        assert (old.head(), list(old.check())) == (4, [])


def test_a_log_that_is_being_written_is_not_upgraded(database: Database, tmp_path: Path) -> None:
    with closing(open_postgres_log(database.owner, noon)) as log:
        (tmp_path / "postgres.url").write_text(database.owner)
        make_old(tmp_path, log.secret)
        with pytest.raises(LogLocked, match="stop it before"):
            migrate(database.owner)
    assert "upgraded" in migrate(database.owner)


def test_guards_that_were_dropped_are_put_back(database: Database) -> None:
    migrate(database.owner, database.role)
    for statement in (
        "DROP TRIGGER intellog_remove ON log_meta",
        "ALTER TABLE marks DISABLE TRIGGER USER",
    ):
        database.raw.execute(statement)
    migrate(database.owner)
    for table in "log_meta", "marks":
        with pytest.raises(psycopg.IntegrityError, match="append-only"):
            database.raw.execute(f"DELETE FROM {table}")


def test_several_at_once_make_one_log(database: Database) -> None:
    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(migrate, [database.owner] * 4, [database.role] * 4))
    assert sorted(each.startswith("created") for each in said) == [False, False, False, True]
    open_postgres_log(database.service, noon).close()


def test_only_an_owner_prepares_a_database(database: Database) -> None:
    [(schema,)] = database.raw.execute("SELECT current_schema()").fetchall()
    database.raw.execute(f"GRANT USAGE ON SCHEMA {schema} TO {database.role}")
    with pytest.raises(LogUnavailable, match=f"{database.role} may not create .*as their owner"):
        migrate(database.service, database.role)
    assert database.tables() == []
    migrate(database.owner, database.role)
    with pytest.raises(LogUnavailable, match="as their owner"):
        migrate(database.service, database.role)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ([], 2, "intellog: name the database of the log: --log"),
        (["--log", "mysql://u:hunter2@h/db"], 2, "intellog: --log: must have the form postgresql://"),
        (["--log", "postgresql://u:hunter2@h:port/db"], 2, "intellog: --log: the address of the"),
        (["--log", "postgresql://u:hunter2@127.0.0.1:1/db"], 1, "intellog: "),
    ],
)
def test_what_cannot_be_reached_is_said_in_one_line_without_a_password(
    words: list[str], status: int, said: str
) -> None:
    done = run("migrate", *words, INTELLOG_LOG="")
    assert (done.exit_code, done.stderr.count("\n")) == (status, 1), done.output
    assert done.stderr.startswith(said)
    assert "hunter2" not in done.output
