"""Strange ids, queries and requests: refused with a problem, and nothing changed."""

from urllib.parse import quote

import httpx2
import pytest

from tests.http_spec import Api, Ask, Body, Server, check_problem, problem, raw, unchanged

STRANGE = {
    "a blank": " ",
    "capitals": "R1",
    "a leading dot": ".r1",
    "dots": "r1/../../secret",
    "an encoded slash": "r1/x",
    "a NUL": "r1\x00",
    "a line end": "r1\r\nX-Evil: 1",
    "a quote": "r1'--",
    "an emoji": "\U0001f575",
    "a percent": "%",
    "a surrogate": "%ED%A0%80",
    "too long": "r" * 129,
    "very long": "r" * 20_000,
    "full width": "\uff52\uff11",
}
READS = (
    "/v1/reports/{}",
    "/v1/reports/{}/history",
    "/v1/claims/{}/1",
    "/v1/claims/r1/{}",
    "/v1/sources/{}",
    "/v1/indicators/{}",
    "/v1/estimates/{}",
    "/v1/estimates/{}/series",
    "/v1/estimates/{}/vintages",
    "/v1/estimates/{}/vintages/known",
    "/problems/{}",
    "/v1/projections/{}/rebuild",
)


@pytest.mark.parametrize("what", STRANGE)
def test_a_strange_id_in_an_address_names_nothing(steady: Api, what: str) -> None:
    name = STRANGE[what] if "%ED" in STRANGE[what] else quote(STRANGE[what], safe="")
    for template in READS:
        refusal = problem(steady.client.get(template.format(name)), 404, "not-found")
        assert len(refusal["detail"]) < 500, "what was asked is not echoed at any length"


@pytest.mark.parametrize("what", STRANGE)
def test_a_strange_id_in_an_address_changes_nothing(steady: Api, what: str) -> None:
    name = STRANGE[what] if "%ED" in STRANGE[what] else quote(STRANGE[what], safe="")
    grade: Body = {"reliability": "A"}
    asks = [
        Ask("PUT", f"/v1/indicators/{name}", {"title": "T", "measure": "stock"}),
        Ask("PUT", f"/v1/sources/{name}", {}),
        Ask("POST", f"/v1/sources/{name}/grades", grade),
        Ask("POST", f"/v1/reports/{name}/withdrawal", {}),
        Ask("POST", f"/v1/reports/{name}/marking", {"marking": "TLP:RED"}),
        Ask("POST", f"/v1/claims/{name}/1/grades", {"credibility": 1}),
        Ask("POST", f"/v1/claims/r1/{name}/links", {"derived_from": "r1/1"}),
        Ask("DELETE", f"/v1/claims/r1/1/links/{name}/1"),
    ]
    with unchanged(steady):
        for ask in asks:
            answer = steady.send(ask)
            assert answer.status_code in (404, 405, 422), (ask.path[:80], answer.text[:200])
            check_problem(answer.json(), answer.status_code, answer.json()["type"][len("/problems/") :])
            if "/" not in STRANGE[what]:
                assert answer.status_code == 422
                assert answer.json()["detail"].startswith("the address: ")
            assert len(answer.content) < 1_000


def test_an_encoded_letter_or_slash_is_the_letter_or_slash(steady: Api) -> None:
    assert steady.client.get("/v1/reports/%72%31").json()["id"] == "r1"
    history = steady.client.get("/v1/reports/r1%2Fhistory").json()["items"]
    assert [event["type"] for event in history] == ["ReportFiled"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("%", "unknown-parameter"),
        ("=", "unknown-parameter"),
        ("=1", "unknown-parameter"),
        ("%00=1", "unknown-parameter"),
        ("%zz=1", "unknown-parameter"),
        ("limit", "bad-parameter"),
        ("limit=%", "bad-parameter"),
        ("limit=%zz", "bad-parameter"),
        ("limit=%00", "bad-parameter"),
        ("limit=5%00", "bad-parameter"),
        ("limit=%ff", "bad-parameter"),
        ("limit=1;limit=2", "bad-parameter"),
        ("limit=1&limit=1", "bad-parameter"),
        ("LIMIT=1", "unknown-parameter"),
        ("limit[]=1", "unknown-parameter"),
        ("limit=1%26limit=2", "bad-parameter"),
        ("known_at=2025-01-01T00:00:00Z%0d%0aX-Evil:1", "bad-parameter"),
        ("cursor=%ff", "bad-cursor"),
        ("_method=DELETE", "unknown-parameter"),
        ("limit=" + "9" * 50_000, "bad-parameter"),
        ("x" * 50_000 + "=1", "unknown-parameter"),
        ("&".join(["limit=1"] * 5_000), "bad-parameter"),
        ("&".join(f"p{n}=1" for n in range(5_000)), "unknown-parameter"),
    ],
    ids=lambda text: text[:30],
)
def test_a_hostile_query_is_refused(steady: Api, server: Server, query: str, code: str) -> None:
    url = httpx2.URL(steady.client.base_url, raw_path=f"/v1/events?{query}".encode())
    answer = steady.client.get(url)
    assert len(problem(answer, 422, code)["detail"]) < 500


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=%ff",
        "q=%F0%9F%95%B5",
        "q=%25",
        "q=_",
        "q=" + "x" * 50_000,
        "q=%E2%80%AE",
        "&&",
        "",
    ],
    ids=lambda text: text[:30],
)
def test_a_strange_word_is_only_looked_for(steady: Api, query: str) -> None:
    url = httpx2.URL(steady.client.base_url, raw_path=f"/v1/estimates?{query}".encode())
    answer = steady.client.get(url)
    assert answer.status_code == 200
    assert [item["indicator"] for item in answer.json()["items"]] == (
        ["troops"] if len(query) < 3 else []
    )


@pytest.mark.parametrize(
    "line",
    [
        b"GET /v1/events?q=\x00 HTTP/1.1",
        b"GET /v1/\xff\xfe HTTP/1.1",
        b"GET /v1/events HTTP/9.9",
        b"G\x00T /v1/events HTTP/1.1",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_not_even_http_is_hung_up_on(api: Api, server: Server, line: bytes) -> None:
    with unchanged(api):
        answer = raw(server.address, line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert answer.status in (400, 404, 422)
        assert b"Traceback" not in answer.body
