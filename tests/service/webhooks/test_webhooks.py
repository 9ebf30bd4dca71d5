"""Setting webhooks: what is taken, what is refused, and that no secret is ever seen again."""

import logging
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.http_spec import Ask, Body, faults, indicator, problem, report, unchanged
from tests.service.webhooks.conftest import Delivering
from tests.service.webhooks.receiver import Receiver, receiving, shown, until

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
PLAIN = SECRET.removeprefix("whsec_")


def put(name: str = "desk", /, **body: Any) -> Ask:
    return Ask("PUT", f"/v1/webhooks/{name}", body)


def test_a_secret_that_was_made_is_shown_once(delivers: Delivering) -> None:
    with receiving() as receiver, delivers() as api:
        made = api.send(put(url=receiver.url))
        again = api.send(put(url=receiver.url))
        api.given(indicator(), report())
        [came] = receiver.wait(1)
        secret = made.json()["secret"]
        assert came.verified(secret)["data"]["indicator"] == "troops"

    assert (made.status_code, again.status_code) == (201, 200)
    assert made.headers["cache-control"] == "no-store"
    assert made.headers["location"] == "/v1/webhooks/desk"
    assert again.json()["secret"] is None


def test_a_new_secret_signs_from_then_on(delivers: Delivering) -> None:
    with receiving() as receiver, delivers() as api:
        api.set(put(url=receiver.url))
        api.set(put(url=receiver.url, secret=SECRET))
        api.given(indicator(), report())
        assert receiver.wait(1)[0].verified(SECRET)


def test_no_secret_is_in_any_file_answer_event_or_line(
    delivers: Delivering, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    refusing = Receiver(lambda n: 500)
    with receiving(refusing) as receiver, delivers() as api:
        url = f"{receiver.url}/{PLAIN[:20]}"
        answers = [api.send(put(url=url, secret=SECRET)).text]
        api.given(indicator(), report())
        receiver.wait(2)
        for path in ("", "/desk", "/desk/deliveries"):
            answers.append(api.send(Ask("GET", f"/v1/webhooks{path}")).text)
        answers.append(api.send(put(url=url, secret=SECRET, wrong=1)).text)
        answers.append(api.send(put(url=url, secret=f"{SECRET}x")).text)
        answers.append(api.send(Ask("POST", "/v1/webhooks/desk/redeliver")).text)
        events = api.send(Ask("GET", "/v1/events?limit=1000")).text
        answers.append(api.send(Ask("DELETE", "/v1/webhooks/desk")).text)
        files = [each for each in (tmp_path / "log").rglob("*") if each.is_file()]
        held = b"".join(each.read_bytes() for each in files)

    assert {"webhooks.sqlite", "webhooks.key"} <= {each.name for each in files}
    assert PLAIN.encode() not in held
    assert receiver.url.encode() not in held, "an address may hold a secret too"
    assert not any(PLAIN in text for text in answers)
    assert PLAIN[:20] not in events + caplog.text
    assert '"WebhookSet"' in events


def test_its_files_are_for_their_owner_alone(delivers: Delivering, tmp_path: Path) -> None:
    with receiving() as receiver, delivers() as api:
        assert not (tmp_path / "log" / "webhooks.sqlite").exists()
        api.set(put(url=receiver.url))
        for name in ("webhooks.sqlite", "webhooks.key"):
            assert stat.S_IMODE((tmp_path / "log" / name).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"url": "ftp://hooks.example/"}, "/url"),
        ({"url": "https://10.0.0.1/"}, "/url"),
        ({"url": "https://hooks.example/", "secret": "whsec_c2hvcnQ="}, "/secret"),
        ({"url": "https://hooks.example/", "secret": PLAIN}, "/secret"),
        ({"url": "https://hooks.example/", "filter": {"kinds": []}}, "/filter/kinds"),
        ({"url": "https://hooks.example/", "filter": {"kinds": ["estimate.moved"]}}, "/filter/kinds/0"),
        ({"url": "https://hooks.example/", "filter": {"flags": "x"}}, "/filter/flags"),
        ({"url": "https://hooks.example/", "filter": {"flag": "x"}}, "/filter/flag"),
        ({"url": "https://hooks.example/", "events": []}, "/events"),
        ({}, "/url"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    delivers: Delivering, body: Body, pointer: str
) -> None:
    with delivers(webhook_networks=()) as api, unchanged(api):
        refused = problem(api.send(Ask("PUT", "/v1/webhooks/desk", body)), 422, "invalid")
        assert [at for at, _ in faults(refused)] == [pointer]
        assert shown(api, "/v1/webhooks") == {"items": []}


def test_names_that_are_not_there_are_refused_with_near_ones(delivers: Delivering) -> None:
    with delivers() as api:
        api.given(indicator("troops"))
        api.get("/v1/indicators")
        wrong = put(url="https://hooks.example/", filter={"indicator": "tropps"})
        assert "troops" in problem(api.send(wrong), 404, "not-found")["detail"]


def test_a_name_that_leads_to_a_private_address_is_not_reached(delivers: Delivering) -> None:
    with receiving() as receiver, delivers(webhook_networks=(), webhook_pause=1) as api:
        there = f"https://2130706433:{receiver.port}/"
        assert api.send(put(url=there)).status_code == 201
        api.given(indicator(), report())
        rows = until(lambda: shown(api, "/v1/webhooks/desk/deliveries")["items"], bool)

    assert "not public" in rows[0]["error"] and rows[0]["status"] is None
    assert rows[0]["next_attempt_at"] is not None
    assert receiver.came == []


def test_nothing_is_delivered_from_beyond_the_head(delivers: Delivering) -> None:
    with receiving() as receiver, delivers() as api:
        api.set(put(url=receiver.url))
        again = Ask("POST", "/v1/webhooks/desk/redeliver", {"after": api.head() + 1})
        assert problem(api.send(again), 409, "beyond-head")["head"] == api.head()
        below = Ask("POST", "/v1/webhooks/desk/redeliver", {"after": -1})
        assert faults(problem(api.send(below), 422, "invalid"))[0][0] == "/after"


def test_a_key_that_is_lost_is_said_and_nothing_else_stops(
    delivers: Delivering, tmp_path: Path
) -> None:
    with receiving() as receiver, delivers() as api:
        api.set(put(url=receiver.url))
    (tmp_path / "log" / "webhooks.key").unlink()
    with delivers() as api:
        lost = problem(api.send(Ask("GET", "/v1/webhooks")), 503, "webhooks-unavailable")
        assert "webhooks.key is missing" in lost["detail"]
        api.given(indicator(), report())
        assert api.get("/v1/estimates/troops")["best"] == 100
