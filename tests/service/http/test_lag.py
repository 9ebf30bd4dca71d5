"""Views that are behind say so in every answer, and a service whose views stand still is not ready."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.http.times import BEHIND
from service.views import follower
from service.views.lag import MOST, Lag
from tests.http_spec import Api, Ask, Server, claim, indicator, problem, report, views_held
from tests.service.views.test_views import PATIENCE, break_at, on_disk

TROOPS = "/v1/estimates/troops"
HTML = {"Accept": "text/html"}


@pytest.fixture
def api(server: Server, tmp_path: Path) -> Iterator[Api]:
    with server.over(tmp_path, grace=0.0, stall=0.0) as api:
        yield api


@pytest.fixture
def behind(api: Api) -> Iterator[Api]:
    """Views that hold one report, of a log that holds two more events."""
    api.given(indicator(), report("r1", claim(1)))
    api.get(TROOPS)
    with views_held(api):
        api.given(report("r2", claim(2)), indicator("tanks"))
        yield api


@pytest.mark.parametrize(
    "path", [TROOPS, f"{TROOPS}/vintages", "/v1/sources", "/v1/conflicts", "/v1/events"]
)
def test_an_answer_says_how_many_events_are_missing(behind: Api, path: str) -> None:
    answer = behind.client.get(path)
    as_of = answer.json()["as_of"]
    missing = behind.service.log.head() - as_of["position"]
    assert (as_of["behind"], answer.headers[BEHIND]) == (missing, str(missing))
    assert missing > 0 and "stopped_before" not in as_of


def test_a_page_says_so_in_a_line(behind: Api) -> None:
    for path in ("/", "/estimates/troops", "/reports/r1", "/events"):
        answer = behind.client.get(path, headers=HTML)
        assert "later event" in answer.text and "not in them yet" in answer.text
        assert int(answer.headers[BEHIND]) > 0


def test_what_is_asked_at_an_earlier_position_is_complete(behind: Api) -> None:
    for known_at in ("1", "2025-01-01"):
        answer = behind.client.get("/v1/indicators", params={"known_at": known_at})
        assert "behind" not in answer.json()["as_of"] and BEHIND not in answer.headers


@pytest.mark.parametrize("path", ["/v1/reports/r2", "/v1/estimates/tanks", "/v1/claims/r2/1"])
def test_not_there_is_not_said_by_views_that_are_behind(behind: Api, path: str) -> None:
    body = problem(behind.client.get(path), 503, "not-caught-up")
    assert "there is no" in body["detail"] and str(behind.service.log.head()) in body["detail"]


def test_not_there_is_not_said_by_a_page_that_is_behind(behind: Api) -> None:
    assert behind.client.get("/reports/r2", headers=HTML).status_code == 503


def test_a_service_whose_views_stand_still_is_not_ready(behind: Api) -> None:
    body = problem(behind.client.get("/readyz"), 503, "not-caught-up")
    assert "have not moved" in body["error"] and body["lag_seconds"] > 0
    [lag] = {item["lag_seconds"] > 0 for item in behind.client.get("/v1/projections").json()["items"]}
    assert lag
    assert "intellog_ready 0" in behind.client.get("/metrics").text


def test_views_that_hold_everything_say_nothing(api: Api) -> None:
    with views_held(api):
        api.given(indicator(), report("r1", claim(1)))
    api.get(TROOPS)
    for path in (TROOPS, "/v1/sources"):
        answer = api.client.get(path)
        assert set(answer.json()["as_of"]) == {"position", "known_at", "published_by", "valid_at"}
        assert BEHIND not in answer.headers
    assert "not in them" not in api.client.get("/", headers=HTML).text
    ready = api.client.get("/readyz").json()
    assert (ready["ready"], ready["error"], ready["lag_seconds"]) == (True, None, 0.0)


def test_after_an_event_that_cannot_be_applied_answers_say_that_they_stand_before_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "RETRY_SECONDS", 0.05)
    broken = api.given(indicator(), report("r1", claim(1))) + 1
    api.get(TROOPS)
    break_at(api.service.views.file, broken)
    api.given(report("r2", claim(2), publisher="nis"))
    # `/readyz` has another error as well: the views stand still, which it notices at once here.
    while "the disk has a fault" not in (api.client.get("/readyz").json().get("error") or ""):
        pass
    as_of = api.client.get(TROOPS).json()["as_of"]
    assert (as_of["position"], as_of["stopped_before"]) == (broken - 1, broken)
    assert f"stopped before position {broken}" in api.client.get("/", headers=HTML).text
    body = problem(api.client.get("/readyz"), 503, "not-caught-up")
    assert "the disk has a fault" in body["error"]
    on_disk(api.service.views.file, "DROP TRIGGER fault")
    assert api.service.follower.wait(api.service.log.head(), PATIENCE)
    assert "behind" not in api.get(TROOPS)["as_of"]


def test_no_figure_is_served_from_a_damaged_log(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    position = api.given(indicator(), report("r1", claim(1)))
    assert api.get(TROOPS)["best"] == 1
    api.service.follower.damage = f"the log is damaged at position {position}: restore it"
    for path in (TROOPS, "/v1/sources", "/v1/replay", "/v1/projections", "/readyz"):
        body = problem(api.client.get(path), 503, "log-damaged")
        assert str(position) in body["detail"]
    tried = api.send(Ask("POST", "/v1/reports?dry_run=true", report("r2").body))
    problem(tried, 503, "log-damaged")
    assert api.client.get("/", headers=HTML).status_code == 503
    assert len(api.client.get("/v1/events").json()["items"]) == position
    assert api.client.get("/healthz").status_code == 200


class Clock:
    """A monotonic clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_lag_is_the_age_of_the_oldest_event_that_waits() -> None:
    clock = Clock()
    lag = Lag(0, clock)
    assert (lag.seconds(), lag.still()) == (0.0, 0.0)
    for head, now in ((1, 101.0), (2, 103.0), (5, 107.0)):
        clock.now = now
        lag.arrived(head)
    clock.now = 110.0
    assert (lag.seconds(), lag.still()) == (9.0, 9.0)
    lag.reached(1)
    assert lag.seconds() == 7.0
    lag.reached(4)
    clock.now = 111.0
    assert (lag.seconds(), lag.still()) == (4.0, 1.0)
    lag.reached(5)
    assert (lag.seconds(), lag.still()) == (0.0, 0.0)


def test_views_that_begin_anew_have_everything_before_them() -> None:
    clock = Clock()
    lag = Lag(9, clock)
    lag.reached(0)
    clock.now += 2
    assert (lag.seconds(), lag.still()) == (2.0, 2.0)


def test_lag_is_kept_in_bounded_memory() -> None:
    clock = Clock()
    lag = Lag(0, clock)
    for head in range(1, 10 * MOST):
        clock.now += 1.0
        lag.arrived(head)
    assert len(lag._arrivals) <= MOST + 1
    lag.reached(10 * MOST - 1_000)
    assert lag.seconds() == 998.0
