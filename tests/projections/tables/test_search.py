"""Full-text search over reports and their claims, as of any time."""

from typing import Any

import httpx2
import pytest


@pytest.fixture
def desk(client: httpx2.Client) -> httpx2.Client:
    """Two reports; the second was corrected a day later."""
    client.put("/v1/indicators/killed", json={"title": "Killed", "measure": "cumulative"})
    for name, title, text in (
        ("one", "Seoul on losses", "Some 300 soldiers fell near Kursk"),
        ("two", 'Łódź "calls" it NEAR', "Ein Bericht über 600 Gefallene"),
    ):
        claim = {"indicator": "killed", "originator": "nis", "quantity": {"best": 3}, "text": text}
        report = {"id": name, "publisher": "wire", "title": title, "published_at": "2025-01-13"}
        client.post("/v1/reports", json={**report, "claims": [claim]})
    correction = {
        "kind": "publisher",
        "published_at": "2025-01-14",
        "provenance": {"title": "A calmer headline"},
    }
    client.post("/v1/reports/two/corrections", json=correction)
    return client


def found(client: httpx2.Client, q: str, **asked: Any) -> list[str]:
    """The ids of what is found."""
    answer = client.get("/v1/reports", params={"q": q, **asked})
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("q", "then"),
    [
        ("kursk", ["one"]),
        ("SOLDIERS fell", ["one"]),
        ("sold", ["one"]),
        ("oldiers", []),
        ("nis", ["one", "two"]),
        ("killed wire", ["one", "two"]),
        ("kursk gefallene", []),
        ("bericht", ["two"]),
        ("calmer", ["two"]),
        ('" OR 1', []),
        ("near(kursk)", ["one"]),
        ("kursk NOT soldiers", []),
        ("   ", []),
        ("*", []),
    ],
)
def test_all_words_must_be_there_each_from_its_beginning(
    desk: httpx2.Client, q: str, then: list[str]
) -> None:
    assert found(desk, q) == then


def test_a_corrected_title_is_found_as_of_the_time_that_knew_it(desk: httpx2.Client) -> None:
    events = desk.get("/v1/events", params={"type": "ReportCorrected"}).json()["items"]
    before = events[0]["position"] - 1
    assert found(desk, "calls") == []
    assert found(desk, "calls", known_at=before) == ["two"]
    assert found(desk, "calmer", known_at=before) == []


def test_what_was_not_published_by_then_is_not_found(desk: httpx2.Client) -> None:
    assert found(desk, "kursk", published_by="2025-01-12") == []
    assert found(desk, "kursk", published_by="2025-01-13") == ["one"]


def test_a_hit_names_the_claims_in_which_words_were_found(desk: httpx2.Client) -> None:
    [hit] = desk.get("/v1/reports", params={"q": "kursk"}).json()["items"]
    assert (hit["title"], hit["publisher"], hit["status"]) == ("Seoul on losses", "wire", "open")
    [claim] = hit["claims"]
    assert (claim["id"], claim["indicator"]) == ("one/1", "killed")


def test_pages_fit_together(desk: httpx2.Client) -> None:
    first = desk.get("/v1/reports", params={"q": "nis", "limit": 1}).json()
    assert [item["id"] for item in first["items"]] == ["one"]
    assert found(desk, "nis", limit=1, cursor=first["next_cursor"]) == ["two"]
