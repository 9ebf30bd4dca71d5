"""The service itself over HTTP: projections, readiness, and an empty log."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.http_spec import Api, Server, problem, source


def test_projections_say_where_they_stand(told: Api) -> None:
    body = told.get("/v1/projections")
    assert {item["name"] for item in body["items"]} >= {"journal", "registry", "claims", "estimates"}
    for item in body["items"]:
        assert (item["position"], item["lag_events"], item["lag_seconds"]) == (14, 0, 0.0)
        assert item["version"] >= 1 and len(item["digest"]) == 64 and item["error"] is None


def test_the_service_is_well_and_ready(told: Api) -> None:
    assert told.client.get("/healthz").json() == {"status": "ok"}
    ready = told.client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {
        "ready": True,
        "head": 14,
        "position": 14,
        "error": None,
        "lag_seconds": 0.0,
        "role": "writer",
        "writer": None,
        "heard_seconds": 0.0,
    }


def test_views_that_stand_still_are_said_so(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path, patience=0.02, stall=0.05) as api:
        api.given(source("nis"))
        api.get("/v1/sources")
        with closing(sqlite3.connect(api.service.views.file.path)) as views:
            views.execute(
                "CREATE TRIGGER full BEFORE INSERT ON sources "
                "BEGIN SELECT RAISE(ABORT, 'there is no room'); END"
            )
        assert api.send(source("mnd")).status_code == 201, "the log goes on"
        # Either may be first: that they stand still for too long, or the error that they meet.
        while (ready := api.client.get("/readyz")).status_code == 200 or not ready.json().get("error"):
            pass
        body = problem(ready, 503, "not-caught-up")
        assert (body["ready"], body["head"], body["position"]) == (False, 2, 1)
        assert "there is no room" in body["error"] and body["error"] in body["detail"]
        waited = api.client.get("/v1/indicators", params={"min_position": 2})
        problem(waited, 503, "not-caught-up")
        [one, *_] = api.client.get("/v1/projections").json()["items"]
        assert (one["position"], one["lag_events"]) == (1, 1)
        assert "there is no room" in one["error"]
        assert "intellog_ready 0.0\n" in api.client.get("/metrics").text


def test_an_empty_log_is_read_as_well_as_a_full_one(api: Api) -> None:
    for path in ("/v1/estimates", "/v1/events", "/v1/sources", "/v1/indicators"):
        body = api.client.get(path).json()
        assert body == {
            "items": [],
            "next_cursor": None,
            "as_of": {"position": 0, "known_at": None, "published_by": None, "valid_at": None},
        }
    assert api.client.get("/").status_code == 200
    assert api.client.get("/v1/replay").content == b'{"caught_up":0}\n'
    assert api.client.get("/readyz").json()["head"] == 0
