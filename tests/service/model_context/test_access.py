"""Who may ask: tokens, roles, clearance and origins hold at `/mcp` as everywhere."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import MCPError

from domain.vocabulary import MARKINGS
from service.settings import Limits
from tests.http_spec import JSON, Api, Ask, Server, claim, indicator, problem, report
from tests.processes import PATIENCE, process
from tests.service.http.team import Team, bearer, id_of, issued, team_over
from tests.service.model_context.models import NEW, OLD, over_http, over_stdio

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
ESTIMATE = {**CALL, "params": {"name": "estimate", "arguments": {"indicator": "troops"}}}
LIMITED = 40
"""More calls than may come at once where one a second may."""
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def team(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder: Path = tmp_path_factory.mktemp("team")
    with team_over(server, folder) as team:
        team.given(
            indicator("troops"),
            indicator("lanterns", title="Grey lanterns", marking="TLP:RED"),
            report("open-1", claim(100)),
            report("silent-1", claim(7000, "mnd"), marking="TLP:RED"),
        )
        yield team


def url(team: Team) -> str:
    return str(team.api.client.base_url)


def post(team: Team, body: object, **headers: str) -> httpx2.Response:
    content = json.dumps(body).encode()
    return team.api.client.post("/mcp", content=content, headers={**JSON, **ACCEPT, **headers})


def test_nobody_asks_without_a_token(team: Team) -> None:
    refused = post(team, ESTIMATE)
    problem(refused, 401, "unauthenticated")
    assert refused.headers["www-authenticate"] == "Bearer"
    wrong = post(team, ESTIMATE, **bearer("intellog_000000000000_x"))
    problem(wrong, 401, "unauthenticated")


def test_a_token_that_is_revoked_no_longer_asks(team: Team) -> None:
    token = issued(team.api, "reader", "leaver")
    with over_http(url(team), token) as model:
        assert model.answer("estimate", indicator="troops")["indicator"] == "troops"
        team.api.service.access.tokens.revoke(id_of(token), "test")
        with pytest.raises(MCPError):
            model.call("estimate", indicator="troops")
    problem(post(team, ESTIMATE, **bearer(token)), 401, "unauthenticated")


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_no_page_of_another_origin_asks(team: Team, origin: str) -> None:
    problem(post(team, ESTIMATE, **bearer(team.tokens["reader"]), Origin=origin), 403, "cross-origin")
    problem(post(team, ESTIMATE, Host="evil.example"), 421, "host-not-allowed")


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_there_are_no_streams_and_no_sessions(team: Team, method: str) -> None:
    answer = team.send("reader", Ask(method, "/mcp", headers=ACCEPT))
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


def test_what_is_no_message_is_refused(team: Team) -> None:
    token = bearer(team.tokens["reader"])
    large = {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"x": "y" * 2_000_000}}
    limit = team.api.service.settings.body_limit
    while len(json.dumps(large)) <= limit:
        large["params"]["x"] *= 2  # type: ignore[index]
    problem(post(team, large, **token), 413, "too-large")
    problem(team.send("reader", Ask("POST", "/mcp?since=1", ESTIMATE)), 422, "unknown-parameter")
    plain = {**token, **ACCEPT, "Content-Type": "text/plain"}
    problem(team.api.client.post("/mcp", content=b"{}", headers=plain), 415, "wrong-media-type")
    assert post(team, {"jsonrpc": "2.0"}, **token).status_code == 400


def test_a_reader_may_not_have_texts_read(team: Team) -> None:
    with over_http(url(team), team.tokens["reader"]) as model:
        said = model.refusal("propose", text="600 troops")
        assert said.startswith("forbidden: this takes the role reporter; yours is reader")
    with over_http(url(team), team.tokens["reporter"]) as model:
        assert model.answer("propose", text="About 600 troops")["as_of"]


@pytest.mark.parametrize("mode", [NEW, OLD])
@pytest.mark.parametrize("transport", ["http", "stdio"])
def test_each_sees_up_to_the_own_clearance(team: Team, transport: str, mode: str) -> None:
    for marking in (MARKINGS[0], MARKINGS[-1]):
        cleared = marking == MARKINGS[-1]
        token = issued(team.api, "reader", f"rita-{marking[4:].lower()}", marking)
        way = (
            over_http(url(team), token, mode)
            if transport == "http"
            else over_stdio("--url", url(team), token=token, mode=mode)
        )
        with way as model:
            found = model.answer("estimate", indicator="troops", min_position=team.head())
            assert (found["claims"], found["marking"]) == (
                (2, "TLP:RED") if cleared else (1, "TLP:CLEAR")
            )
            listed = [each.name for each in model.do(model.client.list_resources).resources]
            assert listed == (["lanterns", "troops"] if cleared else ["troops"])
            if not cleared:
                said = model.refusal("estimate", indicator="lanterns")
                assert said.startswith("not-found") and "Grey" not in said
                assert model.answer("find", q="lantern")["near"] == []


def test_what_an_event_changed_is_marked_like_what_it_rests_on(server: Server, tmp_path: Path) -> None:
    """Also where that is no longer in the figure."""
    with server.over(tmp_path / "log") as api, over_http(str(api.client.base_url)) as model:
        api.given(
            indicator(), report("r1", claim(100)), report("r2", claim(900, "mnd"), marking="TLP:RED")
        )
        api.given(Ask("POST", "/v1/reports/r2/withdrawal", {"kind": "record", "reason": "wrong"}))
        found = model.answer("changes", indicator="troops", since=0, min_position=api.head())
        markings = [(each["type"], each["marking"]) for each in found["events"]]
        assert markings == [
            ("IndicatorDefined", "TLP:CLEAR"),
            ("ReportFiled", "TLP:CLEAR"),
            ("ReportFiled", "TLP:RED"),
            ("ReportWithdrawn", "TLP:RED"),
        ]
        flagged = found["events"][2]["position"]
        then = model.answer("conflicts", known_at=flagged)["items"]
        assert then and {each["marking"] for each in then} == {"TLP:RED"}


def test_a_client_that_goes_away_leaves_the_service_as_it_was(api: Api) -> None:
    api.given(indicator(), report())
    host, port = api.client.base_url.host, api.client.base_url.port
    body = json.dumps(ESTIMATE).encode()
    head = (
        f"POST /mcp HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    for sent in (head, head + body[:20], head + body):
        with socket.create_connection((str(host), int(port or 0))) as wire:
            wire.sendall(sent)
    with over_http(str(api.client.base_url)) as model:
        assert model.answer("estimate", indicator="troops", min_position=api.head())["best"] == 100


def test_a_call_that_is_given_up_ends(api: Api) -> None:
    api.given(indicator(), report())
    with over_http(str(api.client.base_url)) as model:

        async def give_up() -> bool:
            with anyio.move_on_after(0) as scope:
                await model.client.call_tool("estimate", {"indicator": "troops"})
            return scope.cancelled_caught

        assert model.portal.call(give_up) is True
        assert model.answer("estimate", indicator="troops")["indicator"] == "troops"


def test_a_model_asks_no_more_than_anybody_may(server: Server, tmp_path: Path) -> None:
    with team_over(server, tmp_path / "log", limits=Limits(rate=1)) as team:
        team.given(indicator("troops"))
        calls = [post(team, ESTIMATE, **bearer(team.tokens["reader"])) for _ in range(LIMITED)]
        refused = [each for each in calls if each.status_code == 429]
        assert refused and problem(refused[0], 429, "too-many-requests")
        assert int(refused[0].headers["retry-after"]) >= 1


def test_the_service_stops_while_models_are_connected(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path / "log") as api:
        api.given(indicator(), report())
    with process(tmp_path / "log") as serving, over_http(serving.url, mode=OLD) as model:
        assert model.answer("estimate", indicator="troops")["best"] == 100
        serving.popen.terminate()
        assert serving.popen.wait(timeout=PATIENCE) == 0
