"""The seed story, asked over HTTP as an analyst would ask it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest

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


def test_a_garble_about_another_indicator_moves_nothing(story: httpx2.Client) -> None:
    before = ask(story, "/v1/estimates/dprk-killed", published_by="2025-12-12")
    after = ask(story, "/v1/estimates/dprk-killed", published_by="2025-12-13")
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


def test_more_than_6000_casualties_have_outgrown_4700_and_4000(story: httpx2.Client) -> None:
    path, by = "/v1/estimates/dprk-casualties", "2025-07-01"
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
