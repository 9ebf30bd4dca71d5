"""One claim over HTTP: its chain, its grades, how it stands and in which words."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http_spec import AS_OF, Api, Ask, Server, claim, indicator, post, problem, report
from tests.service.api.reading import CORRECTIONS, FIRST, by_publisher, gone


@pytest.fixture
def chained(server: Server, tmp_path: Path) -> Iterator[Api]:
    """r3/1 derives from r2/1, that from r1/1; r3/1 was unlinked last."""
    with server.over(tmp_path) as api:
        api.given(indicator(), report("r1"), report("r2", claim(100, "mnd", derived_from=["r1/1"])))
        api.given(report("r3", claim(100, "jcs", derived_from=["r2/1"])))
        api.given(post("/v1/claims/r1/1/grades", credibility=2, reason="seen"))
        yield api


def test_a_claim_as_it_stands(chained: Api) -> None:
    body = chained.get("/v1/claims/r1/1")
    expected = {
        "id": "r1/1",
        "n": 1,
        "report": "r1",
        "indicator": "troops",
        "originator": "nis",
        "publisher": "wire",
        "published_at": "2025-01-10T00:00:00Z",
        "stated_at": "2025-01-10T00:00:00Z",
        "period": "2025-01-10",
        "quantity": {"low": None, "best": 100, "high": None, "qualifier": "exact"},
        "derived_from": [],
        "credibility": 2,
        "reliability": None,
        "marking": "TLP:CLEAR",
        "standing": "active",
        "position": 4,
    }
    assert {name: body[name] for name in expected} == expected
    assert set(body["as_of"]) == AS_OF


def test_a_claim_shows_its_chain_to_the_origin(chained: Api) -> None:
    chain = chained.get("/v1/claims/r3/1")["chain"]
    assert [(step["claim"], step["originator"], step["derived_from"]) for step in chain] == [
        ("r3/1", "jcs", ["r2/1"]),
        ("r2/1", "mnd", ["r1/1"]),
        ("r1/1", "nis", []),
    ]
    assert {step["standing"] for step in chain} == {"active"}


def test_a_chain_is_as_it_was_known(chained: Api) -> None:
    before = chained.head()
    chained.given(Ask("DELETE", "/v1/claims/r3/1/links/r2/1"))
    now, then = chained.get("/v1/claims/r3/1"), chained.get("/v1/claims/r3/1", known_at=before)
    assert (len(now["chain"]), now["derived_from"]) == (1, [])
    assert (len(then["chain"]), then["derived_from"]) == (3, ["r2/1"])


def test_a_grade_is_as_it_was_known(chained: Api) -> None:
    before = chained.head() - 1
    assert chained.get("/v1/claims/r1/1", known_at=before)["credibility"] is None
    chained.given(post("/v1/sources/nis/grades", reliability="C"))
    assert chained.get("/v1/claims/r1/1")["reliability"] == "C"
    assert chained.get("/v1/claims/r1/1", known_at=before)["reliability"] is None


@pytest.mark.parametrize(
    ("ask", "standing"),
    [
        (post("/v1/reports/r1/hold"), "held"),
        (post("/v1/reports/r1/withdrawal"), "withdrawn-by-us"),
        (post("/v1/reports/r1/withdrawal", published_at="2025-01-11"), "withdrawn"),
        (post("/v1/reports/r1/corrections", kind="record", claims=[claim(5)]), "corrected"),
    ],
)
def test_a_claim_that_does_not_count_says_why(chained: Api, ask: Ask, standing: str) -> None:
    chained.given(ask)
    body = chained.get("/v1/claims/r1/1")
    assert (body["standing"], body["quantity"]["best"]) == (standing, 100)


OUT_OF_ORDER = [
    by_publisher("2025-03-01", {**claim(500), **FIRST}),
    by_publisher("2025-02-01", {**claim(400), **FIRST, "derived_from": ["r0/1"]}),
    by_publisher("2025-04-01", claim(5, "mnd")),
]


@pytest.mark.parametrize(
    ("asks", "published_by", "standing", "best", "published"),
    [
        (OUT_OF_ORDER, None, "corrected", 500, "2025-03-01"),
        (OUT_OF_ORDER, "2025-03-31", "active", 500, "2025-03-01"),
        (OUT_OF_ORDER, "2025-02-28", "active", 400, "2025-02-01"),
        (OUT_OF_ORDER, "2025-01-31", "active", 100, "2025-01-10"),
        ([*OUT_OF_ORDER, gone(published_at="2025-05-01")], None, "withdrawn", 500, "2025-03-01"),
        ([*OUT_OF_ORDER, gone()], None, "corrected", 500, "2025-03-01"),
        (
            [
                OUT_OF_ORDER[0],
                post(CORRECTIONS, kind="record", claims=[{**claim(550), **FIRST}]),
                *OUT_OF_ORDER[1:],
            ],
            None,
            "corrected",
            550,
            "2025-03-01",
        ),
        (
            [OUT_OF_ORDER[2], by_publisher("2025-02-01", {**claim(400), **FIRST})],
            None,
            "corrected",
            400,
            "2025-02-01",
        ),
    ],
)
def test_the_last_words_of_a_claim_are_those_published_last(
    server: Server,
    tmp_path: Path,
    asks: list[Ask],
    published_by: str | None,
    standing: str,
    best: int,
    published: str,
) -> None:
    asked = {} if published_by is None else {"published_by": published_by}
    with server.over(tmp_path) as api:
        api.given(indicator(), report("r0"), report(), *asks)
        body = api.get("/v1/claims/r1/1", **asked)
        assert (body["standing"], body["quantity"]["best"]) == (standing, best)
        assert body["published_at"] == f"{published}T00:00:00Z"
        explained = api.get("/v1/estimates/troops/explanation", **asked)
        [evidence] = [
            each
            for each in explained["used"] + explained["excluded"] + explained["relays"]
            if each["claim"] == "r1/1"
        ]
        for name in ("quantity", "published_at", "stated_at", "period"):
            assert evidence[name] == body[name]


def test_a_claim_left_out_keeps_the_links_and_the_date_of_its_last_words(
    server: Server, tmp_path: Path
) -> None:
    with server.over(tmp_path) as api:
        linked = claim(100, derived_from=["r0/1"])
        api.given(indicator(), report("r0"), report("r1", linked))
        api.given(by_publisher("2025-04-01", claim(5, "mnd")))
        body = api.get("/v1/claims/r1/1")
        assert (body["standing"], body["derived_from"]) == ("corrected", ["r0/1"])
        assert body["chain"][0]["derived_from"] == ["r0/1"]


@pytest.mark.parametrize("name", ["r1/0", "r1/2", "r1/01", "r1/x", "r1/1000000000", "r9/1", "R1/1"])
def test_a_claim_that_is_not_there(chained: Api, name: str) -> None:
    problem(chained.client.get(f"/v1/claims/{name}"), 404, "not-found")
