"""The list of all reports: newest publication first, at any times, in pages that fit together."""

from collections.abc import Iterator

import pytest

from tests.http_spec import Api, Body, claim, indicator, one_server, post, report

DAYS = {"a": "2025-01-10", "b": "2025-03-01", "c": "2025-02-01", "d": "2025-03-01", "e": "2024-12-31"}
CORRECTION = post(
    "/v1/reports/a/corrections",
    kind="publisher",
    published_at="2025-02-10",
    claims=[{"n": 1, **claim(7)}, claim(8, period="2024")],
)
NEWEST_FIRST = ["d", "b", "a", "c", "e"]
"""`a` as its publisher corrected it on 10 February; of equal days the one recorded last."""


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Five reports; `a` has two claims, one of them corrected."""
    with one_server() as server, server.over(tmp_path_factory.mktemp("filed")) as api:
        reports = [report(name, claim(1), published_at=day) for name, day in DAYS.items()]
        api.given(indicator(), *reports, CORRECTION)
        yield api


def names(items: list[Body]) -> list[str]:
    return [item["id"] for item in items]


def test_without_words_all_reports_are_listed_newest_first(filed: Api) -> None:
    items = filed.items("/v1/reports")
    assert names(items) == NEWEST_FIRST
    assert [item["published_at"][:10] for item in items][:2] == ["2025-03-01"] * 2
    assert all(item["claims"] == [] for item in items)


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_pages_of_all_reports_fit_together(filed: Api, limit: int) -> None:
    assert names(filed.items("/v1/reports", limit=limit)) == NEWEST_FIRST


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"published_by": "2025-02-05"}, ["c", "a", "e"]),
        ({"published_by": "2024-12-30"}, []),
        ({"known_at": 6}, ["b", "c", "a"]),
        ({"known_at": 0}, []),
    ],
)
def test_all_reports_are_listed_as_of_any_times(filed: Api, asked: Body, found: list[str]) -> None:
    assert names(filed.items("/v1/reports", **asked)) == found
    assert names(filed.items("/v1/reports", limit=1, **asked)) == found


def test_a_withdrawn_report_is_listed_as_such(api: Api) -> None:
    api.given(indicator(), report("r1"), post("/v1/reports/r1/withdrawal", reason="a mistake"))
    assert [(each["id"], each["status"]) for each in api.items("/v1/reports")] == [("r1", "withdrawn")]
