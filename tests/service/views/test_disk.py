"""Disks that are full and files that are locked: said while it lasts, and over when it is over."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from service.log.sqlite import read_sqlite_log
from tests.histories import views_of
from tests.http_spec import indicator, problem, report
from tests.processes import NO_LIMIT, Process, limit_files, process
from tests.service.views.test_views import digests, recorded_by

FULL = 4_096


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    """A server that holds one indicator."""
    with process(tmp_path) as server:
        put(server)
        yield server


def put(server: Process) -> None:
    ask = indicator()
    httpx2.put(server.url + ask.path, json=ask.body).raise_for_status()


def post(server: Process, name: str) -> httpx2.Response:
    """Post a report of this name."""
    return httpx2.post(f"{server.url}/v1/reports", json=report(name).body, timeout=60)


def right(server: Process, data: Path) -> None:
    """The views reach the head and are what a fresh build gives."""
    server.wait_until(lambda state: state.get("ready") and state["head"] == state["position"])
    shown = {each["name"]: each["digest"] for each in server.get("/v1/projections")["items"]}
    with closing(read_sqlite_log(data)) as log:
        assert shown == digests(views_of(recorded_by(log)))


def test_a_full_disk_stops_the_views_until_there_is_room(server: Process, tmp_path: Path) -> None:
    server.wait_until(lambda state: state["head"] == state["position"])
    projector = server.projector
    assert projector is not None
    limit_files(projector, FULL)
    position = post(server, "r1").raise_for_status().json()["position"]
    state = server.wait_until(lambda state: state.get("error"))
    assert f"stopped after position {position - 1}" in state["error"] or state["position"] < position
    as_of = server.get("/v1/estimates/troops")["as_of"]
    assert as_of["behind"] == position - as_of["position"]
    problem(httpx2.get(f"{server.url}/v1/reports/r1"), 503, "not-caught-up")
    limit_files(projector, NO_LIMIT)
    right(server, tmp_path)
    assert server.get("/v1/reports/r1")["id"] == "r1"


def test_a_rebuild_on_a_full_disk_fails_and_the_views_stay(server: Process, tmp_path: Path) -> None:
    post(server, "r1").raise_for_status()
    server.wait_until(lambda state: state["head"] == state["position"])
    projector = server.projector
    assert projector is not None
    limit_files(projector, FULL)
    path = "/v1/projections/claims/rebuild"
    httpx2.post(server.url + path).raise_for_status()
    job = server.wait_until(lambda job: job["state"] != "running", path)
    assert job["state"] == "failed" and job["error"]
    assert server.get("/v1/reports/r1")["id"] == "r1"
    limit_files(projector, NO_LIMIT)
    httpx2.post(server.url + path).raise_for_status()
    assert server.wait_until(lambda job: job["state"] != "running", path)["state"] == "done"
    right(server, tmp_path)


def test_a_log_that_cannot_be_written_is_not_ready_until_it_can(
    server: Process, tmp_path: Path
) -> None:
    server.wait_until(lambda state: state["head"] == state["position"])
    limit_files(server.popen.pid, FULL)
    problem(post(server, "r1"), 503, "log-unavailable")
    body = problem(httpx2.get(f"{server.url}/readyz"), 503, "log-unavailable")
    assert "cannot be written" in body["error"]
    assert server.get("/v1/indicators/troops")["id"] == "troops"
    limit_files(server.popen.pid, NO_LIMIT)
    assert server.get("/readyz")["ready"]  # found out by trying, before anybody writes
    post(server, "r1").raise_for_status()
    right(server, tmp_path)


def test_a_locked_view_file_is_read_and_followed_on_once_it_is_free(
    server: Process, tmp_path: Path
) -> None:
    server.wait_until(lambda state: state["head"] == state["position"])
    [path] = tmp_path.glob("views-*.sqlite")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        post(server, "r1").raise_for_status()
        assert server.get("/v1/estimates/troops")["as_of"]["behind"] >= 1
    right(server, tmp_path)
