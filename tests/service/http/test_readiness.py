"""`/readyz` fails when the log cannot be written or the views do not move, and for no other reason."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.views import follower
from service.views.batches import BATCH
from service.views.current import EMPTY
from tests.http_spec import Api, Server, indicator, problem, source, views_held
from tests.service.views.test_views import PATIENCE, break_at, on_disk


@pytest.fixture
def patient(server: Server, tmp_path: Path) -> Iterator[Api]:
    """A service that gives its views an hour to move."""
    with server.over(tmp_path, grace=0.0, stall=3_600.0) as api:
        yield api


def test_a_large_import_under_way_stays_ready(patient: Api) -> None:
    patient.given(indicator())
    assert patient.service.follower.wait(1, PATIENCE)
    with views_held(patient):
        lines = [{"register_source": {"id": f"s{n}"}} for n in range(2 * BATCH)]
        assert patient.import_(*lines)[-1]["accepted"] == 2 * BATCH
        state = patient.client.get("/readyz").json()
        assert state["ready"] and state["error"] is None
        assert state["head"] - state["position"] > BATCH and state["lag_seconds"] > 0


def test_views_of_another_version_keep_nobody_from_writing_while_others_are_built(
    patient: Api,
) -> None:
    patient.given(indicator())
    views, follower = patient.service.views, patient.service.follower
    assert follower.wait(1, PATIENCE)
    views.condemned = lambda: None  # nobody builds others
    views.condemn(views.file, EMPTY)
    assert patient.client.get("/readyz").json()["ready"]
    follower.error = "stopped: the disk is full"
    assert patient.client.get("/readyz").status_code == 503
    follower.error, views.file.condemned = None, None


def test_views_that_stopped_a_moment_ago_are_ready_and_say_why(
    patient: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "RETRY_SECONDS", 0.05)
    patient.given(indicator())
    assert patient.service.follower.wait(1, PATIENCE)
    break_at(patient.service.views.file, 2)
    patient.given(source("nis"))
    while (state := patient.client.get("/readyz").json())["error"] is None:
        pass
    assert state["ready"] and "the disk has a fault" in state["error"]
    on_disk(patient.service.views.file, "DROP TRIGGER fault")
    assert patient.service.follower.wait(2, PATIENCE)
    while patient.client.get("/readyz").json()["error"] is not None:
        pass


def test_an_error_of_views_that_lack_nothing_is_none(server: Server, tmp_path: Path) -> None:
    """As while a projector that died is started again."""
    with server.over(tmp_path, stall=0.0) as api:
        api.given(indicator())
        assert api.service.follower.wait(1, PATIENCE)
        assert isinstance(api.service.follower, follower.Follower)
        with api.service.follower.applying:  # once an event is applied, an error of before is none
            api.service.follower.error = "stopped: the projector exited and is restarted"
        state = api.client.get("/readyz").json()
        assert state["ready"] and "restarted" in state["error"]


def test_views_that_do_not_move_are_not_ready_however_few_events_wait(
    server: Server, tmp_path: Path
) -> None:
    with server.over(tmp_path, grace=0.0, stall=0.0) as api:
        api.given(indicator())
        assert api.service.follower.wait(1, PATIENCE)
        with views_held(api):
            api.given(source("nis"))
            body = problem(api.client.get("/readyz"), 503, "not-caught-up")
            assert "have not moved" in body["error"] and body["ready"] is False
        while not api.client.get("/readyz").is_success:
            pass


def test_views_that_cannot_be_read_are_not_ready_while_they_are_rebuilt(patient: Api) -> None:
    patient.given(indicator())
    assert patient.service.follower.wait(1, PATIENCE)
    patient.service.views.file.condemned = "the views are damaged; they are being rebuilt"
    body = problem(patient.client.get("/readyz"), 503, "not-caught-up")
    assert "being rebuilt" in body["error"]
    patient.service.views.file.condemned = None
    assert patient.client.get("/readyz").json()["ready"]


def test_a_log_that_is_damaged_is_not_ready(patient: Api) -> None:
    patient.service.follower.damage = "the log is damaged at position 1: restore it"
    problem(patient.client.get("/readyz"), 503, "log-damaged")
