"""A node over HTTP keeps a mirror of the log, and answers reads from it."""

from pathlib import Path

import httpx2

from tests.http_spec import FILED, problem, report
from tests.processes import until
from tests.service.nodes.nodes_spec import placed


def test_a_node_over_http_answers_reads_and_sends_writes_to_its_source(tmp_path: Path) -> None:
    with (
        placed(tmp_path / "source") as source,
        placed(tmp_path / "node", follow=source.url) as node,
        httpx2.Client(base_url=node.url, follow_redirects=True, timeout=60) as client,
    ):
        for ask in FILED:
            answer = client.request(ask.method, ask.path, json=ask.body)
            assert answer.is_success, answer.text
        position = answer.json()["position"]
        read = client.get("/v1/estimates/troops", params={"min_position": position})
        said = until(lambda: client.get("/readyz").json(), lambda state: state.get("ready"))
        problem(node.api.send(report("r2")), 307, "not-the-writer")

    assert read.json()["best"] == 100
    assert read.json()["as_of"]["position"] == position == said["head"]
    assert (said["role"], said["writer"]) == ("reader", source.url)
    assert (tmp_path / "node" / "log.sqlite").exists()
