"""Message DB: functions in PostgreSQL, installed from its own package."""

import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Literal

from tests.bench.peers.contender import SINGLES, Act, Contender, Work, one_by_one
from tests.bench.peers.filings import Filing
from tests.bench.peers.ground import Ground
from tests.places import ROOT

VERSION = "1.3.1"
CACHE = ROOT / "build" / f"message-db-{VERSION}"
FOLDERS = ["roles", "schema", "tables", "types", "functions", "indexes", "views", "privileges"]
GIVES = "stream versions, categories, consumer groups; append-only by the rights of its role"
LACKS = "a function for batches, idempotent append, stored bytes as sent, one order of all categories"
WRITE = "SELECT write_message(%s, %s, %s, %s::jsonb, NULL, -1)"
"""The expected version of a stream that does not exist, so that a stream is not created twice."""


@contextmanager
def contend(ground: Ground) -> Iterator[list[Contender]]:
    """Install the functions in a database of their own, and connect with the role made for them."""
    _install(_package(), ground.postgres)
    with psycopg.connect(
        ground.postgres, dbname="message_store", user="message_store", autocommit=True
    ) as connection:
        work = Work(one_by_one(_write(connection)), GIVES, LACKS)
        version = f"{VERSION} on {ground.postgres_version}"
        yield [Contender("Message DB on PostgreSQL", version, {SINGLES: work})]


def _write(connection: psycopg.Connection) -> Act:
    def write(events: Sequence[Filing]) -> None:
        for event in events:
            stream = f"report-{event.id}"
            message = (str(event.id), stream, event.pending.type, event.body.decode())
            connection.execute(WRITE, message)

    return write


def _package() -> Path:
    """The unpacked package, downloaded once."""
    if not CACHE.exists():
        CACHE.parent.mkdir(exist_ok=True)
        pack = ["npm", "pack", f"@eventide/message-db@{VERSION}", "--silent"]
        subprocess.run(pack, cwd=CACHE.parent, check=True, capture_output=True, timeout=60)
        archive = CACHE.parent / f"eventide-message-db-{VERSION}.tgz"
        with tarfile.open(archive) as packed:
            packed.extractall(CACHE, filter="data")
        archive.unlink()
    return CACHE / "package"


def _install(package: Path, url: str) -> None:
    """Run the statements of the package in the order of its `install.sh`.

    Except `CREATE EXTENSION pgcrypto`: the only function that it needs is part of PostgreSQL since
    version 13, and the server used here does not include the extension.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE message_store")
    with psycopg.connect(url, dbname="message_store") as connection:
        for folder in FOLDERS:
            for script in sorted((package / "database" / folder).glob("*.sql")):
                connection.execute(script.read_bytes())
        connection.execute(SQL("ALTER ROLE message_store PASSWORD {}").format(_password(url)))


def _password(url: str) -> Literal:
    return Literal(conninfo_to_dict(url)["password"])
