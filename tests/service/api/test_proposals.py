"""Reading a text over HTTP: the seed document against the seeds, and what others propose."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest

from domain.vocabulary import Statement
from service.service import opened
from service.settings import Settings
from tests.places import DATA
from tests.service.api.schema_check import running
from tests.test_seeds import load

DOCUMENT = DATA / "000_c708aba2ae581433.txt"
TEXT = (
    "The National Intelligence Service said on Tuesday that about 2,000 North Korean soldiers "
    "were killed. "
    "It expects several hundred more to arrive by December."
)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A service that holds the seeds; tests only read."""
    with ExitStack() as resources:
        service = resources.enter_context(opened(Settings(data=tmp_path_factory.mktemp("story"))))
        client = resources.enter_context(running(service))
        load(client)
        yield client


def propose(client: httpx2.Client, text: str, **more: str) -> dict[str, Any]:
    answer = client.post("/v1/proposals", json={"text": text, **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture(scope="module")
def draft(story: httpx2.Client) -> dict[str, Any]:
    """What the seed document proposes to a log that holds the seeds."""
    if not DOCUMENT.is_file():
        pytest.skip(f"needs the seed document, {DOCUMENT}")
    return propose(
        story, DOCUMENT.read_text("utf-8"), published_at="2025-06-26", publisher="some-paper"
    )


def test_the_seed_document_gives_four_ticked_figures(draft: dict[str, Any]) -> None:
    ticked = [each["claim"] for each in draft["claims"] if each["ticked"]]
    assert [
        (each["indicator"], each.get("originator"), each["period"], each["status"], each["quantity"])
        for each in ticked
    ] == [
        (
            "dprk-tranche3-planned",
            "nis",
            "2025-07/2025-08",
            "planned",
            {"best": 6000, "qualifier": "about"},
        ),
        (
            "dprk-tranche3-deminers-planned",
            "nis",
            "2025-07/2025-08",
            "planned",
            {"best": 1000, "qualifier": "exact"},
        ),
        (
            "dprk-tranche3-builders-planned",
            "nis",
            "2025-07/2025-08",
            "planned",
            {"best": 5000, "qualifier": "exact"},
        ),
        (
            "dprk-troops-sent",
            None,
            "2024-10/2025-03~",
            "estimated",
            {"low": 10000, "high": 12000, "qualifier": "range"},
        ),
    ]


def test_its_plans_are_linked_to_the_announcement_and_their_sum_is_said(draft: dict[str, Any]) -> None:
    figures = [each for each in draft["claims"] if "quantity" in each["claim"]]
    assert [[link["claim"] for link in each["links"]] for each in figures] == [
        ["interfax-2025-06-17/1"],
        ["interfax-2025-06-17/2"],
        ["interfax-2025-06-17/3"],
        [],
    ]
    assert [link["why"] for link in figures[0]["links"]] == [
        "ru-security-council gave the same 6,000 9 days before"
    ]
    said = "sum: 1,000 and 5,000 make 6,000"
    assert [said in each["why"] for each in figures] == [True, True, True, False]


def test_it_gives_its_18_propositions_unticked(draft: dict[str, Any], story: httpx2.Client) -> None:
    asserted = [each for each in draft["claims"] if "stance" in each["claim"]]
    filed = story.get("/v1/reports/news-item-2025-06-26").json()["claims"]
    assert not any(each["ticked"] for each in asserted)
    assert sorted(each["claim"]["indicator"] for each in asserted) == sorted(
        each["indicator"] for each in filed if each["stance"] is not None
    )
    assert len(asserted) == 18


def test_it_names_nobody_who_is_not_named(draft: dict[str, Any]) -> None:
    named = {each["claim"]["originator"] for each in draft["claims"] if "originator" in each["claim"]}
    assert named == {"nis", "western-officials", "us-government", "european-union"}


def test_nothing_comes_from_its_date_line_its_headlines_or_its_licence(draft: dict[str, Any]) -> None:
    whys = [each["why"] for each in draft["not_figures"]]
    assert whys == [
        "is part of a date",
        "stands in a headline, and again in the text",
        "stands in a headline and gives no number",
        "is part of a date",
        "is part of an address",
        "is part of a date",
    ]


def test_its_date_line_says_when_it_was_published(story: httpx2.Client) -> None:
    if not DOCUMENT.is_file():
        pytest.skip(f"needs the seed document, {DOCUMENT}")
    assert propose(story, DOCUMENT.read_text("utf-8"))["report"]["published_at"] == "2025-06-26"


def test_what_is_proposed_is_ready_for_a_report(draft: dict[str, Any], story: httpx2.Client) -> None:
    claims = [{"originator": "unnamed-media", **each["claim"]} for each in draft["claims"]]
    for each in claims:
        Statement.model_validate_json(httpx2.Request("POST", "http://t", json=each).content)
    report = {**draft["report"], "claims": claims}
    tried = story.post("/v1/reports", json=report, params={"dry_run": "true"})
    assert tried.status_code == 200, tried.text
    assert len(tried.json()["claims"]) == 22


def test_every_quote_is_at_its_place(draft: dict[str, Any]) -> None:
    text = DOCUMENT.read_text("utf-8")
    for each in (*draft["claims"], *draft["not_figures"]):
        quote = each["quote"]
        assert text[quote["start"] : quote["end"]] == quote["exact"]


def test_what_is_proposed_holds_when_it_is_checked(draft: dict[str, Any], story: httpx2.Client) -> None:
    claims = [{"originator": "unnamed-media", **each["claim"]} for each in draft["claims"]]
    body = {"text": DOCUMENT.read_text("utf-8"), "claims": claims}
    checked = story.post("/v1/proposals/check", json=body).json()["claims"]
    assert [each["verdict"] for each in checked] == ["holds"] * 22


def checked(client: httpx2.Client, **claim: Any) -> dict[str, Any]:
    given = {"indicator": "dprk-killed", "originator": "nis", **claim}
    answer = client.post("/v1/proposals/check", json={"text": TEXT, "claims": [given]})
    assert answer.status_code == 200, answer.text
    [result] = answer.json()["claims"]
    found: dict[str, Any] = result
    return found


HOLDS = {
    "quantity": {"best": 2000, "qualifier": "about"},
    "quote": {"exact": "about  2,000\nNorth Korean soldiers"},
}


@pytest.mark.parametrize(
    ("claim", "codes"),
    [
        ({}, []),
        ({"quote": None}, ["no-quote"]),
        ({"quote": {"exact": "about 2,000 soldiers"}}, ["quote-not-found"]),
        ({"quantity": {"best": 2000}}, ["figure-not-in-quote"]),
        ({"quantity": {"best": 3000, "qualifier": "about"}}, ["figure-not-in-quote"]),
        ({"quote": {"exact": "North Korean soldiers"}}, ["figure-not-in-quote"]),
        ({"originator": "nys"}, ["unknown-originator"]),
        ({"spokesperson": "lee-seong-kwun"}, ["unknown-spokesperson"]),
        ({"indicator": "dprk-kiled"}, ["unknown-indicator"]),
        ({"derived_from": ["nis-2025-01-01/9"]}, ["unknown-claim"]),
        (
            {"quantity": {"qualifier": "unspecified"}, "quote": {"exact": "several hundred more"}},
            [],
        ),
    ],
)
def test_what_others_propose_is_tried(
    story: httpx2.Client, claim: dict[str, Any], codes: list[str]
) -> None:
    result = checked(story, **{**HOLDS, **claim})
    assert [each["code"] for each in result["problems"]] == codes
    assert result["verdict"] == ("refused" if codes else "holds")


def test_near_ids_are_named(story: httpx2.Client) -> None:
    [problem] = checked(story, **{**HOLDS, "indicator": "dprk-kiled"})["problems"]
    assert problem["near"][0] == "dprk-killed"
    assert problem["pointer"] == "/claims/0/indicator"


def test_the_place_of_the_words_is_returned(story: httpx2.Client) -> None:
    result = checked(story, **HOLDS)
    assert TEXT[result["start"] : result["end"]] == "about 2,000 North Korean soldiers"


def test_relative_dates_count_from_the_publication(story: httpx2.Client) -> None:
    claims = propose(story, TEXT, published_at="2025-09-04")["claims"]
    first, second = (each["claim"] for each in claims if "quantity" in each["claim"])
    assert (first["indicator"], first["originator"], first["stated_at"]) == (
        "dprk-killed",
        "nis",
        "2025-09-02",
    )
    assert (second["period"], second["status"]) == ("../2025-12", "planned")


def test_an_earlier_log_knows_less(story: httpx2.Client) -> None:
    answer = story.post("/v1/proposals", params={"known_at": 0}, json={"text": TEXT})
    [claim] = answer.json()["claims"][:1]
    assert claim["candidates"]["indicator"] == []
    assert claim["claim"]["originator"] == "national-intelligence-service"
    assert claim["candidates"]["originator"][0]["new"] is True


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/text"),
        ({"text": ""}, "/text"),
        ({"text": "a" * 100_001}, "/text"),
        ({"text": "a", "published_at": "soon"}, "/published_at"),
        ({"text": "a", "unknown": 1}, "/unknown"),
    ],
)
def test_a_body_that_does_not_fit_is_refused(
    story: httpx2.Client, body: dict[str, Any], pointer: str
) -> None:
    answer = story.post("/v1/proposals", json=body)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


def test_nothing_is_written(client: httpx2.Client) -> None:
    propose(client, TEXT)
    assert client.get("/v1/events").json()["items"] == []
