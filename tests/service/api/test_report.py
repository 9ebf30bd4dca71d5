"""One report over HTTP: as it stands, at all times, and its history."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http_spec import (
    AS_OF,
    Api,
    Ask,
    Body,
    Clock,
    Server,
    claim,
    indicator,
    post,
    problem,
    report,
    source,
)
from tests.service.api.reading import by_publisher, gone


def test_a_report_as_it_stands(told: Api) -> None:
    body = told.get("/v1/reports/t1")
    assert set(body["as_of"]) == AS_OF
    assert body["id"] == "t1" and body["status"] == "open" and body["version"] == 1
    assert (body["publisher"], body["published_at"]) == ("wire", "2025-09-03T00:00:00Z")
    assert (body["marking"], body["position"]) == ("TLP:GREEN", 13)
    assert body["recorded_at"] == "2025-09-04T09:00:00Z"
    assert [each["id"] for each in body["claims"]] == [f"t1/{n}" for n in range(1, 6)]
    assert body["claims"][1]["cohort"] == "tranche-2"
    assert body["claims"][0]["period"] == "2025-09-03"
    assert body["claims"][0]["stated_at"] == "2025-09-03T00:00:00Z"


def test_a_report_is_not_there_before_it_was_recorded_or_published(told: Api) -> None:
    for asked in ({"known_at": "12"}, {"known_at": "2025-09-03"}, {"published_by": "2025-09-02"}):
        problem(told.client.get("/v1/reports/t1", params=asked), 404, "not-found")


@pytest.fixture
def revised(server: Server, tmp_path: Path) -> Iterator[Api]:
    """A report of 2025-01-10, corrected by its publisher on 12-20, then by us, held, withdrawn."""
    clock = Clock()
    clock.set("2025-01-10T00:00:00Z")
    with server.over(tmp_path, clock) as api:
        api.given(indicator(), source("nis"), source("wire"), report())
        publisher = {"kind": "publisher", "published_at": "2025-01-20"}
        clock.set("2025-02-01T00:00:00Z")
        api.given(post("/v1/reports/r1/corrections", **publisher, claims=[{**claim(90), "n": 1}]))
        clock.set("2025-02-02T00:00:00Z")
        ours = {
            "kind": "record",
            "reason": "a slip",
            "claims": [{**claim(91), "n": 1}, claim(5, "mnd")],
        }
        api.given(post("/v1/reports/r1/corrections", **ours))
        clock.set("2025-02-03T00:00:00Z")
        api.given(post("/v1/reports/r1/hold"), post("/v1/reports/r1/release"))
        clock.set("2025-02-04T00:00:00Z")
        api.given(post("/v1/reports/r1/withdrawal", published_at="2025-02-01", reason="wrong"))
        yield api


@pytest.mark.parametrize(
    ("asked", "version", "status", "figures"),
    [
        ({"known_at": "4"}, 1, "open", [100]),
        ({"known_at": "5"}, 2, "open", [90]),
        ({"known_at": "5", "published_by": "2025-01-19"}, 2, "open", [100]),
        ({"known_at": "5", "published_by": "2025-01-20"}, 2, "open", [90]),
        ({"known_at": "7"}, 3, "open", [91, 5]),
        ({"known_at": "7", "published_by": "2025-01-19"}, 3, "open", [100]),
        ({"known_at": "7", "published_by": "2025-01-20"}, 3, "open", [91, 5]),
        ({"known_at": "8"}, 4, "held", [91, 5]),
        ({"known_at": "9"}, 5, "open", [91, 5]),
        ({"known_at": "2025-02-02"}, 3, "open", [91, 5]),
        ({"known_at": "2025-02-01T23:59:59Z"}, 2, "open", [90]),
        ({}, 6, "withdrawn", [91, 5]),
        ({"published_by": "2025-01-31"}, 6, "open", [91, 5]),
        ({"published_by": "2025-02-01"}, 6, "withdrawn", [91, 5]),
    ],
)
def test_a_report_at_all_times(
    revised: Api, asked: Body, version: int, status: str, figures: list[int]
) -> None:
    body = revised.get("/v1/reports/r1", **asked)
    assert (body["version"], body["status"]) == (version, status)
    assert [each["quantity"]["best"] for each in body["claims"]] == figures


HOLD, RELEASE = post("/v1/reports/r1/hold"), post("/v1/reports/r1/release")


@pytest.mark.parametrize(
    ("asks", "published_by", "status", "standing"),
    [
        ([HOLD, gone(published_at="2025-03-01")], "2025-02-01", "held", "held"),
        ([HOLD, gone(published_at="2025-03-01")], "2025-03-01", "withdrawn", "withdrawn"),
        ([HOLD, RELEASE, gone(published_at="2025-03-01")], "2025-02-01", "open", "active"),
        ([HOLD, RELEASE, HOLD, gone(published_at="2025-03-01")], "2025-02-01", "held", "held"),
        ([HOLD, gone()], "2025-02-01", "withdrawn", "withdrawn-by-us"),
        (
            [HOLD, by_publisher("2025-02-01", claim(90)), gone(published_at="2025-03-01")],
            "2025-02-01",
            "held",
            "corrected",
        ),
    ],
)
def test_a_report_and_its_claim_stand_alike_before_and_after_a_withdrawal(
    server: Server, tmp_path: Path, asks: list[Ask], published_by: str, status: str, standing: str
) -> None:
    with server.over(tmp_path) as api:
        api.given(indicator(), report(), *asks)
        assert api.get("/v1/reports/r1", published_by=published_by)["status"] == status
        assert api.get("/v1/claims/r1/1", published_by=published_by)["standing"] == standing


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ({"known_at": "4"}, ["ReportFiled"]),
        ({"known_at": "2025-02-01"}, ["ReportFiled", "ReportCorrected"]),
        (
            {},
            [
                "ReportFiled",
                "ReportCorrected",
                "ReportCorrected",
                "ReportHeld",
                "ReportReleased",
                "ReportWithdrawn",
            ],
        ),
    ],
)
def test_a_reports_history_is_its_events(revised: Api, asked: Body, kinds: list[str]) -> None:
    body = revised.get("/v1/reports/r1/history", **asked)
    assert [event["type"] for event in body["items"]] == kinds
    assert [event["version"] for event in body["items"]] == list(range(1, len(kinds) + 1))
    whole = revised.events()
    assert body["items"] == [e for e in whole if e["stream"] == "report:r1"][: len(kinds)]
    assert set(body["as_of"]) == AS_OF
