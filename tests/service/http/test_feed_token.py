"""A token of the role `feed` reads feeds, also from their address, and nothing else; no other may."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.app import create_app
from service.http.roles import roles_of
from tests.http_spec import Ask, Server, claim, indicator, problem, report
from tests.service.http.team import Team, bearer, id_of, issued, team_over

ATOM, JSON = "/feeds/changes.atom", "/feeds/changes.json"


@pytest.fixture
def team(server: Server, tmp_path: Path) -> Iterator[Team]:
    with team_over(server, tmp_path) as team:
        yield team


@pytest.fixture
def token(team: Team) -> str:
    team.given(
        indicator("killed"),
        report("open", claim(1_000, about="killed")),
        report("green", claim(2_000, about="killed"), marking="TLP:GREEN", published_at="2025-02-02"),
        report("amber", claim(9_710, about="killed"), marking="TLP:AMBER", published_at="2025-02-03"),
    )
    return issued(team.api, "feed", clearance="TLP:GREEN")


@pytest.mark.parametrize("path", [ATOM, JSON])
def test_it_reads_feeds_from_their_address_up_to_its_clearance(
    team: Team, token: str, path: str
) -> None:
    answer = team.get(None, f"{path}?token={token}")
    assert answer.status_code == 200
    assert "2,000, was 1,000" in answer.text and "9,710" not in answer.text
    problem(team.get(None, path), 401, "unauthenticated")
    tag = {"If-None-Match": answer.headers["etag"]}
    again = team.send(None, Ask("GET", f"{path}?token={token}", None, tag))
    assert again.status_code == 304
    assert "9,710" in team.get("reader", path).text


def test_it_pages_by_the_token_and_shows_it_nowhere_else(team: Team, token: str) -> None:
    body = team.get(None, f"{JSON}?limit=1&token={token}").json()
    following = team.get(None, body["next_url"]).json()
    assert [len(page["items"]) for page in (body, following)] == [1, 1]
    assert body.pop("next_url").endswith(f"&token={token}")
    assert token not in str(body) and "next_url" not in following


def test_it_reads_nothing_else(team: Team, token: str) -> None:
    for (method, path), role in roles_of(create_app(team.api.service).routes).items():
        if role in (None, "feed"):
            continue
        address = path.replace("{", "").replace("}", "")
        answer = team.send(None, Ask(method, address, None, bearer(token)))
        assert answer.status_code == 403, (method, path)
        answer = team.send(None, Ask(method, f"{address}?token={token}", None, {}))
        assert answer.status_code in (303, 401), (method, path)


def test_it_begins_no_session(team: Team, token: str) -> None:
    answer = team.api.client.post("/login", data={"token": token})
    assert "reads feeds and nothing else" in answer.text and "set-cookie" not in answer.headers


@pytest.mark.parametrize("role", ["reader", "admin"])
def test_another_token_in_the_address_is_refused(team: Team, role: str) -> None:
    text = issued(team.api, role, "other")  # type: ignore[arg-type]
    refused = problem(team.get(None, f"{ATOM}?token={text}"), 401, "unauthenticated")
    assert "only a token of the role feed" in refused["detail"]
    assert team.send(None, Ask("GET", ATOM, None, bearer(text))).status_code == 200


def test_who_asks_is_said_once(team: Team, token: str) -> None:
    both = Ask("GET", f"{ATOM}?token={token}", None, bearer(token))
    problem(team.send(None, both), 400, "bad-request")
    problem(team.get(None, f"{ATOM}?token={token}&token={token}"), 400, "bad-request")


def test_it_ends_when_it_is_revoked(team: Team, token: str) -> None:
    assert team.get(None, f"{ATOM}?token={token}").status_code == 200
    assert team.send("admin", Ask("DELETE", f"/v1/tokens/{id_of(token)}")).status_code == 200
    refused = problem(team.get(None, f"{ATOM}?token={token}"), 401, "unauthenticated")
    assert refused["detail"] == "the token is revoked"


def test_no_log_line_and_no_redirect_bears_it(
    team: Team, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    with caplog.at_level(logging.DEBUG):
        team.get(None, f"{ATOM}?token={token}")
        refused = team.send(None, Ask("GET", f"{ATOM}?token={wrong}", None, {"Accept": "text/html"}))
    assert refused.status_code == 401 and wrong not in refused.text + str(refused.headers)
    ours = [each for each in caplog.records if each.name.startswith("intellog")]
    assert any("not-recognised" in each.getMessage() for each in ours)
    for secret in (token, wrong):
        assert not any(secret.rpartition("_")[2] in each.getMessage() for each in ours)


def test_without_tokens_it_counts_for_nothing(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with server.over(tmp_path_factory.mktemp("open")) as api:
        assert api.client.get(ATOM, params={"token": "any"}).status_code == 200
        problem(api.client.get("/v1/changes", params={"token": "any"}), 422, "unknown-parameter")
