"""`eventsourcing` in FastAPI, on SQLite and on PostgreSQL; there with a projection beside it."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.ends.end import End
from tests.bench.ends.ours import ON_POSTGRES, ON_SQLITE
from tests.bench.peers.ground import Ground
from tests.bench.peers.library import VERSION
from tests.bench.peers.library_postgres import environment
from tests.bench.server import process, program

GIVES = "the body against the same model, an aggregate with a version, 409 for one that is there"
LACKS = (
    "checks against indicators, sources and earlier reports; the answer of the first time for a retry; "
    "hash, salt and index"
)
SQLITE_LACKS = f"{LACKS}; any view: its SQLite module has no subscriptions, so no ProjectionRunner"
FOLLOWED_GIVES = f"{GIVES}; a ProjectionRunner beside it counts events, each in a transaction"
FOLLOWED_LACKS = f"{LACKS}; views other than the one that a user writes"
APP = "tests.bench.ends.library_app"


@contextmanager
def on_sqlite(ground: Ground) -> Iterator[End]:
    """Its SQLite module, with `synchronous=FULL` as ours: the server does not start otherwise."""
    path = str(ground.directory / "library-end.sqlite")
    env = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": path}
    name = "eventsourcing on SQLite, in FastAPI"
    with program("-m", APP, ready="/readyz", **env) as server:
        yield End(name, VERSION, server, GIVES, SQLITE_LACKS, ON_SQLITE)


@contextmanager
def on_postgres(ground: Ground) -> Iterator[End]:
    """Its PostgreSQL module, and its `ProjectionRunner` in a process of its own."""
    ground.schema("library")
    env = {**environment(ground.postgres), "POSTGRES_SCHEMA": "library"}
    version = f"{VERSION} on {ground.postgres_version}"
    name = "eventsourcing on PostgreSQL, in FastAPI"
    with (
        program("-m", APP, "--followed", ready="/readyz", **env) as server,
        process("-m", "tests.bench.ends.library_projection", **env),
    ):
        yield End(name, version, server, FOLLOWED_GIVES, FOLLOWED_LACKS, ON_POSTGRES)
