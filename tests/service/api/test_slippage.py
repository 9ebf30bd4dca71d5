"""Slippage over HTTP: each statement of a plan against the indicator that fulfils it."""

from collections.abc import Iterator

import pytest

from tests.http_spec import (
    Api,
    Body,
    claim,
    indicator,
    one_server,
    post,
    problem,
    report,
    source,
)

PATH = "/v1/estimates/planned/slippage"


def planned(best: int, target: str, /, voice: str = "council", **fields: object) -> Body:
    """A statement of the plan."""
    return claim(best, voice, "planned", **{"status": "planned", "period": target, **fields})


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A plan of 1,000 for August, put off to October by one voice and taken back by another.

    | published  | what                                                                |
    |------------|---------------------------------------------------------------------|
    | 2025-06-17 | p1: the council plans 1,000 for August, 50 of them engineers        |
    | 2025-06-20 | p2: the service passes that on, and expects 800 of its own          |
    | 2025-07-01 | p3: the union plans 2,000; withdrawn on 2025-07-05                  |
    | 2025-08-31 | a1: 400 have arrived                                                |
    | 2025-09-01 | p4: the speaker, who speaks for the council, plans 1,000 for October|
    | 2025-09-12 | a2: 900 have arrived                                                |
    | 2025-11-01 | a3: 900 or more have arrived                                        |
    """
    with one_server() as server, server.over(tmp_path_factory.mktemp("told")) as api:
        api.given(
            indicator("arrived", measure="cumulative"),
            indicator("planned", plans_for="arrived"),
            source("council", name="The council"),
            source("speaker", speaks_for="council"),
            report(
                "p1",
                planned(1000, "2025-08"),
                planned(50, "2025-08", cohort="engineers"),
                published_at="2025-06-17",
            ),
            report(
                "p2",
                planned(1000, "2025-08", "nis", derived_from=["p1/1"]),
                planned(800, "2025-08", "nis", status="forecast"),
                published_at="2025-06-20",
            ),
            report("p3", planned(2000, "2025-08", "union"), published_at="2025-07-01"),
            post(
                "/v1/reports/p3/withdrawal",
                kind="publisher",
                published_at="2025-07-05",
                reason="no longer",
            ),
            report("a1", claim(400, "hur", "arrived"), published_at="2025-08-31"),
            report("p4", planned(1000, "2025-10", "speaker"), published_at="2025-09-01"),
            report("a2", claim(900, "hur", "arrived"), published_at="2025-09-12"),
            report("a3", claim(950, "hur", "arrived"), published_at="2025-11-01"),
        )
        yield api


def test_each_statement_is_a_row_by_voice_and_time(told: Api) -> None:
    rows = told.items(PATH)
    assert [(row["claim"], row["originator"], row["state"], row["late_days"]) for row in rows] == [
        ("p1/1", "council", "replanned", None),
        ("p1/2", "council", "open", None),
        ("p4/1", "council", "missed", None),
        ("p2/2", "nis", "late", 12),
        ("p3/1", "union", "withdrawn", None),
    ]


def test_a_row_says_what_was_planned_and_what_was_there(told: Api) -> None:
    [first, *_] = told.items(PATH)
    assert first == {
        "claim": "p1/1",
        "originator": "council",
        "cohort": None,
        "stated_at": "2025-06-17T00:00:00Z",
        "target": "2025-08",
        "planned": {"best": 1000, "low": 1000, "high": 1000, "open_low": False, "open_high": False},
        "moved_days": 0,
        "fulfilled_at_target": exactly(400, "2025-08-31"),
        "fulfilled_now": exactly(950, "2025-11-01"),
        "share": 0.95,
        "state": "replanned",
        "reached_on": None,
        "late_days": None,
    }
    assert [row["moved_days"] for row in told.items(PATH)] == [0, 0, 61, 0, 0]


def exactly(best: int, day: str) -> Body:
    """What had arrived by a day."""
    open_ = {"open_low": False, "open_high": False}
    return {"best": best, "low": best, "high": best, **open_, "status": "estimated", "cutoff": day}


@pytest.mark.parametrize(
    ("asked", "states"),
    [
        ({"published_by": "2025-06-17"}, {"p1/1": "open", "p1/2": "open"}),
        ({"published_by": "2025-07-01"}, {"p1/1": "open", "p2/2": "open", "p3/1": "open"}),
        ({"published_by": "2025-07-05"}, {"p3/1": "withdrawn"}),
        ({"published_by": "2025-09-01"}, {"p1/1": "replanned", "p4/1": "open", "p2/2": "open"}),
        ({"published_by": "2025-09-12"}, {"p4/1": "open", "p2/2": "late"}),
        ({"valid_at": "2025-08-31"}, {"p1/1": "open", "p2/2": "open"}),
    ],
)
def test_slippage_stands_at_the_times_asked(told: Api, asked: Body, states: Body) -> None:
    found = {row["claim"]: row["state"] for row in told.items(PATH, **asked)}
    assert {name: found.get(name) for name in states} == states


def test_before_the_plan_is_known_there_is_no_row(told: Api) -> None:
    assert told.items(PATH, published_by="2025-06-16") == []


def test_one_cohort_is_asked_for(told: Api) -> None:
    assert [row["claim"] for row in told.items(PATH, cohort="engineers")] == ["p1/2"]
    assert told.client.get(PATH, params={"cohort": "medics"}).status_code == 404


def test_the_rows_come_in_pages(told: Api) -> None:
    page = told.get(PATH, limit=2)
    assert len(page["items"]) == 2
    assert page["next_cursor"] is not None
    assert told.items(PATH, limit=2) == told.items(PATH)


@pytest.mark.parametrize(
    ("path", "query", "status", "code", "detail"),
    [
        ("arrived", {}, 404, "not-found", "its definition has no `plans_for`; revise it"),
        ("planed", {}, 404, "not-found", "did you mean planned"),
        ("planned", {"known_at": "2"}, 200, "", ""),
        ("planned", {"known_at": "1"}, 404, "not-found", "is no plan at the times asked"),
        ("planned", {"period": "2025-08"}, 422, "unknown-parameter", "'period' is no parameter"),
    ],
)
def test_what_is_no_plan_is_refused_with_what_to_do(
    told: Api, path: str, query: Body, status: int, code: str, detail: str
) -> None:
    answer = told.client.get(f"/v1/estimates/{path}/slippage", params=query)
    if status == 200:
        assert answer.json()["items"] == []
    else:
        assert detail in problem(answer, status, code)["detail"]
