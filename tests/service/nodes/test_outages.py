"""A node goes on answering while its database is away or out of reach, says so, and catches up."""

import pytest

from service.client import Client
from service.log import postgres_listener
from service.views import follower
from tests.http_spec import FILED, problem, report
from tests.service.log.postgres_server import Server
from tests.service.nodes.links import link_to
from tests.service.nodes.nodes_spec import Placed, Start


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again as often as a test is patient."""
    monkeypatch.setattr(follower, "RETRY_SECONDS", 0.02)
    monkeypatch.setattr(postgres_listener, "RETRY_SECONDS", 0.02)


def best(node: Placed) -> object:
    return node.api.client.get("/v1/estimates/troops").json()["best"]


def test_a_restart_of_the_database(postgres: Server, writer: Placed, start_node: Start) -> None:
    node = start_node(stall=0.0)
    position = writer.api.given(*FILED)
    node.followed.look()
    assert node.api.service.follower.wait(position, 60)
    postgres.stop()
    try:
        node.followed.look_now()
        assert best(node) == 100
        said = problem(node.api.client.get("/readyz"), 503, "log-unavailable")
        assert "is not known for" in said["error"]
    finally:
        postgres.start()
    with Client(writer.url, patience=60) as client:
        written = client.file_report(**report("r2").body)["position"]
    node.followed.look()

    assert node.api.service.follower.wait(written, 60)
    assert node.api.client.get("/v1/reports/r2").status_code == 200


def test_a_link_on_which_nothing_moves(
    postgres: Server, url: str, writer: Placed, start_node: Start
) -> None:
    position = writer.api.given(*FILED)
    with link_to(postgres.port) as link:
        far = url.replace(f":{postgres.port}/", f":{link.port}/")
        node = start_node(log=far, follow=far)
        assert node.api.service.follower.wait(position, 60)
        link.open.clear()
        written = writer.api.given(report("r2"))
        assert best(node) == 100
        link.open.set()
        node.followed.look()

        assert node.api.service.follower.wait(written, 60)
