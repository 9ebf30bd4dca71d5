"""A log that is damaged under a running service: the projector finds it, and no figure is served."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from tests.http_spec import claim, indicator, problem, report
from tests.processes import Process, process, wait_for_views

DAMAGED = 3
FIGURES = ("/v1/estimates/troops", "/v1/estimates", "/v1/sources", "/v1/reports?q=wire", "/v1/replay")


@pytest.fixture
def damaged(tmp_path: Path) -> Iterator[Process]:
    """A server over a log of which one digit is not as it was written, behind its back."""
    with process(tmp_path) as server:
        ask = indicator()
        httpx2.put(server.url + ask.path, json=ask.body).raise_for_status()
        for n in range(4):
            body = report(f"r{n}", claim(5_047 + n, "wire")).body
            httpx2.post(f"{server.url}/v1/reports", json=body).raise_for_status()
        wait_for_views(server.url, 6)
        with closing(sqlite3.connect(tmp_path / "log.sqlite")) as db:
            triggers = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in triggers:
                db.execute(f"DROP TRIGGER {name}")
            db.execute(
                "UPDATE stored_events SET state = CAST(replace(CAST(state AS TEXT), '5047', '9047')"
                " AS BLOB) WHERE position = ?",
                (DAMAGED,),
            )
            db.commit()
        yield server


def test_damage_that_the_projector_meets_stops_figures_and_writes(damaged: Process) -> None:
    assert damaged.get(FIGURES[0])["best"] == 5_050  # computed from the event as it was written
    httpx2.post(f"{damaged.url}/v1/projections/claims/rebuild").raise_for_status()
    state = damaged.wait_until(lambda state: state["error"] and not state.get("ready"))
    assert state["type"] == "/problems/log-damaged" and f"position {DAMAGED}" in state["error"]
    for path in FIGURES:
        body = problem(httpx2.get(damaged.url + path), 503, "log-damaged")
        assert f"position {DAMAGED}" in body["detail"] and "intellog check" in body["detail"]
    answer = httpx2.post(f"{damaged.url}/v1/reports", json=report("r9", claim(1, "wire")).body)
    problem(answer, 503, "log-damaged")
    left = damaged.get(f"/v1/events?after={DAMAGED}")["items"]
    assert [each["position"] for each in left] == [4, 5, 6]
    assert damaged.get("/healthz") == {"status": "ok"}
