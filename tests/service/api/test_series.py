"""Series and revisions over HTTP: releases, cohorts and incidents, steps and running totals."""

from typing import Any

import pytest

from tests.http_spec import Api, Body, claim, indicator, post, problem, report, source


def killed(best: Any, period: str, originator: str = "nis", **fields: Any) -> Body:
    return claim(best, originator, "killed", period=period, **fields)


def row_of(api: Api, name: str = "killed", *, period: str | None, **query: Any) -> Body:
    """The revisions of one cell, or of the headline."""
    [row] = [r for r in api.items(f"/v1/estimates/{name}/revisions", **query) if r["period"] == period]
    return row


def cells(api: Api, name: str = "killed", **query: Any) -> list[tuple[Any, ...]]:
    """A series: period, cohort, incident, low, best, high."""
    fields = ("period", "cohort", "incident", "low", "best", "high")
    return [tuple(row[f] for f in fields) for row in api.items(f"/v1/estimates/{name}/series", **query)]


def bests(api: Api, name: str = "killed", **query: Any) -> list[tuple[str, Any]]:
    return [(row[0], row[4]) for row in cells(api, name, **query)]


# Releases

CORRECTION = {"reason": "typo", "claims": [{"n": 1, **killed(471, "2025-01-17")}]}


@pytest.fixture
def told(api: Api) -> Api:
    """The NIS said 500 on the 17th."""
    api.given(
        indicator("killed", measure="cumulative", unit="persons"),
        report("a", killed(500, "2025-01-17"), published_at="2025-01-17"),
    )
    return api


def correct(api: Api, kind: str, **fields: Any) -> None:
    api.given(post("/v1/reports/a/corrections", kind=kind, **CORRECTION, **fields))


def test_what_a_publisher_corrected_is_a_revision(told: Api) -> None:
    correct(told, "publisher", published_at="2025-01-18")
    assert row_of(told, period="../2025-01-17") == {
        "originator": "nis",
        "cohort": None,
        "incident": None,
        "period": "../2025-01-17",
        "prospective": False,
        "n_revisions": 1,
        "n_advances": 0,
        "first": 500,
        "latest": 471,
        "min_lag_days": 0,
        "max_lag_days": 1,
        "spread": 29,
        "rel_spread": 29 / 500,
    }
    headline = row_of(told, period=None)
    assert (headline["n_revisions"], headline["n_advances"], headline["spread"]) == (1, 0, 29)
    assert bests(told, release="first") == bests(told, release=1) == [("../2025-01-17", 500)]
    assert bests(told, release="latest") == bests(told, release=2) == [("../2025-01-17", 471)]
    assert bests(told, release=3) == []
    before = {"published_by": "2025-01-17"}
    assert row_of(told, period=None, **before)["latest"] == 500
    assert bests(told, release=2, **before) == []


def test_the_source_says_so_too(told: Api) -> None:
    correct(told, "publisher", published_at="2025-01-18")
    record = told.get("/v1/sources/nis")["revisions"]
    assert (record["cells"], record["revised"], record["days_to_settle"]) == (1, 1, 1)
    assert record["bias"] == -29 / 471
    [of_killed] = record["indicators"]
    assert of_killed["bias"] == -29
    assert (of_killed["headline"]["first"], of_killed["headline"]["latest"]) == (500, 471)
    page = told.client.get("/sources/nis").text
    assert "later revised 1 of them" in page
    assert "settled after a median of 1 days" in page
    assert "500 to 471 in 1 revision" in page


def test_what_we_mistyped_is_none(told: Api) -> None:
    correct(told, "record")
    row = row_of(told, period="../2025-01-17")
    assert (row["n_revisions"], row["first"], row["latest"], row["spread"]) == (0, 471, 471, 0)
    assert bests(told, release="first") == [("../2025-01-17", 471)]
    assert told.get("/v1/sources/nis")["revisions"]["revised"] == 0


@pytest.mark.parametrize("act", ["hold", "withdrawal"])
def test_what_is_out_has_no_releases(told: Api, act: str) -> None:
    correct(told, "publisher", published_at="2025-01-18")
    told.given(post(f"/v1/reports/a/{act}", reason="doubtful"))
    assert told.items("/v1/estimates/killed/revisions") == []
    assert bests(told, release="first") == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_second_thought_and_an_advance_in_one_report(api: Api, order: tuple[int, int]) -> None:
    quarters = [
        claim(17044, about="june", period="2025-01/2025-03"),
        claim(17295, about="june", period="2025-04/2025-06"),
    ]
    api.given(
        indicator("june"),
        report("q1", claim(17016, about="june", period="2025-01/2025-03"), published_at="2025-04-20"),
        report("q2", *(quarters[n] for n in order), published_at="2025-07-20"),
    )
    row = row_of(api, "june", period=None)
    assert (row["n_revisions"], row["n_advances"]) == (1, 1)
    assert (row["first"], row["latest"], row["spread"]) == (17016, 17295, 279)


def test_an_advance_is_no_revision(api: Api) -> None:
    api.given(indicator("killed", measure="cumulative"))
    for n, (low, day) in enumerate(((100, "2024-12-19"), (300, "2025-01-13"), (2000, "2025-09-02"))):
        said = {"low": low, "qualifier": "at-least"}
        api.given(report(f"r{n}", killed(0, day) | {"quantity": said}, published_at=day))
    row = row_of(api, period=None)
    assert (row["n_revisions"], row["n_advances"], row["first"], row["spread"]) == (0, 2, 100, 1900)
    assert (row["min_lag_days"], row["max_lag_days"], row["rel_spread"]) == (None, None, 0.95)


def test_the_offices_of_a_voice_have_one_record(api: Api) -> None:
    api.given(
        indicator("killed", measure="cumulative"),
        source("kursk", speaks_for="sledkom"),
        report("a", killed(500, "2025-01-10", "sledkom"), published_at="2025-01-17"),
        report("b", killed(471, "2025-01-10", "kursk"), published_at="2025-01-18"),
    )
    row = row_of(api, period="../2025-01-10", originator="kursk")
    assert (row["originator"], row["first"], row["latest"]) == ("sledkom", 500, 471)
    records = [api.get(f"/v1/sources/{name}")["revisions"] for name in ("kursk", "sledkom")]
    assert records[0] == records[1]
    assert records[0]["revised"] == 1
    assert "later revised 1 of them" in api.client.get("/sources/kursk").text


def test_revisions_of_an_increment_are_asked_for_by_all_cells_within_a_period(api: Api) -> None:
    api.given(
        indicator("sent", measure="increment"),
        report("a", claim(5, about="sent", period="2025-01"), claim(6, about="sent", period="2025-02")),
    )
    path = "/v1/estimates/sent/revisions"
    assert [row["period"] for row in api.items(path, period="2025")] == ["2025-01", "2025-02"]
    assert [row["period"] for row in api.items(path, period="2025-02")] == ["2025-02"]


# The cells of every cohort


@pytest.fixture
def sent(api: Api) -> Api:
    """Troops sent, month by month, in all and of a tranche, and two strikes."""

    def months(*bests: int, **fields: Any) -> list[Body]:
        return [
            claim(best, about="sent", period=f"2025-0{n}", **fields) for n, best in enumerate(bests, 1)
        ]

    api.given(
        indicator("sent", measure="increment"),
        report("a", *months(10, 20, 30), published_at="2025-04-01"),
        report("b", *months(1, 2, cohort="tranche-2"), published_at="2025-04-01"),
        report(
            "c",
            claim(3, about="sent", period="2025-05-02", incident="late"),
            claim(4, "us", "sent", period="2025-05-02/2025-05-03", incident="late"),
            published_at="2025-06-01",
        ),
    )
    return api


def test_a_series_has_the_cells_of_the_whole_and_of_every_cohort(sent: Api) -> None:
    assert [row[:3] for row in cells(sent, "sent")] == [
        ("2025-01", None, None),
        ("2025-01", "tranche-2", None),
        ("2025-02", None, None),
        ("2025-02", "tranche-2", None),
        ("2025-03", None, None),
        ("2025-05-02/2025-05-03", None, "late"),
    ]
    rows = sent.items("/v1/estimates/sent/series")
    assert [row["best"] for row in rows[:5]] == [10, 1, 20, 2, 30]
    assert all(row["derived"] is False for row in rows)
    assert rows[5]["claims"] == 2
    assert bests(sent, "sent", cohort="tranche-2") == [("2025-01", 1), ("2025-02", 2)]


def test_every_row_is_its_cell_by_its_own_origins(sent: Api) -> None:
    sent.given(report("y", claim(75, about="sent", period="2025"), published_at="2025-12-31"))
    rows = bests(sent, "sent", period_from="2025", period_to="2025")
    assert {("2025", 75), ("2025-02", 20)} <= set(rows)


@pytest.mark.parametrize("turned", ["increment", "cumulative"])
def test_a_page_has_the_rows_that_the_whole_has_there(sent: Api, turned: str) -> None:
    path, asked = "/v1/estimates/sent/series", {"as": turned}
    everything = sent.get(path, **asked)["items"]
    for limit in (1, 2, len(everything), 100):
        assert sent.items(path, limit=limit, **asked) == everything
    assert sent.get(path, limit=len(everything), **asked)["next_cursor"] is None


def test_plans_and_what_was_observed_are_rows_of_their_own(api: Api) -> None:
    api.given(
        indicator("killed", measure="stock"),
        report("p", killed(6000, "2025-07", status="planned"), published_at="2025-06-26"),
        report("o", killed(1000, "2025-07"), published_at="2025-08-01"),
    )
    rows = api.items("/v1/estimates/killed/series")
    assert [(row["best"], row["status"]) for row in rows] == [(1000, "estimated"), (6000, "planned")]
    assert [row["prospective"] for row in rows] == [False, True]
    told = api.items("/v1/estimates/killed/revisions", period="2025-07")
    assert [(row["first"], row["prospective"]) for row in told] == [(1000, False), (6000, True)]
    page = api.client.get("/estimates/killed/series").text
    assert page.count('<span class="quiet small">planned</span>') == 1


# Steps and running totals


def test_a_total_as_its_steps(api: Api) -> None:
    api.given(indicator("killed", measure="cumulative"))
    for n, (best, day) in enumerate(((100, "01-10"), (300, "01-13"), (600, "04-30"))):
        said = killed(best, f"2025-{day}")
        api.given(report(f"r{n}", said, published_at=f"2025-{day}", marking="TLP:GREEN"))
    api.given(report("e", killed(7, "2025-01-10", cohort="east"), published_at="2025-02-01"))
    assert bests(api, **{"as": "increment"}) == [
        ("2025-01-11/2025-01-13", 200),
        ("2025-01-14/2025-04-30", 300),
    ]
    first, _ = api.items("/v1/estimates/killed/series", **{"as": "increment"})
    assert (first["derived"], first["measure"], first["used"]) == (True, "increment", ["r1/1", "r0/1"])
    assert (first["claims"], first["reports"], first["marking"]) == (2, 2, "TLP:GREEN")
    within = {"as": "increment", "period_from": "2025-01-14"}
    assert bests(api, **within) == [("2025-01-14/2025-04-30", 300)]
    plain = api.items("/v1/estimates/killed/series", **{"as": "cumulative"})
    assert plain == api.items("/v1/estimates/killed/series")
    assert [row["derived"] for row in plain] == [False] * 4


def test_the_first_step_of_a_total_that_counts_from_a_day(api: Api) -> None:
    api.given(
        indicator("killed", measure="cumulative", since="2024-10-01"),
        report("a", killed(300, "2025-01-13"), published_at="2025-01-13"),
    )
    assert bests(api, **{"as": "increment"}) == [("2024-10-01/2025-01-13", 300)]


def test_steps_are_of_the_release_asked(told: Api) -> None:
    correct(told, "publisher", published_at="2025-01-18")
    told.given(report("b", killed(600, "2025-02-01"), published_at="2025-02-01"))
    steps = {"as": "increment"}
    assert bests(told, release="first", **steps) == [("2025-01-18/2025-02-01", 100)]
    assert bests(told, **steps) == [("2025-01-18/2025-02-01", 129)]


def test_an_increment_as_a_running_total(sent: Api) -> None:
    assert cells(sent, "sent", **{"as": "cumulative"})[:5] == [
        ("2025-01-01/2025-01-31", None, None, 10, 10, 10),
        ("2025-01-01/2025-01-31", "tranche-2", None, 1, 1, 1),
        ("2025-01-01/2025-02-28", None, None, 30, 30, 30),
        ("2025-01-01/2025-02-28", "tranche-2", None, 3, 3, 3),
        ("2025-01-01/2025-03-31", None, None, 60, 60, 60),
    ]
    last = sent.items("/v1/estimates/sent/series", **{"as": "cumulative"})[-1]
    assert (last["period"], last["incident"], last["derived"]) == (
        "2025-01-01/2025-05-03",
        None,
        True,
    )
    later = {"as": "cumulative", "period_from": "2025-03", "period_to": "2025-03"}
    assert bests(sent, "sent", **later) == [("2025-01-01/2025-03-31", 60)]


def test_past_a_gap_a_running_total_is_open(sent: Api) -> None:
    sent.given(report("g", claim(7, about="sent", period="2025-08"), published_at="2025-09-01"))
    row = sent.items("/v1/estimates/sent/series", **{"as": "cumulative"})[-1]
    assert (row["period"], row["best"], row["high"]) == ("2025-01-01/2025-08-31", None, None)
    assert (row["open_low"], row["open_high"]) == (False, True)


@pytest.mark.parametrize("measure", ["stock", "proposition"])
def test_anything_else_has_neither(api: Api, measure: str) -> None:
    api.given(indicator("level", measure=measure))
    path = "/v1/estimates/level/series?as=increment"
    body = problem(api.client.get(path), 422, "bad-parameter")
    assert body["parameter"] == "as"
    assert f"as: 'level' is a {measure}: only a total has steps" in body["detail"]
    assert "only a total has steps" in api.client.get(path.removeprefix("/v1")).text


def test_an_unknown_word_is_refused(told: Api) -> None:
    body = problem(told.client.get("/v1/estimates/killed/series?as=stock"), 422, "bad-parameter")
    assert body["detail"] == "as: must be one of increment, cumulative"


# The page


def test_the_page_shows_cohorts_and_incidents_where_there_are_any(sent: Api) -> None:
    page = sent.client.get("/estimates/sent/series").text
    assert '<th scope="col">Cohort</th><th scope="col">Incident</th>' in page
    assert "tranche-2" in page
    assert "late" in page
    alone = sent.client.get("/estimates/sent/series?cohort=tranche-2").text
    assert "Incident</th>" not in alone


def test_the_page_links_steps_and_totals(sent: Api) -> None:
    page = sent.client.get("/estimates/sent/series?release=first&cohort=tranche-2").text
    link = "/estimates/sent/series?release=first&amp;cohort=tranche-2&amp;as=cumulative"
    assert link in page
    turned = sent.client.get("/estimates/sent/series?as=cumulative")
    assert turned.status_code == 200
    assert "cumulative, computed from the increment figures" in turned.text
    assert '<input type="hidden" name="as" value="cumulative">' in turned.text
    sent.given(indicator("level"))
    assert "as=" not in sent.client.get("/estimates/level/series").text
