"""How a figure came to be, over HTTP: its cells, its releases and its revisions."""

from typing import Any

import pytest

from tests.http_spec import AS_OF, Api, Ask, Body, claim, indicator, post, report
from tests.service.api.reading import ESTIMATE


def test_a_series_has_a_cell_a_row_in_order_of_period(told: Api) -> None:
    body = told.get("/v1/estimates/killed/series")
    assert set(body["as_of"]) == AS_OF
    assert [(row["period"], row["best"], row["claims"]) for row in body["items"]] == [
        ("../2025-01-13", 300, 1),
        ("../2025-01-15", 1_000, 1),
        ("../2025-04-30", 600, 1),
        ("../2025-09-02", 2_000, 1),
    ]
    assert all(set(row) >= ESTIMATE for row in body["items"])


@pytest.mark.parametrize(
    ("asked", "periods"),
    [
        ({"period_from": "2025-01-14"}, ["../2025-01-15", "../2025-04-30", "../2025-09-02"]),
        ({"period_to": "2025-04"}, ["../2025-01-13", "../2025-01-15", "../2025-04-30"]),
        ({"period_from": "2025-02", "period_to": "2025-08"}, ["../2025-04-30"]),
        ({"period_from": "2025-09-02", "period_to": "2025-09-02"}, ["../2025-09-02"]),
        ({"period_from": "../2025"}, None),
        ({"period_to": "2025/.."}, None),
        ({"period_from": "../2025", "period_to": "2025-01/.."}, None),
        ({"period_from": "2026"}, []),
        ({"originator": "west"}, ["../2025-01-15"]),
        ({"known_at": "8"}, ["../2025-01-13"]),
        ({"published_by": "2025-01-15"}, ["../2025-01-13", "../2025-01-15"]),
        ({"known_at": "0"}, []),
        ({"release": "2"}, []),
        ({"release": "first"}, None),
    ],
)
def test_a_series_is_narrowed(told: Api, asked: Body, periods: list[str] | None) -> None:
    rows = told.get("/v1/estimates/killed/series", **asked)["items"]
    everything = ["../2025-01-13", "../2025-01-15", "../2025-04-30", "../2025-09-02"]
    assert [row["period"] for row in rows] == (everything if periods is None else periods)


def test_a_series_shows_the_release_asked(api: Api) -> None:
    api.given(indicator("sent", measure="increment"))
    for n, (month, best) in enumerate([("10", 5), ("10", 5), ("10", 7), ("11", 9), ("10", 8)]):
        said = claim(best, about="sent", period=f"2024-{month}")
        api.given(report(f"r{n}", said, published_at=f"2025-01-0{n + 1}"))
    shown = {
        release: [
            (row["period"], row["best"])
            for row in api.get("/v1/estimates/sent/series", release=release)["items"]
        ]
        for release in ("first", "1", "2", "3", "4", "latest")
    }
    assert shown == {
        "first": [("2024-10", 5), ("2024-11", 9)],
        "1": [("2024-10", 5), ("2024-11", 9)],
        "2": [("2024-10", 7)],
        "3": [("2024-10", 8)],
        "4": [],
        "latest": [("2024-10", 8), ("2024-11", 9)],
    }


def rows(api: Api, name: str, **query: Any) -> list[tuple[Any, ...]]:
    found = api.items(f"/v1/estimates/{name}/vintages", **query)
    return [
        (row["from"], row["to"], row["best"], row["change"], row["cause"]["report"]) for row in found
    ]


def test_vintages_show_how_a_figure_was_revised(told: Api) -> None:
    body = told.get("/v1/estimates/killed/vintages")
    assert set(body["as_of"]) == AS_OF
    for row in body["items"]:
        assert set(row) >= {"from", "to", "best", "low", "high", "change", "cause"}
        assert set(row["cause"]) == {"position", "type", "report"}
    assert rows(told, "killed") == [
        ("2025-01-14T09:00:00Z", "2025-01-16T09:00:00Z", 300, "first", "k1"),
        ("2025-01-16T09:00:00Z", "2025-05-01T09:00:00Z", 300, "revision", "k2"),
        ("2025-05-01T09:00:00Z", "2025-09-03T09:00:00Z", 600, "advance", "k3"),
        ("2025-09-03T09:00:00Z", None, 2_000, "advance", "k4"),
    ]
    causes = [row["cause"] for row in body["items"]]
    assert causes[0] == {"position": 8, "type": "ReportFiled", "report": "k1"}


def test_vintages_along_the_publication_axis(told: Api) -> None:
    assert rows(told, "killed", axis="publication") == [
        ("2025-01-13T00:00:00Z", "2025-01-15T00:00:00Z", 300, "first", "k1"),
        ("2025-01-15T00:00:00Z", "2025-04-30T00:00:00Z", 300, "revision", "k2"),
        ("2025-04-30T00:00:00Z", "2025-09-02T00:00:00Z", 600, "advance", "k3"),
        ("2025-09-02T00:00:00Z", None, 2_000, "advance", "k4"),
    ]


@pytest.mark.parametrize(
    ("asked", "bests"),
    [
        ({"axis": "record"}, [300, 300, 600, 2_000]),
        ({"all": "false"}, [300, 300, 600, 2_000]),
        ({"all": "true"}, [300, 300, 600, 2_000, 2_000]),
        ({"originator": "nis"}, [300, 600, 2_000]),
        ({"originator": "west"}, [1_000]),
        ({"period": "2025-04-30"}, [600]),
        ({"known_at": "11"}, [300, 300, 600]),
        ({"known_at": "0"}, []),
        ({"published_by": "2025-01-14"}, [300]),
        ({"valid_at": "2025-05-01"}, [300, 300, 600]),
        ({"axis": "publication", "published_by": "2025-01-14"}, [300]),
        ({"axis": "publication", "known_at": "10"}, [300, 300]),
    ],
)
def test_vintages_are_narrowed(told: Api, asked: Body, bests: list[int]) -> None:
    assert [row[2] for row in rows(told, "killed", **asked)] == bests


def test_a_reaffirmation_is_shown_when_asked_for(told: Api) -> None:
    last = told.items("/v1/estimates/killed/vintages", all="true")[-1]
    assert (last["change"], last["cause"]) == (
        "grade",
        {"position": 14, "type": "SourceGraded", "report": None},
    )


@pytest.mark.parametrize(
    ("ask", "change", "best"),
    [
        (
            post("/v1/reports/r2/corrections", kind="record", claims=[{**claim(7), "n": 1}]),
            "correction",
            7,
        ),
        (post("/v1/reports/r2/withdrawal"), "withdrawal", 100),
        (post("/v1/reports/r2/hold"), "hold", 100),
        (post("/v1/claims/r2/1/links", derived_from="r1/1"), "link", 100),
        (post("/v1/sources/nis/grades", reliability="A"), "grade", 100),
        (report("r3", claim(120), published_at="2025-01-13"), "advance", 120),
        (report("r3", claim(120, "mnd"), published_at="2025-01-12"), "revision", 120),
    ],
)
def test_a_change_is_named_after_its_cause(api: Api, ask: Ask, change: str, best: int) -> None:
    api.given(indicator(), report("r1", claim(100)))
    api.given(report("r2", claim(110, "mnd"), published_at="2025-01-12"))
    assert api.get("/v1/estimates/troops")["best"] == 110
    api.given(ask)
    last = api.items("/v1/estimates/troops/vintages")[-1]
    assert (last["change"], last["best"]) == (change, best)


def test_a_new_definition_may_change_a_figure(api: Api) -> None:
    api.given(
        indicator(fresh_days=1_000), report("r1", claim(1, "mnd"), claim(2, "nis", period="2024-01"))
    )
    api.given(indicator(fresh_days=0))
    last = api.items("/v1/estimates/troops/vintages")[-1]
    assert (last["change"], last["low"], last["high"]) == ("definition", 1, 1)
