"""Redaction of a log in PostgreSQL: what the server keeps, and what nodes show."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from service.service import opened
from service.settings import Settings
from tests.http_spec import Api, problem
from tests.http_spec import Server as HttpServer
from tests.service.api.schema_check import running
from tests.service.log.postgres_server import NoServer, Server
from tests.service.log.postgres_server import running as running_postgres
from tests.service.redaction_spec import CANARIES, REDACTION, given, left_in, redact, until


@pytest.fixture
def own_postgres() -> Iterator[Server]:
    """A server that holds nothing of any other test."""
    try:
        with running_postgres() as server:
            yield server
    except NoServer as reason:
        pytest.skip(str(reason))


def test_nothing_is_left_on_the_server_after_a_vacuum(
    own_postgres: Server, server: HttpServer, tmp_path: Path
) -> None:
    url = own_postgres.fresh()
    with server.over(tmp_path / "log", log=url) as api:
        given(api)
        redact(api)
        assert left_in(tmp_path / "log") == []
        problem(api.client.get("/v1/reports/secret"), 410, "redacted")
    with psycopg.connect(url, autocommit=True) as owner:
        for table in ("stored_events", "entries"):
            owner.execute(f"VACUUM (FULL) {table}".encode())
        owner.execute("CHECKPOINT")
    assert [each for each in left_in(own_postgres.folder) if "pg_wal" not in each[0]] == []


def test_a_node_shows_it_no_more(postgres: Server, server: HttpServer, tmp_path: Path) -> None:
    url = postgres.fresh()
    with server.over(tmp_path / "writer", log=url) as api:
        given(api)
        settings = Settings(data=tmp_path / "node", log=url, follow=url)
        with opened(settings) as node, running(node) as client:
            reader = Api(client, node)
            until(lambda: node.follower.position >= api.service.log.head())
            assert client.get("/v1/reports/secret").status_code == 200
            assert api.send(REDACTION).status_code == 201
            until(lambda: node.follower.position >= api.service.log.head())
            until(lambda: node.views.file.condemned is None)
            problem(reader.client.get("/v1/reports/secret"), 410, "redacted")
            assert left_in(tmp_path / "node", CANARIES) == []
