"""One estimate over HTTP: what it says, as it was known, published and valid, and of which cell."""

from html import unescape
from typing import Any, cast

import pytest

from service.query.words import explained_heading
from tests.http_spec import Api, Body, claim, indicator, report
from tests.service.api.reading import ESTIMATE, killed


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


OWN_PERIOD = {"period": "2025-10-10/2026-08-13"}


@pytest.mark.parametrize(
    ("definition", "claims", "words"),
    [
        (
            {},
            [claim(500, **OWN_PERIOD)],
            "1 claim, for 2025-10-10 to 2026-08-13; this indicator counts from no set day",
        ),
        (
            {"since": "2022-02-24"},
            [claim(500, **OWN_PERIOD), claim(70, period="2025-01-01/2025-01-07")],
            "2 claims, for 2025-01-01 to 2025-01-07 and 2025-10-10 to 2026-08-13; "
            "this indicator counts from 2022-02-24",
        ),
    ],
)
def test_an_unknown_total_with_claims_says_what_they_are_about(
    api: Api, definition: dict[str, Any], claims: list[dict[str, Any]], words: str
) -> None:
    api.given(indicator(measure="cumulative", **definition))
    api.given(report("r1", *claims, published_at="2026-08-14"))
    body = api.get("/v1/estimates/troops")
    assert (body["best"], body["low"], body["claims"]) == (None, None, len(claims))
    assert explained_heading(cast(Any, body)).text == f"unknown ({words})"
    for page in ("/", "/estimates/troops"):
        assert words in " ".join(unescape(api.client.get(page).text).split())


def test_a_total_with_a_figure_says_nothing_of_other_periods(api: Api) -> None:
    api.given(indicator(measure="cumulative"))
    api.given(report("r1", claim(500, **OWN_PERIOD), claim(9), published_at="2026-08-14"))
    assert "elsewhere" not in api.get("/v1/estimates/troops")
