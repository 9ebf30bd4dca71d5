"""Our own service on SQLite and on PostgreSQL, started as a user starts it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service import __version__
from tests.bench.ends.end import End
from tests.bench.peers.ground import Ground
from tests.bench.sending import prepare
from tests.bench.server import program

GIVES = (
    "checked against indicators, sources and earlier reports; a retry is answered as the first time; "
    "hash, salt and index of each event; a projector beside it keeps estimates, search and the rest"
)
LACKS = "more than one writing process"
ON_SQLITE, ON_POSTGRES = "intellog on SQLite, over HTTP", "intellog on PostgreSQL, over HTTP"


@contextmanager
def on_sqlite(ground: Ground) -> Iterator[End]:
    """The service with a log of its own."""
    with _serving(ground.directory / "ours", ON_SQLITE, __version__) as end:
        yield end


@contextmanager
def on_postgres(ground: Ground) -> Iterator[End]:
    """The service with its log in PostgreSQL; its views are in SQLite."""
    version, url = f"{__version__} on {ground.postgres_version}", ground.schema("ours")
    folder = ground.directory / "ours-on-postgres"
    with _serving(folder, ON_POSTGRES, version, INTELLOG_LOG=url) as end:
        yield end


@contextmanager
def _serving(data: Path, name: str, version: str, **environment: str) -> Iterator[End]:
    serve = ("-m", "service.cli", "serve", "--data", str(data))
    with program(*serve, ready="/readyz", **environment) as server:
        prepare(server, data)
        yield End(name, version, server, GIVES, LACKS)
