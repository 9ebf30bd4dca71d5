"""Bodies and reports that are large: taken whole, or refused with all that can be said."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http_spec import JSON, Api, Server, claim, faults, indicator, problem, raw, report, unchanged
from tests.service.http.bad_input import WRITES

MEGABYTE = 1_048_576


@pytest.mark.parametrize("route", WRITES)
@pytest.mark.parametrize("chunked", [False, True])
def test_ten_megabytes_are_too_large(steady: Api, route: str, chunked: bool) -> None:
    method, path = WRITES[route]

    def body() -> Iterator[bytes]:
        yield b'{"reason": "'
        for _ in range(10):
            yield b"x" * MEGABYTE
        yield b'"}'

    with unchanged(steady):
        content = body() if chunked else b"".join(body())
        answer = steady.client.request(method, path, content=content, headers=JSON)
        refusal = problem(answer, 413, "too-large")
    assert "8,388,608 bytes" in refusal["detail"]


def test_a_length_that_is_a_lie_is_not_believed(steady: Api, server: Server, tmp_path: Path) -> None:
    front = b"POST /v1/reports HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    front += b"Content-Type: application/json\r\n"
    with server.over(tmp_path) as api, unchanged(api):
        announced = raw(server.address, front + b"Content-Length: 99999999999\r\n\r\n")
        assert (announced.status, json.loads(announced.body)["type"]) == (413, "/problems/too-large")
        for bad in (
            b"Content-Length: -1",
            b"Content-Length: x",
            b"Content-Length: 1\r\nContent-Length: 2",
        ):
            assert raw(server.address, front + bad + b"\r\n\r\n{}").status == 400
        both = front + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
        assert raw(server.address, both).status in (400, 422)


def test_a_report_with_three_thousand_claims(api: Api) -> None:
    api.given(indicator("many", measure="increment"))
    said = [claim(n, about="many", cohort=f"c{n}", period="2025-01") for n in range(1, 3_001)]
    answer = api.send(report("big", *said))
    assert answer.status_code == 201
    assert answer.json()["claims"] == [f"big/{n}" for n in range(1, 3_001)]
    shown = api.get("/v1/reports/big")["claims"]
    assert [each["quantity"]["best"] for each in shown] == list(range(1, 3_001))
    for n in (1, 1_500, 3_000):
        assert api.get(f"/v1/claims/big/{n}")["cohort"] == f"c{n}"
    body = api.get("/v1/estimates/many")
    assert (body["claims"], body["reports"], body["best"]) == (3_000, 1, 3_000 * 3_001 // 2)
    assert (body["n_cohorts"], body["cohorts"]) == (3_000, sorted(body["cohorts"])[:100])
    assert len(api.items("/v1/estimates/many/cohorts", limit=1_000)) == 3_000
    assert api.get("/v1/estimates/many", cohort="c2999")["best"] == 2_999


def test_a_report_with_too_many_claims(api: Api) -> None:
    api.given(indicator())
    with unchanged(api):
        refusal = problem(api.send(report("big", *[claim()] * 10_001)), 422, "invalid")
    assert [pointer for pointer, _ in faults(refusal)] == ["/claims"]


def test_no_more_than_a_hundred_faults_are_named(api: Api) -> None:
    api.given(indicator())
    with unchanged(api):
        refusal = problem(api.send(report("r1", *[claim("x")] * 500)), 422, "invalid")
        assert len(refusal["errors"]) == 100
        assert refusal["detail"].endswith("(and 499 more)")
        unknown = [claim(n, about=f"none-{n}") for n in range(500)]
        assert len(problem(api.send(report("r1", *unknown)), 422, "unknown-indicator")["errors"]) == 100
