"""Tokens over HTTP: made once, listed without secrets, revoked at once, also for those who read on."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from domain.times import parse_instant
from service.settings import Limits
from tests.http_spec import NDJSON, SSE, Ask, Clock, Server, faults, indicator, post, problem, report
from tests.processes import until
from tests.service.http.team import Team, bearer, id_of, issued, team_over

SOON = 10.0
"""Seconds within which a stream ends whose reader may read no more; it takes half of one."""


@pytest.fixture
def team(server: Server, tmp_path: Path) -> Iterator[Team]:
    with team_over(server, tmp_path) as team:
        yield team


def wanted(**fields: Any) -> Ask:
    return post(
        "/v1/tokens", **{"subject": "bob", "role": "reader", "clearance": "TLP:GREEN", **fields}
    )


def test_a_token_is_shown_once_and_accepted(team: Team) -> None:
    answer = team.send("admin", wanted(note="for the desk", expires_at="2100-01-01T00:00:00Z"))
    made = answer.json()
    assert answer.status_code == 201 and answer.headers["cache-control"] == "no-store"
    assert answer.headers["location"] == f"/v1/tokens/{made['id']}"
    text = made.pop("token")
    assert text.startswith(f"intellog_{made['id']}_")
    assert (made["created_by"], made["note"], made["revoked_at"]) == ("ada", "for the desk", None)
    mine = team.api.client.get("/v1/me", headers=bearer(text)).json()
    assert (mine["subject"], mine["role"], mine["clearance"]) == ("bob", "reader", "TLP:GREEN")
    assert mine["expires_at"] == "2100-01-01T00:00:00Z"
    listed = team.get("admin", "/v1/tokens")
    assert made in listed.json()["items"] and text.split("_", 2)[2] not in listed.text


def test_tokens_are_listed_page_by_page(team: Team) -> None:
    whole = team.get("admin", "/v1/tokens").json()
    page = team.get("admin", "/v1/tokens?limit=2")
    found = page.json()["items"]
    while (cursor := page.json()["next_cursor"]) is not None:
        assert f"cursor={cursor}" in page.headers["link"]
        page = team.get("admin", f"/v1/tokens?limit=2&cursor={cursor}")
        found += page.json()["items"]
    assert whole["next_cursor"] is None and len(found) > 2
    assert [each["id"] for each in found] == [each["id"] for each in whole["items"]]
    problem(team.get("admin", "/v1/tokens?cursor=none"), 422, "bad-cursor")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"subject": ""}, "/subject"),
        ({"subject": "x\ny"}, "/subject"),
        ({"role": "owner"}, "/role"),
        ({"clearance": "SECRET"}, "/clearance"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "soon"}, "/expires_at"),
        ({"id": "0123456789ab"}, "/id"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(team: Team, fields: Any, pointer: str) -> None:
    before = team.head()
    body = problem(team.send("admin", wanted(**fields)), 422, "invalid")
    assert [each for each, _ in faults(body)] == [pointer]
    assert team.head() == before and len(team.get("admin", "/v1/tokens").json()["items"]) == len(
        team.tokens
    )


def test_nobody_gives_a_clearance_above_his_own(team: Team) -> None:
    text = issued(team.api, "admin", "amy", "TLP:AMBER")
    problem(team.api.send(wanted(clearance="TLP:RED").under(**bearer(text))), 403, "forbidden")
    assert team.api.send(wanted(clearance="TLP:AMBER").under(**bearer(text))).status_code == 201


def test_revoking_again_changes_nothing(team: Team) -> None:
    gone = f"/v1/tokens/{id_of(team.tokens['reader'])}"
    first = team.send("admin", Ask("DELETE", gone))
    after = team.head()
    again = team.send("admin", Ask("DELETE", gone))
    assert first.status_code == again.status_code == 200
    assert again.json()["revoked_at"] == first.json()["revoked_at"] is not None
    assert team.head() == after
    assert [each.type for each in team.api.service.log.read(0)].count("TokenRevoked") == 1


def test_there_is_no_such_token(team: Team) -> None:
    for name in ("0123456789ab", "x", "..", "é"):
        problem(team.send("admin", Ask("DELETE", f"/v1/tokens/{name}x")), 404, "not-found")


# Those who read on


def reading(team: Team, text: str, path: str, accept: str, ended: threading.Event) -> threading.Thread:
    """Read a stream until it ends, whole or cut off; returns once its first bytes are there."""
    begun = threading.Event()

    def read() -> None:
        headers = {"Accept": accept, **bearer(text)}
        try:
            with (
                httpx2.Client(base_url=team.api.client.base_url, timeout=60) as client,
                client.stream("GET", path, headers=headers) as answer,
            ):
                for _ in answer.iter_bytes():
                    begun.set()
        except httpx2.RemoteProtocolError:
            ended.set()

    thread = threading.Thread(target=read)
    thread.start()
    assert begun.wait(SOON)
    return thread


STREAMS = [
    ("/v1/events", SSE),
    ("/v1/replay?speed=0.000001", SSE),
    ("/v1/replay?speed=0.000001", NDJSON),
]
"""Streams that would not end by themselves: the replay waits between two events."""


@pytest.fixture
def told(server: Server, tmp_path: Path) -> Iterator[tuple[Team, Clock]]:
    """A team, and two reports a day apart."""
    clock = Clock(parse_instant("2025-02-01T00:00:00Z"))
    with team_over(server, tmp_path, clock=clock) as team:
        team.given(indicator(), report("r1"))
        clock.set("2025-02-01T12:00:00Z")
        team.given(report("r2"))
        team.get("reader", f"/v1/estimates?min_position={team.head()}")
        yield team, clock


@pytest.mark.parametrize(("path", "accept"), STREAMS)
def test_a_stream_ends_when_its_token_is_revoked(
    told: tuple[Team, Clock], path: str, accept: str
) -> None:
    team, _ = told
    text, cut = team.tokens["reader"], threading.Event()
    thread = reading(team, text, path, accept, cut)
    team.send("admin", Ask("DELETE", f"/v1/tokens/{id_of(text)}"))
    thread.join(SOON)
    assert cut.is_set() and not thread.is_alive()


def test_a_stream_ends_when_its_token_expires(told: tuple[Team, Clock]) -> None:
    team, clock = told
    text = issued(team.api, expires_at=datetime(2025, 2, 1, 13, tzinfo=UTC))
    cut = threading.Event()
    thread = reading(team, text, "/v1/events", SSE, cut)
    clock.now += timedelta(hours=1)
    thread.join(SOON)
    assert cut.is_set() and not thread.is_alive()


def test_a_stream_of_nobody_in_particular_ends_with_the_first_token(
    server: Server, tmp_path: Path
) -> None:
    with server.over(tmp_path) as api:
        api.given(indicator())
        team, cut = Team.__new__(Team), threading.Event()
        team.api = api
        thread = reading(team, "unused", "/v1/events", SSE, cut)
        issued(api)
        thread.join(SOON)
        assert cut.is_set() and not thread.is_alive()


def test_streams_are_counted_by_principal(server: Server, tmp_path: Path) -> None:
    with team_over(server, tmp_path, limits=Limits(streams_per_client=1)) as team:
        cut = threading.Event()
        text = team.tokens["reader"]
        thread = reading(team, text, "/v1/events", SSE, cut)
        live = Ask("GET", "/v1/events").under(accept=SSE)
        refusal = problem(team.send("reader", live), 503, "overloaded")
        assert refusal["detail"] == "you have 1 open streams: the limit"
        lines = Ask("GET", "/v1/events").under(accept=NDJSON)
        assert team.send("analyst", lines).status_code == 200
        team.send("admin", Ask("DELETE", f"/v1/tokens/{id_of(text)}"))
        thread.join(SOON)


def test_an_import_ends_with_its_token(team: Team) -> None:
    text = team.tokens["analyst"]

    def lines() -> Iterator[bytes]:
        before = team.head()
        yield json.dumps({"register_source": {"id": "before"}}).encode() + b"\n"
        until(team.head, lambda head: head > before)
        team.api.service.access.tokens.revoke(id_of(text), "ada")
        yield json.dumps({"register_source": {"id": "after"}}).encode() + b"\n"

    headers = {"Content-Type": NDJSON, **bearer(text)}
    answer = team.api.client.post("/v1/import", content=lines(), headers=headers)
    last = json.loads(answer.content.splitlines()[-1])
    assert not last["done"] and "unauthenticated" in json.dumps(last)
    assert b"after" not in b"".join(each.wire() for each in team.api.service.log.read(0))
