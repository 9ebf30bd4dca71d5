"""Reading over HTTP: the board, estimates, how they came to be, and what they rest on."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

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
    one_server,
    post,
    problem,
    report,
    source,
)

ESTIMATE = {
    "indicator",
    "title",
    "unit",
    "measure",
    "best",
    "low",
    "high",
    "verdict",
    "open_low",
    "open_high",
    "period",
    "cutoff",
    "qualifier",
    "status",
    "support",
    "origins",
    "claims",
    "reports",
    "marking",
    "policy",
    "used",
    "flags",
}
"""What every estimate says, whatever it is of."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Four indicators and half a year of reports, each recorded the day after it was published.

    | position | recorded   | what                                                  |
    |----------|------------|-------------------------------------------------------|
    | 1 to 4   | 2025-01-01 | gives, killed, sent and troops are defined            |
    | 5, 6     | 2025-01-01 | nis is registered, and graded B                       |
    | 7, 8     | 2025-01-14 | k1: nis, about 300 killed                             |
    | 9, 10    | 2025-01-16 | k2: west, ungraded, 1,000 killed: a contradiction     |
    | 11       | 2025-05-01 | k3: nis, about 600 killed                             |
    | 12       | 2025-09-03 | k4: nis, about 2,000 killed                           |
    | 13       | 2025-09-04 | t1: nis on troops, a cohort of them, sent, and gives  |
    | 14       | 2025-09-05 | nis is graded A                                       |
    """
    clock = Clock()
    with one_server() as server, server.over(tmp_path_factory.mktemp("told"), clock) as api:
        api.given(
            indicator("gives", measure="proposition", title="Gives equipment", definition="Any."),
            indicator("killed", measure="cumulative", unit="persons", definition="In action."),
            indicator("sent", measure="increment", unit="persons"),
            indicator("troops", unit="persons"),
            source("nis", name="The service", kind="agency"),
            post("/v1/sources/nis/grades", reliability="B", reason="a long record"),
        )
        for name, day, recorded, said in (
            ("k1", "2025-01-13", "2025-01-14T09:00:00Z", figure(300)),
            ("k2", "2025-01-15", "2025-01-16T09:00:00Z", claim(1_000, "west", "killed")),
            ("k3", "2025-04-30", "2025-05-01T09:00:00Z", figure(600)),
            ("k4", "2025-09-02", "2025-09-03T09:00:00Z", figure(2_000)),
        ):
            clock.set(recorded)
            api.given(report(name, said, published_at=day))
        clock.set("2025-09-04T09:00:00Z")
        said_of_gives = {**claim(about="gives"), "stance": {"asserts": True}}
        del said_of_gives["quantity"]
        api.given(
            report(
                "t1",
                claim(10_000),
                claim(3_000, cohort="tranche-2"),
                claim(1_500, about="sent", period="2024-10"),
                claim(2_000, about="sent", period="2024-11"),
                said_of_gives,
                published_at="2025-09-03",
                marking="TLP:GREEN",
            )
        )
        clock.set("2025-09-05T09:00:00Z")
        api.given(post("/v1/sources/nis/grades", reliability="A", reason="right again"))
        assert api.head() == 14
        yield api


def figure(best: int) -> Body:
    return claim(about="killed", quantity={"best": best, "qualifier": "about"})


def killed(api: Api, **query: Any) -> Body:
    return api.get("/v1/estimates/killed", **query)


# The board


def test_the_board_holds_every_indicator_by_id(told: Api) -> None:
    body = told.get("/v1/estimates")
    assert [item["indicator"] for item in body["items"]] == ["gives", "killed", "sent", "troops"]
    for item in body["items"]:
        assert set(item) >= ESTIMATE and "as_of" not in item
        one = told.get(f"/v1/estimates/{item['indicator']}")
        assert {name: one[name] for name in ESTIMATE} == {name: item[name] for name in ESTIMATE}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "kill"}, ["killed"]),
        ({"q": "KILLED"}, ["killed"]),
        ({"q": "in action"}, ["killed"]),
        ({"q": "action killed"}, ["killed"]),
        ({"q": "equipment any"}, ["gives"]),
        ({"q": "no-such-word"}, []),
        ({"q": "%"}, []),
        ({"measure": "stock"}, ["troops"]),
        ({"measure": "proposition"}, ["gives"]),
        ({"source": "nis"}, ["gives", "killed", "sent", "troops"]),
        ({"source": "west"}, ["killed"]),
        ({"flag": "contradiction"}, []),
        ({"flag": "contradiction", "known_at": "10"}, ["killed"]),
        ({"source": "west", "known_at": "9"}, []),
        ({"source": "west", "known_at": "10"}, ["killed"]),
        ({"measure": "cumulative", "source": "west", "q": "killed"}, ["killed"]),
        ({"measure": "stock", "source": "west"}, []),
        ({"known_at": "2"}, ["gives", "killed"]),
        ({"known_at": "0"}, []),
        ({"known_at": "2024-12-31"}, []),
    ],
)
def test_the_board_is_narrowed(told: Api, asked: Body, found: list[str]) -> None:
    body = told.get("/v1/estimates", **asked)
    assert [item["indicator"] for item in body["items"]] == found


def test_the_board_stands_at_the_times_asked(told: Api) -> None:
    bests = {
        item["indicator"]: item["best"] or item["verdict"]
        for item in told.get("/v1/estimates", published_by="2025-05-01")["items"]
    }
    assert bests == {"gives": None, "killed": 600, "sent": None, "troops": None}


# One estimate


def test_an_estimate_says_what_it_is_and_how_well_it_stands(told: Api) -> None:
    body = killed(told)
    assert set(body) >= ESTIMATE | {"as_of"}
    assert {name: body[name] for name in ESTIMATE - {"support"}} == {
        "indicator": "killed",
        "title": "Killed",
        "unit": "persons",
        "measure": "cumulative",
        "best": 2_000,
        "low": 2_000,
        "high": 2_000,
        "verdict": None,
        "open_low": False,
        "open_high": False,
        "period": "../2025-09-02",
        "cutoff": "2025-09-02",
        "qualifier": "about",
        "status": "estimated",
        "origins": 1,
        "claims": 4,
        "reports": 4,
        "marking": "TLP:CLEAR",
        "policy": "latest-best-source/2",
        "used": ["k4/1"],
        "flags": [],
    }
    assert body["support"]["level"] == "single" and body["support"]["reasons"]
    assert body["as_of"] == {
        "position": 14,
        "known_at": "2025-09-05T09:00:00Z",
        "published_by": None,
        "valid_at": None,
    }


def test_contradicting_origins_are_flagged(told: Api) -> None:
    body = killed(told, known_at=10)
    assert (body["best"], body["low"], body["high"]) == (300, 300, 1_000)
    assert (body["origins"], body["support"]["level"]) == (2, "contested")
    [flag] = body["flags"]
    assert set(flag) == {"code", "detail", "claims"}
    assert (flag["code"], set(flag["claims"])) == ("contradiction", {"k1/1", "k2/1"})


@pytest.mark.parametrize(
    ("known_at", "best"),
    [
        *[(str(n), None) for n in range(8)],
        ("8", 300),
        ("10", 300),
        ("11", 600),
        ("12", 2_000),
        ("14", 2_000),
        ("2025-01-13", None),
        ("2025-01-14T08:59:59.999999Z", None),
        ("2025-01-14T09:00:00Z", 300),
        ("2025-01-14T18:00:00+09:00", 300),
        ("2025-04-30", 300),
        ("2025-05-01", 600),
        ("2025-09-03", 2_000),
    ],
)
def test_an_estimate_as_we_knew_it(told: Api, known_at: str, best: int | None) -> None:
    assert killed(told, known_at=known_at)["best"] == best


@pytest.mark.parametrize(
    ("asked", "best", "claims"),
    [
        ({"published_by": "2025-01-12"}, None, 0),
        ({"published_by": "2025-01-13"}, 300, 1),
        ({"published_by": "2025-02-01"}, 300, 2),
        ({"published_by": "2025-05-01"}, 600, 3),
        ({"published_by": "2025-09-01"}, 600, 3),
        ({"published_by": "2025-09-02"}, 2_000, 4),
        ({"published_by": "2025-09-02", "known_at": "11"}, 600, 3),
        ({"published_by": "2025-05-01", "known_at": "10"}, 300, 2),
        ({"valid_at": "2025-01-12"}, None, 0),
        ({"valid_at": "2025-01-13"}, 300, 1),
        ({"valid_at": "2025-08-31"}, 600, 3),
        ({"valid_at": "2025-08-31", "published_by": "2025-01-14"}, 300, 1),
    ],
)
def test_an_estimate_as_the_world_could_know_it(
    told: Api, asked: Body, best: int | None, claims: int
) -> None:
    body = killed(told, **asked)
    assert (body["best"], body["claims"]) == (best, claims)


@pytest.mark.parametrize(
    "asked",
    [{"known_at": "0"}, {"known_at": "2024-12-31"}, {"known_at": "2"}, {"published_by": "2024-01-01"}],
)
@pytest.mark.parametrize("name", ["gives", "killed", "sent", "troops"])
def test_before_the_first_event_an_estimate_is_unknown(told: Api, name: str, asked: Body) -> None:
    body = told.get(f"/v1/estimates/{name}", **asked)
    for figure in ("best", "low", "high", "verdict", "period", "cutoff", "qualifier", "status"):
        assert body[figure] is None
    assert (body["claims"], body["reports"], body["origins"], body["used"]) == (0, 0, 0, [])
    assert body["support"]["level"] is None
    assert (body["open_low"], body["open_high"]) == (False, False)


def test_before_an_indicator_was_defined_nothing_of_it_is_known(told: Api) -> None:
    body = killed(told, known_at=0)
    assert (body["title"], body["unit"], body["measure"], body["policy"]) == (None,) * 4
    assert body["as_of"]["position"] == 0 and body["as_of"]["known_at"] is None


@pytest.mark.parametrize(
    ("name", "asked", "best", "period"),
    [
        ("killed", {"period": "../2025-04-30"}, 600, "../2025-04-30"),
        ("killed", {"period": "2025-01-13"}, 300, "../2025-01-13"),
        ("killed", {"period": "2025-01-14"}, None, None),
        ("killed", {"originator": "west"}, 1_000, "../2025-01-15"),
        ("troops", {}, 10_000, "2025-09-03"),
        ("troops", {"cohort": "tranche-2"}, 3_000, "2025-09-03"),
        ("troops", {"period": "2025-09-03~"}, 10_000, "2025-09-03"),
        ("sent", {}, 3_500, "2024-10/2024-11"),
        ("sent", {"period": "2024-10"}, 1_500, "2024-10"),
        ("sent", {"period": "2024"}, 3_500, "2024-10/2024-11"),
        ("sent", {"period": "2023"}, None, None),
    ],
)
def test_an_estimate_of_one_cell_cohort_or_originator(
    told: Api, name: str, asked: Body, best: int | None, period: str | None
) -> None:
    body = told.get(f"/v1/estimates/{name}", **asked)
    shown = body["period"]
    if shown is not None and period == "2024-10/2024-11":
        shown = "/".join(day[:7] for day in shown.split("/"))
    assert (body["best"], shown) == (best, period)


def test_cohorts_are_listed_beside_the_whole(told: Api) -> None:
    assert told.get("/v1/estimates/troops")["cohorts"] == ["tranche-2"]
    assert told.get("/v1/estimates/troops", known_at=12)["cohorts"] == []


def test_a_proposition_has_a_verdict(told: Api) -> None:
    body = told.get("/v1/estimates/gives")
    assert (body["verdict"], body["best"], body["marking"]) == ("reported", None, "TLP:GREEN")


def test_one_sided_figures_stay_open(api: Api) -> None:
    api.given(indicator(), report("r1", claim(quantity={"low": 3_000, "qualifier": "at-least"})))
    body = api.get("/v1/estimates/troops")
    assert (body["best"], body["low"], body["high"]) == (None, 3_000, None)
    assert (body["open_low"], body["open_high"]) == (False, True)


# Series and vintages


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


# Reports


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


CORRECTIONS = "/v1/reports/r1/corrections"


def by_publisher(on: str, *claims: Body) -> Ask:
    return post(CORRECTIONS, kind="publisher", published_at=on, claims=list(claims))


def gone(**body: Any) -> Ask:
    return post("/v1/reports/r1/withdrawal", **body)


HOLD, RELEASE = post("/v1/reports/r1/hold"), post("/v1/reports/r1/release")
FIRST = {"n": 1}


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


# Claims


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


# Sources and indicators


def test_sources_by_id_with_their_grades(told: Api) -> None:
    items = told.get("/v1/sources")["items"]
    assert [(item["id"], item["name"], item["reliability"]) for item in items] == [
        ("nis", "The service", "A"),
        ("west", "west", None),
        ("wire", "wire", None),
    ]
    assert [item["id"] for item in told.get("/v1/sources", known_at=6)["items"]] == ["nis"]


def test_a_source_shows_every_grade_it_was_given(told: Api) -> None:
    body = told.get("/v1/sources/nis")
    assert (body["name"], body["kind"], body["reliability"]) == ("The service", "agency", "A")
    assert body["grades"] == [
        {
            "position": 6,
            "recorded_at": "2025-01-01T00:00:00Z",
            "reliability": "B",
            "grader": "local",
            "reason": "a long record",
        },
        {
            "position": 14,
            "recorded_at": "2025-09-05T09:00:00Z",
            "reliability": "A",
            "grader": "local",
            "reason": "right again",
        },
    ]
    assert set(body["reports"]) == {"k1", "k3", "k4", "t1"}
    assert set(body["as_of"]) == AS_OF


def test_a_source_as_it_was_known(told: Api) -> None:
    body = told.get("/v1/sources/nis", known_at="2025-05-01")
    assert (body["reliability"], len(body["grades"]), body["version"]) == ("B", 1, 2)
    assert set(body["reports"]) == {"k1", "k3"}
    problem(told.client.get("/v1/sources/west", params={"known_at": "8"}), 404, "not-found")


def test_indicators_with_their_definitions(told: Api) -> None:
    items = told.get("/v1/indicators")["items"]
    assert [item["id"] for item in items] == ["gives", "killed", "sent", "troops"]
    one = told.get("/v1/indicators/killed")
    assert {k: v for k, v in one.items() if k != "as_of"} == items[1]
    assert items[1] == {
        "id": "killed",
        "title": "Killed",
        "unit": "persons",
        "measure": "cumulative",
        "definition": "In action.",
        "place": None,
        "parts": [],
        "policy": "latest-best-source/2",
        "fresh_days": 90,
        "minimum": 0,
        "since": None,
        "plans_for": None,
        "version": 1,
    }
    assert [i["id"] for i in told.get("/v1/indicators", known_at=1)["items"]] == ["gives"]


def test_an_indicator_as_it_was_defined(api: Api) -> None:
    api.given(indicator(definition="men"), indicator(definition="men and women"))
    now, then = api.get("/v1/indicators/troops"), api.get("/v1/indicators/troops", known_at=1)
    assert (now["definition"], now["version"]) == ("men and women", 2)
    assert (then["definition"], then["version"]) == ("men", 1)
    problem(api.client.get("/v1/indicators/troops", params={"known_at": "0"}), 404, "not-found")


# The service itself


def test_projections_say_where_they_stand(told: Api) -> None:
    body = told.get("/v1/projections")
    assert {item["name"] for item in body["items"]} >= {"journal", "registry", "claims", "estimates"}
    for item in body["items"]:
        assert (item["position"], item["lag_events"], item["lag_seconds"]) == (14, 0, 0.0)
        assert item["version"] >= 1 and len(item["digest"]) == 64 and item["error"] is None


def test_the_service_is_well_and_ready(told: Api) -> None:
    assert told.client.get("/healthz").json() == {"status": "ok"}
    ready = told.client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"ready": True, "head": 14, "position": 14, "error": None}


def test_views_that_stand_still_are_said_so(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path, patience=0.02) as api:
        api.given(source("nis"))
        api.get("/v1/sources")
        with closing(sqlite3.connect(api.service.views.file.path)) as views:
            views.execute(
                "CREATE TRIGGER full BEFORE INSERT ON sources "
                "BEGIN SELECT RAISE(ABORT, 'there is no room'); END"
            )
        assert api.send(source("mnd")).status_code == 201, "the log goes on"
        while (ready := api.client.get("/readyz")).status_code == 200:
            pass
        body = problem(ready, 503, "not-caught-up")
        assert (body["ready"], body["head"], body["position"]) == (False, 2, 1)
        assert "there is no room" in body["error"] and body["error"] in body["detail"]
        waited = api.client.get("/v1/indicators", params={"min_position": 2})
        problem(waited, 503, "not-caught-up")
        [one, *_] = api.client.get("/v1/projections").json()["items"]
        assert (one["position"], one["lag_events"]) == (1, 1)
        assert "there is no room" in one["error"]
        assert "intellog_ready 0\n" in api.client.get("/metrics").text


def test_metrics_as_prometheus_reads_them(told: Api) -> None:
    answer = told.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    kinds, values = {}, {}
    for line in answer.text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.removeprefix("# TYPE ").split(" ")
            kinds[name] = kind
        elif not line.startswith("#"):
            name, value = line.split(" ")
            values[name] = float(value)
    assert set(kinds) == set(values) and set(kinds.values()) <= {"gauge", "counter"}
    assert values["intellog_log_head"] == values["intellog_views_position"] == 14
    assert (values["intellog_views_lag_events"], values["intellog_ready"]) == (0, 1)


def test_an_empty_log_is_read_as_well_as_a_full_one(api: Api) -> None:
    for path in ("/v1/estimates", "/v1/events", "/v1/sources", "/v1/indicators"):
        body = api.client.get(path).json()
        assert body == {
            "items": [],
            "next_cursor": None,
            "as_of": {"position": 0, "known_at": None, "published_by": None, "valid_at": None},
        }
    assert api.client.get("/").status_code == 200
    assert api.client.get("/v1/replay").content == b'{"caught_up":0}\n'
    assert api.client.get("/readyz").json()["head"] == 0
