"""A node that follows a standby of the database: it polls, and sends writes to the writer."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from service.nodes import followed
from tests.http_spec import FILED, report
from tests.service.log.postgres_pair import Pair, paired_here
from tests.service.nodes.nodes_spec import nodes_over


@pytest.fixture
def pair() -> Iterator[Pair]:
    with paired_here() as pair:
        yield pair


def test_a_node_on_a_standby_of_the_database_is_a_node(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed, "LOOK_SECONDS", 0.05)
    with nodes_over(pair.url, tmp_path) as (start_writer, start_node):
        writer = start_writer()
        writer.api.given(*FILED)
        node = start_node(log=pair.standby.url(), follow=pair.standby.url())
        with httpx2.Client(base_url=node.url, follow_redirects=True, timeout=60) as client:
            written = client.post("/v1/reports", json=report("r2").body)
            position = written.json()["position"]
            read = client.get("/v1/reports/r2", params={"min_position": position})

        assert str(written.url).startswith(writer.url)
        assert read.json()["as_of"]["position"] == position
        assert node.api.client.get("/readyz").json()["ready"] is True
