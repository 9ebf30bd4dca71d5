"""The seed story, asked over HTTP as an analyst would ask it."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest

from service.query.words import progress
from service.service import Service, opened
from service.settings import Settings
from tests.places import SEEDS
from tests.service.api.schema_check import running

NDJSON = {"Content-Type": "application/x-ndjson"}


def load(client: httpx2.Client) -> list[dict[str, Any]]:
    """Import every seed file in order; the last line of each answer."""
    answers = []
    for seed in sorted(SEEDS.glob("*.ndjson")):
        answer = client.post("/v1/import", content=seed.read_bytes(), headers=NDJSON)
        answers.append(httpx2.Response(200, content=answer.text.splitlines()[-1]).json())
    return answers


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A service that holds the seeds; tests only read."""
    with ExitStack() as resources:
        service = resources.enter_context(opened(Settings(data=tmp_path_factory.mktemp("story"))))
        client = resources.enter_context(running(service))
        assert [answer["refused"] for answer in load(client)] == [0, 0, 0, 0]
        yield client


def ask(client: httpx2.Client, path: str, **query: str | int) -> dict[str, Any]:
    """Read an address that is there."""
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_the_seeds_loaded_again_change_nothing(client: httpx2.Client) -> None:
    first, again = load(client), load(client)
    assert sum(answer["accepted"] for answer in first) > 200
    assert [answer["accepted"] for answer in again] == [0, 0, 0, 0]
    assert again[-1]["position"] == first[-1]["position"]


def test_the_planned_6000_rest_on_one_origin(story: httpx2.Client) -> None:
    whole = ask(story, "/v1/estimates/dprk-tranche3-planned", published_by="2025-06-26")
    assert (whole["best"], whole["origins"], whole["support"]["level"]) == (6000, 1, "single")
    assert whole["used"] == ["interfax-2025-06-17/1"]
    origin = ask(story, "/v1/claims/interfax-2025-06-17/1")
    assert (origin["originator"], origin["stated_at"]) == (
        "ru-security-council",
        "2025-06-17T00:00:00Z",
    )


def test_its_parts_sum_to_it(story: httpx2.Client) -> None:
    definition = ask(story, "/v1/indicators/dprk-tranche3-planned")
    parts = [
        ask(story, f"/v1/estimates/{part}", published_by="2025-06-26")["best"]
        for part in definition["parts"]
    ]
    assert sorted(parts) == [1000, 5000]


@pytest.mark.parametrize(
    ("relay", "period"), [("nis-2025-06-26/1", "2025-07"), ("news-item-2025-06-26/1", "2025-07")]
)
def test_the_nis_and_the_news_item_stand_under_it_as_relays(
    story: httpx2.Client, relay: str, period: str
) -> None:
    claim = ask(story, f"/v1/claims/{relay}")
    assert claim["originator"] == "nis"
    assert claim["period"].startswith(period)
    assert claim["chain"][-1]["claim"] == "interfax-2025-06-17/1"


@pytest.mark.parametrize(
    ("published_by", "best"),
    [("2025-02-01", 300), ("2025-05-01", 600), ("2025-09-03", 2000), ("2025-11-05", 2000)],
)
def test_the_killed_as_the_world_could_know_them(
    story: httpx2.Client, published_by: str, best: int
) -> None:
    killed = ask(story, "/v1/estimates/dprk-killed", published_by=published_by)
    assert killed["best"] == best


def test_the_stale_600_was_printed_and_did_not_count(story: httpx2.Client) -> None:
    stale = ask(story, "/v1/claims/moscow-times-2025-11-04/3")
    assert stale["quantity"]["low"] == 600
    assert stale["published_at"] == "2025-11-04T00:00:00Z"
    assert stale["chain"][-1]["claim"] == "nis-2025-04-30/1"


def test_the_releases_of_the_nis_on_the_killed(story: httpx2.Client) -> None:
    rows = ask(story, "/v1/estimates/dprk-killed/vintages", originator="nis", axis="publication")[
        "items"
    ]
    assert [(row["best"], row["low"], row["open_high"]) for row in rows] == [
        (None, 100, True),
        (300, 300, False),
        (600, 600, False),
        (2000, 2000, False),
    ]
    assert [row["change"] for row in rows] == ["first", "advance", "advance", "advance"]
    assert [row["cause"]["report"] for row in rows] == [
        "nis-2024-12-19",
        "nis-2025-01-13",
        "nis-2025-04-30",
        "nis-2025-09-02",
    ]
    assert rows[-1]["low"] - rows[0]["low"] == 1900


def test_the_killed_of_the_nis_advanced_three_times_by_1900(story: httpx2.Client) -> None:
    rows = ask(story, "/v1/estimates/dprk-killed/revisions", originator="nis")["items"]
    [headline] = [row for row in rows if row["period"] is None]
    assert (headline["n_revisions"], headline["n_advances"]) == (0, 3)
    assert (headline["first"], headline["latest"]) == (100, 2000)
    assert headline["spread"] == 1900


def test_the_nis_and_western_officials_contradict_each_other_in_january(
    story: httpx2.Client,
) -> None:
    killed = ask(story, "/v1/estimates/dprk-killed", published_by="2025-02-01")
    assert killed["support"]["level"] == "contested"
    assert (killed["best"], killed["low"], killed["high"]) == (300, 300, 1000)


@pytest.mark.parametrize(
    ("indicator", "day_before", "day"),
    [
        ("dprk-killed", "2025-12-12", "2025-12-13"),
        ("dprk-killed", "2026-01-30", "2026-01-31"),
        ("dprk-tranche3-builders-arrived", "2025-11-29", "2025-11-30"),
    ],
)
def test_a_garble_moves_nothing(
    story: httpx2.Client, indicator: str, day_before: str, day: str
) -> None:
    before = ask(story, f"/v1/estimates/{indicator}", published_by=day_before)
    after = ask(story, f"/v1/estimates/{indicator}", published_by=day)
    figures = ("best", "low", "high", "used", "origins")
    assert [before[name] for name in figures] == [after[name] for name in figures]
    assert after["claims"] == before["claims"] + 1


def test_the_reported_transfers_and_reactions_are_propositions(story: httpx2.Client) -> None:
    board = ask(story, "/v1/estimates", measure="proposition", limit=1000)["items"]
    verdicts = {item["indicator"]: item["verdict"] for item in board}
    for name in (
        "russia-gives-military-hardware",
        "russia-gives-ew-equipment",
        "russia-gives-drone-technology",
        "russia-gives-satellite-technology",
        "russia-gives-missile-guidance-technology",
        "us-condemns-dprk-involvement",
        "eu-calls-dprk-move-grave-threat",
        "western-officials-fear-weapons-aid",
    ):
        assert verdicts[name] == "reported", name


def test_the_earlier_10000_to_12000_stay_visible(story: httpx2.Client) -> None:
    claim = ask(story, "/v1/claims/news-item-2025-06-26/5")
    assert (claim["quantity"]["low"], claim["quantity"]["high"]) == (10000, 12000)


def test_unlinking_the_nis_makes_two_origins_from_then_on(
    serving: Callable[..., tuple[Service, httpx2.Client]],
) -> None:
    _, client = serving("unlinked")
    load(client)
    asked = {"published_by": "2025-06-26"}
    path = "/v1/estimates/dprk-tranche3-planned"
    before = ask(client, path, **asked)
    link = "/v1/claims/nis-2025-06-26/1/links/interfax-2025-06-17/1"
    unlinked = client.delete(link, params={"reason": "the service has sources of its own"})
    assert unlinked.status_code == 201
    after = ask(client, path, min_position=unlinked.json()["position"], **asked)
    assert (before["origins"], after["origins"]) == (1, 2)
    assert set(after["used"]) == {"interfax-2025-06-17/1", "nis-2025-06-26/1"}
    assert after["support"]["level"] == "corroborated"
    then = ask(client, path, known_at=before["as_of"]["position"], **asked)
    assert then["origins"] == 1


def flags(body: dict[str, Any]) -> set[tuple[str, frozenset[str]]]:
    """Code and claims of every flag of an answer."""
    return {(flag["code"], frozenset(flag["claims"])) for flag in body["flags"]}


def test_mid_january_is_a_contradiction(story: httpx2.Client) -> None:
    killed = ask(story, "/v1/estimates/dprk-killed", published_by="2025-02-01")
    sides = frozenset({"nis-2025-01-13/1", "western-officials-2025-01-22/1"})
    assert ("contradiction", sides) in flags(killed)
    listed = ask(story, "/v1/conflicts", indicator="dprk-killed", code="contradiction")["items"]
    assert sides in [frozenset(each["claims"]) for each in listed]


@pytest.mark.parametrize("by", ["2025-06-16", "2025-07-01"])
def test_more_than_6000_casualties_have_outgrown_4700_and_4000(story: httpx2.Client, by: str) -> None:
    path = "/v1/estimates/dprk-casualties"
    casualties = ask(story, path, published_by=by)
    assert casualties["leading"] == {
        "claim": "uk-mod-2025-06-16/1",
        "low": 6000,
        "best": None,
        "high": None,
        "qualifier": "more-than",
    }
    assert (casualties["low"], casualties["best"], casualties["open_high"]) == (6000, None, True)
    assert casualties["origins"] == 1
    assert "contradiction" not in {code for code, _ in flags(casualties)}
    why = ask(story, f"{path}/explanation", published_by=by)
    outgrown = {each["claim"] for each in why["excluded"] if each["reason"] == "outgrown"}
    assert {"nis-2025-04-30/2", "rok-jcs-2025-03-27/2"} <= outgrown


def test_600_and_4700_do_not_sum_to_4700(story: httpx2.Client) -> None:
    outlet = [f"indian-defense-news-2025-04-30/{n}" for n in (1, 2, 3)]
    [listed] = ask(story, "/v1/conflicts", code="parts-mismatch")["items"]
    assert (listed["indicator"], sorted(listed["claims"])) == ("dprk-casualties", outlet)


@pytest.mark.parametrize(("published_by", "disputed"), [("2024-11-19", False), ("2024-11-20", True)])
def test_the_nis_disputes_a_growth_to_100000(
    story: httpx2.Client, published_by: str, disputed: bool
) -> None:
    planned = ask(story, "/v1/estimates/dprk-troops-planned", published_by=published_by)
    found = ("disputed", frozenset({"zelensky-2024-11-19/2"})) in flags(planned)
    assert found is disputed
    claim = ask(story, "/v1/claims/zelensky-2024-11-19/2", published_by=published_by)
    assert [each["by"] for each in claim["disputes"]] == ["nis"] * disputed


@pytest.mark.parametrize(("published_by", "low"), [("2025-11-03", 2000), ("2025-11-04", 600)])
def test_a_reader_of_feeds_would_have_seen_the_killed_fall(
    story: httpx2.Client, published_by: str, low: int
) -> None:
    path, asked = "/v1/estimates/dprk-killed", {"published_by": published_by}
    reader = ask(story, path, policy="latest-publication/1", **asked)
    assert (reader["low"], reader["policy"]) == (low, "latest-publication/1")
    assert ask(story, path, **asked)["best"] == 2000


@pytest.mark.parametrize(
    ("plan", "there", "reached_on"),
    [
        ("deminers", "1,000 of 1,000", "2025-09-02"),
        ("builders", "5,000 in transit of 5,000", "2025-11-04"),
    ],
)
def test_the_third_deployment_against_its_plan(
    story: httpx2.Client, plan: str, there: str, reached_on: str
) -> None:
    [row] = ask(story, f"/v1/estimates/dprk-tranche3-{plan}-planned/slippage")["items"]
    assert (row["originator"], row["target"]) == ("ru-security-council", "2025-06-17/..")
    assert (progress(row), row["reached_on"]) == (there, reached_on)


@pytest.mark.parametrize(
    ("day", "claim"),
    [
        ("2025-01-31", "uk-mod-2025-01/1"),
        ("2025-07-31", "hur-2025-07/1"),
        ("2025-11-30", "pravda-ru-2025-11/1"),
        ("2026-01-31", "econotimes-2026-01/1"),
    ],
)
def test_a_page_without_a_day_counts_from_the_end_of_its_month(
    story: httpx2.Client, day: str, claim: str
) -> None:
    indicator = ask(story, f"/v1/claims/{claim}")["indicator"]
    path, (year, month, last) = f"/v1/estimates/{indicator}/explanation", day.split("-")
    before = ask(story, path, published_by=f"{year}-{month}-{int(last) - 1}")
    assert (claim, "not-yet-published") in reasons(before)
    assert (claim, "not-yet-published") not in reasons(ask(story, path, published_by=day))


def reasons(explanation: dict[str, Any]) -> set[tuple[str, str]]:
    """Each claim left out, with its reason."""
    return {(each["claim"], each["reason"]) for each in explanation["excluded"]}


def test_the_british_4000_of_january_is_a_figure_of_their_own(story: httpx2.Client) -> None:
    casualties = ask(story, "/v1/estimates/dprk-casualties", published_by="2025-01-31")
    assert (casualties["best"], casualties["leading"]["claim"]) == (4000, "uk-mod-2025-01/1")


def test_the_fight_and_the_week_add_up_to_what_was_counted_apart(story: httpx2.Client) -> None:
    apart = ask(story, "/v1/estimates/dprk-casualties-in-period")
    assert (apart["low"], apart["best"], apart["open_high"]) == (1030, None, True)
    assert apart["used"] == ["hur-2024-12-16/1", "white-house-nsc-2024-12-27/1"]
    fight = ask(story, "/v1/estimates/dprk-casualties-in-period", incident="plekhovo-2024-12-14")
    assert (fight["low"], fight["used"]) == (30, ["hur-2024-12-16/1"])
    missing = ask(story, "/v1/estimates/dprk-missing", incident="kurilovka-2024-12-14")
    assert (missing["low"], missing["used"]) == (3, ["hur-2024-12-16/2"])


def test_the_first_transport_starts_where_the_total_does(story: httpx2.Client) -> None:
    assert ask(story, "/v1/indicators/dprk-troops-sent")["since"] == "2024-10-08"
    sent = ask(story, "/v1/estimates/dprk-troops-sent", published_by="2024-10-18")
    assert (sent["best"], sent["used"]) == (1500, ["nis-2024-10-18/1"])
    after = ask(story, "/v1/estimates/dprk-troops-sent", published_by="2024-10-23", originator="nis")
    assert (after["best"], after["used"]) == (3000, ["nis-2024-10-23/1"])


def test_the_nis_has_no_figure_of_the_second_deployment_before_june(story: httpx2.Client) -> None:
    path, asked = "/v1/estimates/dprk-troops-sent", {"cohort": "tranche-2", "originator": "nis"}
    claim = ask(story, "/v1/claims/nis-2025-02-27/1")
    assert claim["quantity"]["qualifier"] == "unknown"
    unknown = ask(story, path, published_by="2025-02-27", **asked)
    assert (unknown["low"], unknown["best"], unknown["claims"]) == (None, None, 1)
    assert ask(story, path, published_by="2025-06-26", **asked)["best"] == 4000


@pytest.mark.parametrize(
    ("source", "institution"),
    [
        ("pat-ryder", "us-dod"),
        ("vedant-patel", "us-state"),
        ("john-kirby", "white-house-nsc"),
        ("jeon-ha-kyou", "rok-mnd"),
        ("kyrylo-budanov", "hur"),
        ("shoigu", "ru-security-council"),
        ("valery-gerasimov", "ru-general-staff"),
        ("lee-seong-kweun", None),
        ("kim-jong-un", None),
        ("zelensky", None),
    ],
)
def test_who_speaks_for_an_institution(
    story: httpx2.Client, source: str, institution: str | None
) -> None:
    assert ask(story, f"/v1/sources/{source}")["speaks_for"] == institution


def seeded(command: str) -> Iterator[dict[str, Any]]:
    """What the seeds say in commands of this name."""
    for seed in sorted(SEEDS.glob("*.ndjson")):
        for line in seed.read_text("utf-8").splitlines():
            [(name, body)] = json.loads(line).items()
            if name == command:
                yield body


def test_every_spokesperson_of_an_institution_voices_it_alone() -> None:
    speaks_for = {
        each["id"]: each["speaks_for"] for each in seeded("register_source") if "speaks_for" in each
    }
    voiced = {
        (claim["spokesperson"], claim["originator"])
        for report in seeded("file_report")
        for claim in report["claims"]
        if claim.get("spokesperson") in speaks_for
    }
    assert voiced == set(speaks_for.items())


def test_every_plan_names_what_fulfils_it() -> None:
    plans = {each["id"]: each.get("plans_for") for each in seeded("define_indicator")}
    assert {plan: done for plan, done in plans.items() if plan.endswith("-planned")} == {
        plan: done for plan, done in plans.items() if done
    }


def test_the_readme_of_the_seeds_counts_and_places_everything() -> None:
    readme = (SEEDS / "README.md").read_text("utf-8")
    reports = [report["id"] for report in seeded("file_report")]
    table = re.findall(r"^\| `([^`]+)` \| (D.*|the seed document) \|$", readme, re.MULTILINE)
    assert [report for report, _ in table] == reports
    rows = re.findall(r"D\d{3}", " ".join(rows for _, rows in table))
    assert sorted(rows) == [f"D{n:03}" for n in range(1, 112)]
    sources = list(seeded("register_source"))
    for counted in (
        f"{len(list(seeded('define_indicator')))} indicators",
        f"{len(sources)} sources, {len(list(seeded('grade_source')))} of them graded",
        f"{sum('speaks_for' in each for each in sources)} speak for another",
        f"{len(reports) - 1} reports by publication date",
    ):
        assert counted in readme
