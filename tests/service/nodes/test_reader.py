"""A reader node answers every read from views of its own, and sends writes to the writer."""

import json
import socket
from contextlib import closing

import httpx2
import psycopg
import pytest

from service.nodes import followed
from tests.http_spec import (
    FILED,
    PAGE,
    Ask,
    evidence,
    indicator,
    post,
    problem,
    read_answer,
    report,
    sha256,
    stored,
)
from tests.processes import until
from tests.service.nodes.nodes_spec import Placed, Start

JSON = {"Content-Type": "application/json"}
WRITES = (
    Ask("PUT", "/v1/indicators/troops", {"title": "Troops", "measure": "stock"}),
    report(),
    post("/v1/import"),
    Ask("DELETE", "/v1/claims/r1/1/links/r2/1?reason=wrong"),
    post("/v1/tokens", subject="s", role="reader", clearance="TLP:CLEAR"),
    Ask("GET", "/v1/tokens"),
    Ask("GET", "/v1/webhooks"),
    Ask("GET", f"/v1/evidence/{'0' * 64}"),
    Ask("GET", "/post"),
    Ask("POST", "/post", {"n": "no form"}),
)


def test_what_only_the_writer_answers_is_sent_there(writer: Placed, node: Placed) -> None:
    for ask in WRITES:
        answer = node.api.send(ask)

        body = problem(answer, 307, "not-the-writer")
        assert answer.headers["location"] == body["location"] == f"{writer.url}{ask.path}"
        assert writer.url in body["detail"]


def test_a_write_is_read_on_the_node_with_its_position(writer: Placed, node: Placed) -> None:
    with httpx2.Client(base_url=node.url, follow_redirects=True, timeout=60) as client:
        for ask in FILED:
            answer = client.request(ask.method, ask.path, json=ask.body)
            assert answer.is_success, answer.text
            assert str(answer.url).startswith(writer.url)
        position = answer.json()["position"]
        read = client.get("/v1/estimates/troops", params={"min_position": position})

    assert str(read.url).startswith(node.url)
    assert (read.json()["best"], read.json()["as_of"]["position"]) == (100, position)


def test_it_is_sent_there_before_its_body_is_read(node: Placed) -> None:
    head = b"POST /v1/import HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
    with socket.create_connection(node.address, timeout=60) as wire:
        wire.sendall(head + b"Content-Length: 100000000\r\nExpect: 100-continue\r\n\r\n")
        begun = wire.recv(65_536)
        assert begun.startswith(b"HTTP/1.1 307 ")
        wire.shutdown(socket.SHUT_WR)
        answer = read_answer(wire, begun)
    assert json.loads(answer.body)["type"] == "/problems/not-the-writer"


def test_what_would_change_is_told_by_the_node(writer: Placed, node: Placed) -> None:
    position = writer.api.given(*FILED)
    follower = node.api.service.follower
    node.followed.look()
    assert follower.wait(position, 60)

    tried = node.api.client.post("/v1/reports?dry_run=true", json=report("r2").body)
    text = {"text": "The NIS said that 300 troops were there.", "publisher": "wire"}
    proposed = node.api.client.post("/v1/proposals", json=text)

    assert (tried.status_code, proposed.status_code) == (200, 200), (tried.text, proposed.text)
    assert writer.api.head() == position


def test_without_a_writer_it_is_to_be_tried_again(
    start_node: Start, starts: tuple[Start, Start]
) -> None:
    writer = starts[0]()
    writer.api.given(*FILED)
    node = start_node()
    writer.api.service.log.close()  # as if it had died
    node.followed.look_now()

    problem(node.api.send(report("r2")), 503, "no-writer")
    assert node.api.client.get("/v1/indicators/troops?min_position=1").status_code == 200


def test_a_node_is_sent_nowhere_by_its_own_address(writer: Placed, start_node: Start) -> None:
    """A balancer before all nodes must not have the writer publish its address."""
    assert writer.api.service.log.holders is not None
    writer.api.service.log.holders.publish("http://balancer.example")
    node = start_node(own=("http://balancer.example",))

    problem(node.api.send(report()), 503, "no-writer")


def test_a_position_that_another_node_has_told_is_looked_up(
    writer: Placed, start_node: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed, "LOOK_SECONDS", 1e6)
    node = start_node()
    position = writer.api.given(*FILED)

    for path in (
        f"/v1/estimates/troops?known_at={position}",
        f"/v1/events?after={position}",
    ):
        assert node.api.client.get(path).status_code == 200
    problem(node.api.client.get(f"/v1/estimates/troops?known_at={position + 1}"), 422, "bad-parameter")


def test_a_commit_is_heard_of(
    writer: Placed, start_node: Start, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed, "LOOK_SECONDS", 1e6)
    node = start_node()
    position = writer.api.given(*FILED)
    with closing(psycopg.connect(url, autocommit=True)) as raw:
        raw.execute("SELECT pg_notify('intellog', %s)", (str(position),))

    assert node.api.service.follower.wait(position, 60)


def test_a_commit_that_is_not_heard_of_is_found(
    writer: Placed, start_node: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr("service.log.postgres_listener.CHANNEL", "elsewhere")
    node = start_node()
    position = writer.api.given(*FILED)

    assert node.api.service.follower.wait(position, 60)
    # The views read the log by themselves, and may be first.
    until(node.followed.head, lambda head: head == position)


def test_the_role_is_told(writer: Placed, node: Placed) -> None:
    told = {each.url: each.api.client.get("/readyz").json() for each in (writer, node)}
    lines = node.api.client.get("/metrics").text.splitlines()

    assert told[writer.url]["role"] == "writer"
    assert told[writer.url]["writer"] is None
    assert told[node.url]["role"] == "reader"
    assert told[node.url]["writer"] == writer.url
    assert told[node.url]["ready"] is True
    assert 'intellog_node_role{role="reader"} 1.0' in lines
    assert not any(line.startswith("intellog_log_writable") for line in lines)


def test_a_file_is_sent_to_the_writer_and_got_from_there(writer: Placed, node: Placed) -> None:
    assert writer.api.send(stored()).is_success
    position = writer.api.given(indicator(), report(evidence=evidence()))
    node.followed.look()
    assert node.api.service.follower.wait(position, 60)
    path = f"/v1/evidence/{sha256()}"

    shown = node.api.client.get("/v1/reports/r1").json()["evidence"]
    problem(node.api.client.get(path), 307, "not-the-writer")

    assert shown["state"] == "elsewhere"
    assert httpx2.get(node.url + path, follow_redirects=True).content == PAGE
    assert path in node.api.client.get("/reports/r1", headers={"Accept": "text/html"}).text


def test_an_answer_says_how_far_the_node_is_behind(writer: Placed, node: Placed) -> None:
    position = writer.api.given(*FILED)
    node.followed.look_now()
    assert node.api.service.follower.wait(position, 60)
    with node.api.service.views.trial():  # the views cannot move
        writer.api.given(report("r2"))
        node.followed.look_now()
        answer = node.api.client.get("/v1/indicators/troops")

    assert answer.json()["as_of"]["behind"] == 1
    assert answer.headers["intellog-behind"] == "1"
