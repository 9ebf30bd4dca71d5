"""Requests sent again: by their content, by an id derived from it, and under a key."""

from pathlib import Path

import pytest

from tests.http_spec import (
    FILED,
    Api,
    Ask,
    Server,
    claim,
    indicator,
    post,
    problem,
    report,
    source,
    unchanged,
)


def test_a_report_sent_again_is_there_already_at_its_original_position(api: Api) -> None:
    first = api.send(indicator()) and api.send(report("r1"))
    api.given(source("x"), post("/v1/reports/r1/hold"), report("r2", claim(7)))
    with unchanged(api):
        again = api.send(report("r1"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"] == "/v1/reports/r1"


def test_the_same_content_is_the_same_however_it_is_written(api: Api) -> None:
    api.given(indicator())
    first = api.send(report("r1", claim(100, period="2025-01-01/2025-01-05")))
    same = b"""{ "claims": [ {"status": "estimated", "originator": "nis", "quantity":
        {"best": 1.0e2, "low": null, "qualifier": "exact"}, "period": "2025-01-01\\u002f2025-01-05",
        "indicator": "troops", "derived_from": [], "text": ""} ], "marking": "TLP:CLEAR",
        "url": null, "published_at": "2025-01-10T09:00:00+09:00", "publisher": "wire", "id": "r1" }"""
    again = api.send(Ask("POST", "/v1/reports", same))
    assert (again.status_code, again.json()) == (200, first.json())


def test_an_id_is_derived_from_the_content(api: Api) -> None:
    api.given(indicator())
    first = api.send(report(None, claim(100)))
    other = api.send(report(None, claim(101)))
    again = api.send(report(None, claim(100)))
    assert (first.status_code, other.status_code, again.status_code) == (201, 201, 200)
    assert first.json()["id"] != other.json()["id"]
    assert again.json() == first.json()
    name = first.json()["id"]
    assert first.headers["location"] == f"/v1/reports/{name}"
    assert api.get(f"/v1/reports/{name}")["claims"][0]["id"] == f"{name}/1"


def test_a_derived_id_gives_nothing_away(server: Server, tmp_path: Path) -> None:
    ids = set[str]()
    for name in ("one", "two"):
        with server.over(tmp_path / name) as api:
            api.given(indicator())
            ids.add(api.send(report(None)).json()["id"])
    assert len(ids) == 2, "the same content has another id in another log"


POSTS = {
    "report": report("r2", claim(8)),
    "report without id": report(None, claim(9)),
    "correction": post("/v1/reports/r1/corrections", kind="record", provenance={"title": "T"}),
    "withdrawal": post("/v1/reports/r1/withdrawal", reason="ours"),
    "redaction": post("/v1/reports/r1/redaction", reason="names a person", authority="order 1"),
    "hold": post("/v1/reports/r1/hold", reason="under check"),
    "marking": post("/v1/reports/r1/marking", marking="TLP:AMBER"),
    "claim's grade": post("/v1/claims/r1/1/grades", credibility=2),
    "link": post("/v1/claims/r1/1/links", derived_from="r0/1"),
    "source's grade": post("/v1/sources/nis/grades", reliability="B"),
}


@pytest.mark.parametrize("what", POSTS)
def test_a_post_sent_again_under_its_key_is_answered_as_the_first_time(api: Api, what: str) -> None:
    api.given(indicator(), report("r0", claim(1)), report("r1", claim(2)))
    ask = POSTS[what].under(idempotency_key="once")
    first = api.send(ask)
    assert first.status_code == 201
    api.given(source("nis", note="a word later"), indicator("more"))
    with unchanged(api):
        again = api.send(ask)
        assert (again.status_code, again.json()) == (200, first.json())
        other = api.send(post("/v1/reports/r0/hold", reason="x").under(idempotency_key="once"))
        problem(other, 409, "key-reused")


def test_a_key_holds_though_the_version_has_moved_on(api: Api) -> None:
    api.given(*FILED)
    ask = POSTS["hold"].under(idempotency_key="k", if_match='"1"')
    first = api.send(ask)
    api.given(post("/v1/reports/r1/release"))
    assert api.send(ask).json() == first.json()
    assert [kind for _, kind, _ in api.facts()][-1] == "ReportReleased"


def test_another_body_under_a_key_is_refused(api: Api) -> None:
    api.given(*FILED)
    api.given(post("/v1/reports/r1/hold", reason="one").under(idempotency_key="k"))
    with unchanged(api):
        other = api.send(post("/v1/reports/r1/hold", reason="two").under(idempotency_key="k"))
        problem(other, 409, "key-reused")


def test_a_key_is_free_again_after_a_refusal(api: Api) -> None:
    api.given(indicator())
    hold = POSTS["hold"].under(idempotency_key="k")
    problem(api.send(hold), 404, "not-found")
    api.given(report())
    assert api.send(hold).status_code == 201


def test_a_key_outlives_the_process(server: Server, tmp_path: Path) -> None:
    for expected in (201, 200):
        with server.over(tmp_path / "kept") as api:
            api.given(source("nis"))
            grade = POSTS["source's grade"].under(idempotency_key="k")
            assert api.send(grade).status_code == expected


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
def test_a_key_that_cannot_be_one_is_refused(api: Api, key: str) -> None:
    with unchanged(api):
        problem(api.send(source("nis").under(idempotency_key=key)), 422, "bad-parameter")


def test_an_event_names_no_key(api: Api) -> None:
    api.given(source("nis").under(idempotency_key="secret-key"))
    assert "secret-key" not in api.client.get("/v1/events").text
