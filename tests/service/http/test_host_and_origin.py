"""Hosts that are answered, pages that may change things, and the headers of every answer."""

from typing import Any

import pytest

from service.http.guard import SECURITY
from tests.http_spec import FILED, JSON, NDJSON, Api, Ask, Server, post, problem, raw, source, unchanged


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost:8000",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.1.2.3",
        "[::1]",
        "[::1]:80",
    ],
)
def test_this_machine_is_answered(shown: Api, host: str) -> None:
    assert shown.client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "intel.example",
        "localhost.intel.example",
        "127.0.0.1.intel.example",
        "localhost@intel.example",
        "localhost:80:80",
        "localhost:x",
        "10.0.0.1",
        "0.0.0.0",
        "2130706433",
        "[::]",
        "é",
        "x" * 5_000,
        "",
    ],
)
def test_another_host_is_misdirected(shown: Api, host: str) -> None:
    with unchanged(shown):
        headers: Any = {"Host": host.encode(), **JSON}
        for ask in (
            shown.client.get("/v1/estimates", headers=headers),
            shown.client.put("/v1/sources/x", content=b"{}", headers=headers),
            shown.client.get("/nowhere", headers=headers),
        ):
            problem(ask, 421, "host-not-allowed")


def test_no_host_is_misdirected(api: Api, server: Server) -> None:
    assert raw(server.address, b"GET /healthz HTTP/1.0\r\n\r\n").status == 421


@pytest.mark.parametrize(
    "origin", ["https://intel.example", "http://localhost:3000", "null", "localhost", ""]
)
def test_a_page_of_another_origin_changes_nothing(api: Api, origin: str) -> None:
    api.given(*FILED)
    asks = [
        Ask("POST", "/v1/reports/r1/hold"),
        Ask("POST", "/v1/projections/claims/rebuild"),
        Ask("DELETE", "/v1/projections/claims/rebuild"),
        Ask("POST", "/v1/projections/claims/rebuild/roll-back"),
        source("x"),
        Ask("DELETE", "/v1/claims/r1/1/links/r1/2"),
        Ask("POST", "/v1/import", b'{"register_source": {"id": "x"}}', {"Content-Type": NDJSON}),
    ]
    with unchanged(api):
        for ask in asks:
            problem(api.send(ask.under(origin=origin)), 403, "cross-origin")
    assert api.client.get("/v1/reports/r1", headers={"Origin": origin}).status_code == 200


def test_a_page_of_ours_may_change_things(api: Api) -> None:
    host = api.client.base_url.netloc.decode()
    assert api.send(source("x").under(origin=f"http://{host}")).status_code == 201


def test_every_answer_bears_the_headers_that_browsers_heed(api: Api) -> None:
    api.given(*FILED)
    asks = [
        Ask("GET", "/"),
        Ask("GET", "/static/style.css"),
        Ask("GET", "/problems/invalid"),
        Ask("GET", "/openapi.json"),
        Ask("GET", "/v1/estimates"),
        Ask("GET", "/v1/events").under(accept=NDJSON),
        Ask("GET", "/v1/replay"),
        Ask("HEAD", "/v1/estimates"),
        Ask("GET", "/nowhere"),
        Ask("PATCH", "/v1/estimates"),
        Ask("GET", "/healthz").under(host="intel.example"),
        Ask("GET", "/v1/estimates?x=1"),
        source("x"),
        post("/v1/import").under(content_type=NDJSON),
    ]
    for ask in asks:
        answer = api.send(ask)
        assert {name: answer.headers[name] for name in SECURITY} == SECURITY, ask
        assert "server" not in answer.headers
