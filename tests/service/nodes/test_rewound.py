"""A database that fails over may lose the end of the log: nodes notice, wait, and rebuild."""

from pathlib import Path

import pytest

from service.views import follower
from tests.http_spec import FILED, problem, report
from tests.processes import until
from tests.service.nodes.nodes_spec import lose_last_event, nodes_over, placed


def test_a_node_waits_for_the_events_that_it_has_and_gives_up_what_is_gone_for_good(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "RETRY_SECONDS", 0.02)
    with nodes_over(url, tmp_path) as (_, start_node):
        with placed(tmp_path / "one", log=url) as writer:
            position = writer.api.given(*FILED, report("lost"))
        node = start_node()
        assert node.api.service.follower.wait(position, 60)
        lose_last_event(url)
        until(node.followed.look_now, lambda head: head == position - 1)

        waiting = until(
            lambda: node.api.client.get("/readyz"), lambda answer: answer.status_code == 503
        )
        assert "wait until it is there again" in problem(waiting, 503, "not-caught-up")["error"]

        with placed(tmp_path / "two", log=url) as writer:
            writer.api.given(report("other"))
            node.followed.look_now()
            found = until(
                lambda: node.api.client.get("/v1/reports/other").status_code,
                lambda status: status == 200,
            )
            problem(node.api.client.get("/v1/reports/lost"), 404, "not-found")
            assert node.api.client.get("/readyz").status_code == found
