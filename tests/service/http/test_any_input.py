"""Any JSON, bytes, import lines and queries are answered, and the service comes through it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.http_spec import (
    NDJSON,
    Api,
    Ask,
    check_problem,
    claim,
    indicator,
    one_server,
    problem,
    report,
    source,
)
from tests.service.http.bad_input import WRITES
from tests.service.http.nearly_right import BODIES, JUST_JSON, LINES, QUERY, READERS

FUZZED = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service that is sent anything, and must come through it with its views up."""
    with one_server() as server, server.over(tmp_path_factory.mktemp("fuzzed")) as api:
        api.given(indicator(), indicator("drones", measure="cumulative"))
        api.given(indicator("gives", measure="proposition"), indicator("sent", measure="increment"))
        api.given(source("nis"), report("r0"), report("r1", claim(1), claim(2, period="2024")))
        yield api
        assert api.get("/v1/projections")["items"][0]["error"] is None
        for path in ("/v1/estimates", "/v1/sources", "/v1/indicators", "/v1/events"):
            api.items(path)
        for item in api.items("/v1/indicators"):
            api.items(f"/v1/estimates/{item['id']}/series")
            api.items(f"/v1/estimates/{item['id']}/vintages", all="true")
            api.items(f"/v1/estimates/{item['id']}/vintages", axis="publication")
        replayed = api.client.get("/v1/replay")
        assert replayed.status_code == 200 and replayed.content.endswith(b"\n")


def accepts_or_refuses(api: Api, ask: Ask) -> None:
    """A write either adds what can be read back, or is refused with a problem and adds nothing."""
    before = api.head()
    answer = api.send(ask)
    assert answer.status_code in (200, 201, 404, 409, 412, 422), (ask, answer.text)
    if answer.is_success:
        position = answer.json()["position"]
        read = api.client.get(answer.headers["location"], params={"min_position": position})
        assert read.status_code == 200, (ask, read.text)
        board = api.client.get("/v1/estimates", params={"min_position": position})
        assert board.status_code == 200, (ask, board.text)
    else:
        check_problem(answer.json(), answer.status_code, answer.json()["type"][len("/problems/") :])
        assert api.head() == before, ask


@pytest.mark.parametrize("route", WRITES)
def test_any_json_is_answered(fuzzed: Api, route: str) -> None:
    method, path = WRITES[route]

    @FUZZED
    @given(JUST_JSON | BODIES[route])
    def check(body: Any) -> None:
        accepts_or_refuses(fuzzed, Ask(method, path, json.dumps(body).encode()))

    check()


@FUZZED
@given(st.binary(max_size=60))
def test_any_bytes_are_answered(fuzzed: Api, body: bytes) -> None:
    assume(body and body.strip() != b"{}")  # a source may be registered without a word about it
    for method, path in WRITES.values():
        problem(fuzzed.send(Ask(method, path, body)), 422, "invalid")


@FUZZED
@given(st.lists(LINES, min_size=1, max_size=6))
def test_any_lines_are_answered(fuzzed: Api, lines: list[Any]) -> None:
    body = b"\n".join(json.dumps(line).encode() for line in lines)
    answer = fuzzed.client.post("/v1/import", content=body, headers={"Content-Type": NDJSON})
    assert answer.status_code == 200
    last = json.loads(answer.content.splitlines()[-1])
    assert last["done"] is True, last
    assert last["accepted"] + last["duplicates"] + last["refused"] == len(lines)
    read = fuzzed.client.get("/v1/estimates", params={"min_position": last["position"]})
    assert read.status_code == 200, read.text


@FUZZED
@given(QUERY)
def test_any_query_is_answered(fuzzed: Api, query: dict[str, str]) -> None:
    for path, names in READERS.items():
        asked = {name: value for name, value in query.items() if name in names.split()}
        answer = fuzzed.client.get(path, params=asked)
        assert answer.status_code in (200, 404, 409, 422), (path, asked, answer.text)
        if answer.status_code == 409:
            check_problem(answer.json(), 409, "beyond-head")
        if answer.status_code == 422:
            check_problem(answer.json(), 422, answer.json()["type"][len("/problems/") :])
