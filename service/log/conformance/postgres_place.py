"""Room for logs in a PostgreSQL database: schemas that are created for a check and dropped after it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, unquote

import psycopg

from service.log.conformance.database import Database
from service.log.conformance.sqlite_place import PREFIX as FOLDER
from service.log.conformance.store import Backend, Place
from service.log.port import LogUnavailable
from service.log.postgres_address import refuse_unreadable

PREFIX = "intellog_check_"
"""What the names of schemas begin with: no log of a service has such a name."""
RIGHTS = """
    SELECT quote_ident(current_user), quote_ident(current_database()), pg_is_in_recovery(),
           has_database_privilege(current_database(), 'CREATE')"""


def postgres_backend(address: str, **numbers: Any) -> Backend:
    """Logs in schemas of their own; `numbers` are those of `Backend`.

    Raises LogUnavailable if the database does not answer or the role may not create schemas, and
    ValueError if the address cannot be parsed.
    """
    refuse_unreadable(address)
    _refuse_unfit(address)
    run, counted = secrets.token_hex(4), count(1)

    @contextmanager
    def empty() -> Iterator[Place]:
        schema = f"{PREFIX}{run}_{next(counted)}"
        _execute(address, f"CREATE SCHEMA {schema}")
        try:
            with TemporaryDirectory(prefix=FOLDER) as folder:
                yield Place(Path(folder), address_in(address, schema))
        finally:
            _execute(address, f"DROP SCHEMA IF EXISTS {schema} CASCADE")

    return Backend(empty, database=_connected, **numbers)


def address_in(address: str, schema: str) -> str:
    """The address of a database with this schema as its search path; other options stay."""
    base, _, query = address.partition("?")
    given = [each for each in query.split("&") if each]
    options = [unquote(each.partition("=")[2]) for each in given if each.startswith("options=")]
    rest = [each for each in given if not each.startswith("options=")]
    merged = quote(" ".join([*options, f"-csearch_path={schema}"]), safe="")
    return f"{base}?{'&'.join([*rest, f'options={merged}'])}"


def _refuse_unfit(address: str) -> None:
    with _raw(address) as raw:
        [(role, database, standby, may_create)] = raw.execute(RIGHTS).fetchall()
    if standby:
        raise LogUnavailable(
            f"the database {database} is a standby that only reads; name the address of the primary"
        )
    if not may_create:
        raise LogUnavailable(
            f"the role {role} may not create schemas in the database {database}, and the checks use no"
            f" other; name a role that may, or run: GRANT CREATE ON DATABASE {database} TO {role}"
        )


def _execute(address: str, statement: str) -> None:
    with _raw(address) as raw:
        raw.execute("SET lock_timeout = '10s'")
        raw.execute(statement)


@contextmanager
def _raw(address: str) -> Iterator[Any]:
    try:
        with psycopg.connect(address, autocommit=True, connect_timeout=10) as raw:
            yield raw
    except psycopg.Error as error:
        raise LogUnavailable(str(error).partition("\n")[0]) from error


@contextmanager
def _connected(place: Place) -> Iterator[Database]:
    assert place.address is not None
    with psycopg.connect(place.address, autocommit=True) as raw:
        said = ("the log is append-only", "duplicate key")
        yield Database(raw, psycopg.IntegrityError, said, lambda data: f"'{data.decode()}'")
