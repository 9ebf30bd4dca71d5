"""Lists: envelopes, pages that fit together, links and cursors."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.http_spec import AS_OF, Api, Server, claim, indicator, post, problem, report, source

LISTS = (
    "/v1/estimates",
    "/v1/estimates/troops/series",
    "/v1/estimates/troops/vintages",
    "/v1/estimates/troops/vintages/known",
    "/v1/events",
    "/v1/events?order=desc",
    "/v1/reports/r1/history",
    "/v1/sources",
    "/v1/indicators",
)


@pytest.mark.parametrize("path", [*LISTS, "/v1/projections"])
def test_a_list_is_an_envelope(shown: Api, path: str) -> None:
    body = shown.client.get(path).json()
    assert list(body) == ["items", "next_cursor", "as_of"]
    assert body["items"] and body["next_cursor"] is None
    assert set(body["as_of"]) == AS_OF


def test_a_page_has_a_hundred_items_unless_more_are_asked_for(api: Api) -> None:
    api.import_(*({"register_source": {"id": f"s{n:04}"}} for n in range(1_001)))
    first = api.get("/v1/sources")
    second = api.get("/v1/sources", cursor=first["next_cursor"])
    assert [len(first["items"]), len(second["items"])] == [100, 100]
    assert second["items"][0]["id"] == "s0100"
    assert len(api.get("/v1/sources", limit=1000)["items"]) == 1_000
    assert len(api.get("/v1/events", limit=1000)["items"]) == 1_000
    assert len(api.items("/v1/sources", limit=999)) == 1_001


@pytest.mark.parametrize("path", LISTS)
def test_pages_fit_together_while_the_log_grows(api: Api, path: str) -> None:
    api.given(indicator("b1"), indicator(), indicator("u1"), source("n1"))
    api.given(report("r1", claim(1), claim(2, period="2024-11"), claim(3, period="2024-12")))
    api.given(report("r2", claim(4), published_at="2025-01-11"))
    api.given(report("r3", claim(5), published_at="2025-01-12"))
    api.given(*(post("/v1/claims/r1/1/grades", credibility=n) for n in (1, 2, 3)))
    whole = api.get(path)
    page = api.get(path, limit=1)
    seen = page["items"]
    for n in range(50):
        if page["next_cursor"] is None:
            break
        api.given(indicator(f"a{n}"), indicator(f"z{n}"), source(f"a{n}"), source(f"z{n}"))
        more = claim(n, period=f"2024-{n % 12 + 1:02}")
        api.given(report(f"more{n}", more, claim(n), published_at="2025-02-01"))
        api.given(post("/v1/claims/r1/1/grades", credibility=n % 6 + 1))
        page = api.get(path, limit=1, cursor=page["next_cursor"])
        seen += page["items"]
        assert page["as_of"] == whole["as_of"]
    assert seen == whole["items"] and len(seen) >= 3


def test_a_cursor_keeps_the_times_asked(shown: Api) -> None:
    asked = {"known_at": "2025-02-01T12:00:00Z", "published_by": "2025-01-31", "limit": 1}
    first = shown.get("/v1/events", **asked)
    second = shown.get("/v1/events", cursor=first["next_cursor"], **asked)
    assert first["as_of"] == second["as_of"]
    assert first["as_of"]["known_at"] == "2025-02-01T12:00:00Z"


def test_the_link_leads_to_the_next_page(shown: Api) -> None:
    first = shown.client.get("/v1/events", params={"limit": 2, "source": "nis", "order": "desc"})
    link = urlsplit(first.links["next"]["url"])
    assert link.path == "/v1/events"
    assert parse_qs(link.query) == {
        "limit": ["2"],
        "source": ["nis"],
        "order": ["desc"],
        "cursor": [first.json()["next_cursor"]],
    }
    pages = [shown.client.get("/v1/events", params={"limit": 2})]
    while "next" in pages[-1].links:
        pages.append(shown.client.get(pages[-1].links["next"]["url"]))
    positions = [item["position"] for page in pages for item in page.json()["items"]]
    assert positions == list(range(1, shown.head() + 1))
    assert pages[-1].json()["next_cursor"] is None


def test_a_cursor_that_was_tampered_with_is_refused(shown: Api) -> None:
    cursor = shown.get("/v1/events", limit=1)["next_cursor"]
    changed = [
        cursor[:i] + ("A" if letter != "A" else "B") + cursor[i + 1 :]
        for i, letter in enumerate(cursor)
    ]
    for bad in [*changed, cursor[:-1], cursor + "A", cursor + "=", "\x00", "é", "x", "A" * 5_000]:
        answer = shown.client.get("/v1/events", params={"limit": 1, "cursor": bad})
        problem(answer, 422, "bad-cursor")


def test_a_cursor_belongs_to_its_list_and_its_parameters(shown: Api) -> None:
    cursor = shown.get("/v1/events", limit=1)["next_cursor"]
    for path, more in (
        ("/v1/sources", {}),
        ("/v1/events", {"order": "desc"}),
        ("/v1/events", {"type": "ReportFiled"}),
        ("/v1/events", {"published_by": "2025-01-01"}),
        ("/v1/events", {"known_at": "1"}),
    ):
        answer = shown.client.get(path, params={"cursor": cursor, **more})
        problem(answer, 422, "bad-cursor")
    another_size = shown.client.get("/v1/events", params={"cursor": cursor, "limit": 2})
    assert [item["position"] for item in another_size.json()["items"]] == [2, 3]


def test_a_cursor_outlives_the_process_and_belongs_to_its_log(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path / "one") as api:
        api.given(source("a"), source("b"))
        cursor = api.get("/v1/sources", limit=1)["next_cursor"]
    with server.over(tmp_path / "one") as api:
        rest = api.get("/v1/sources", limit=1, cursor=cursor)["items"]
        assert [item["id"] for item in rest] == ["b"]
    with server.over(tmp_path / "two") as api:
        api.given(source("a"), source("b"))
        problem(api.client.get("/v1/sources", params={"cursor": cursor}), 422, "bad-cursor")
