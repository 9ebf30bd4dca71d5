"""Explanations: every claim is listed once with its reason, and the figure follows from the list."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest

from service.service import Service, opened
from service.settings import Settings
from tests.service.api.schema_check import running
from tests.test_seeds import ask, load

RELIABILITY = {"A": 0, "B": 1, "C": 2, "F": 3, None: 3, "D": 4, "E": 5}
CREDIBILITY = {1: 0, 2: 1, 3: 2, 6: 3, None: 3, 4: 4, 5: 5}
TIMES: list[dict[str, str]] = [
    {},
    *({"published_by": day} for day in ("2024-10-31", "2025-01-31", "2025-06-26", "2025-11-05")),
    {"valid_at": "2025-03-01"},
    {"known_at": "190"},
]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A service that holds the seeds; tests only read."""
    with ExitStack() as resources:
        service = resources.enter_context(opened(Settings(data=tmp_path_factory.mktemp("why"))))
        client = resources.enter_context(running(service))
        load(client)
        yield client


def bounds(quantity: dict[str, Any]) -> tuple[float | None, float | None]:
    """Low and high of one claim, None where it is open."""
    low, best, high = quantity["low"], quantity["best"], quantity["high"]
    open_above = quantity["qualifier"] in ("at-least", "more-than") and high is None
    open_below = quantity["qualifier"] in ("at-most", "less-than", "up-to") and low is None
    return (
        None if open_below else low if low is not None else best,
        None if open_above else high if high is not None else best,
    )


def order(claim: dict[str, Any]) -> tuple[Any, ...]:
    """A sort key: the top-ranked claim comes first."""
    doubtful = claim["credibility"] == 4
    return doubtful, RELIABILITY[claim["reliability"]], CREDIBILITY[claim["credibility"]]


def latest(claim: dict[str, Any]) -> tuple[Any, ...]:
    """A sort key: the latest information comes last."""
    names = ("cutoff", "stated_at", "published_at", "position")
    return tuple(claim[name] for name in names)


def recomputed(explained: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Best, low and high by `latest-best-source/2`, computed from an explanation alone."""
    claims = sorted(explained["used"], key=latest, reverse=True)
    if not claims or explained["measure"] == "proposition":
        return None, None, None
    claims.sort(key=order)
    giving = [claim for claim in claims if claim["quantity"]["best"] is not None]
    leading = giving[0] if giving else claims[0]
    before = claims[: claims.index(leading)]
    agreed = all(meet(leading["quantity"], claim["quantity"]) for claim in before)
    if not agreed:
        leading = claims[0]
    ranges = [bounds(leading["quantity"])]
    for claim in claims:
        if None not in bounds(claim["quantity"]) or not meet(claim["quantity"], leading["quantity"]):
            ranges.append(bounds(claim["quantity"]))
    lows, highs = zip(*ranges, strict=True)
    return (
        leading["quantity"]["best"] if agreed else None,
        None if None in lows else min(lows),
        None if None in highs else max(highs),
    )


def meet(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two figures have a common point, `about` and `nearly` widened by a tenth."""
    (low, high), (other_low, other_high) = widened(one), widened(other)
    return low <= other_high and other_low <= high


def widened(quantity: dict[str, Any]) -> tuple[float, float]:
    """Low and high for comparison, infinite where open."""
    low, high = bounds(quantity)
    tenth = 0.1 if quantity["qualifier"] in ("about", "nearly") else 0.0
    return (
        float("-inf") if low is None else low - abs(low) * tenth,
        float("inf") if high is None else high + abs(high) * tenth,
    )


@pytest.mark.parametrize("times", TIMES, ids=str)
def test_every_figure_of_the_seeds_follows_from_its_explanation(
    story: httpx2.Client, times: dict[str, str]
) -> None:
    for item in ask(story, "/v1/estimates", limit=1000, **times)["items"]:
        why = ask(story, f"/v1/estimates/{item['indicator']}/explanation", **times)
        assert (why["best"], why["low"], why["high"]) == (item["best"], item["low"], item["high"])
        if item["measure"] != "increment" and item["answered_from"] == "claims":
            assert recomputed(why) == (item["best"], item["low"], item["high"]), item["indicator"]
        assert [claim["claim"] for claim in why["used"]] == item["used"]


@pytest.mark.parametrize("times", TIMES, ids=str)
def test_every_claim_is_listed_once(story: httpx2.Client, times: dict[str, str]) -> None:
    for item in ask(story, "/v1/indicators", limit=1000)["items"]:
        why = ask(story, f"/v1/estimates/{item['id']}/explanation", **times)
        if why["answered_from"] == "parts":
            continue  # the claims of the parts are listed there
        places = [{claim["claim"] for claim in why[place]} for place in ("used", "relays", "excluded")]
        assert sum(map(len, places)) == len(set.union(*places))
        assert len(why["excluded"]) == len(places[2])
        counted = {claim["claim"] for claim in why["excluded"] if claim["reason"] in COUNTED}
        assert len(places[0]) + len(places[1]) + len(counted) == why["claims"], item["id"]


COUNTED = {
    *("superseded", "stale", "outgrown", "weak", "overlaps", "not-asked", "cannot-be-judged"),
    *("doubtful", "prospective", "replanned", "other-target"),
}
"""Reasons that also apply to active claims."""


def reasons(why: dict[str, Any]) -> dict[str, str]:
    """The claims left out, each with its reason."""
    return {claim["claim"]: claim["reason"] for claim in why["excluded"]}


def test_the_planned_6000_are_explained_down_to_the_one_origin(story: httpx2.Client) -> None:
    why = ask(story, "/v1/estimates/dprk-tranche3-planned/explanation", published_by="2025-06-26")
    [used] = why["used"]
    assert (used["originator"], used["stated_at"][:10]) == ("ru-security-council", "2025-06-17")
    relays = {relay["claim"]: relay for relay in why["relays"]}
    assert set(relays) == {"nis-2025-06-26/1", "news-item-2025-06-26/1"}
    for relay in relays.values():
        assert relay["root"] == "interfax-2025-06-17/1"
        assert relay["period"].startswith("2025-07")
        assert relay["chain"][-1]["originator"] == "ru-security-council"
    assert why["support"]["level"] == "single"
    assert any("ru-security-council" in step for step in why["steps"])


def test_superseded_and_unpublished_claims_have_those_reasons(story: httpx2.Client) -> None:
    why = ask(story, "/v1/estimates/dprk-killed/explanation", published_by="2025-05-01")
    found = reasons(why)
    assert found["nis-2025-01-13/1"] == "superseded"
    assert found["nis-2025-09-02/1"] == "not-yet-published"
    assert found["western-officials-2025-01-22/1"] == "stale"
    [superseded] = [c for c in why["excluded"] if c["claim"] == "nis-2025-01-13/1"]
    assert superseded["by"] == "nis-2025-04-30/1"


def test_a_claim_recorded_later_is_not_yet_known(story: httpx2.Client) -> None:
    why = ask(story, "/v1/estimates/dprk-killed/explanation", known_at="190")
    assert reasons(why)["nis-2025-01-13/1"] == "not-yet-known"


def test_held_withdrawn_and_corrected_claims_have_those_reasons(
    service: tuple[Service, httpx2.Client],
) -> None:
    _, client = service
    client.put("/v1/indicators/killed", json={"title": "Killed", "measure": "cumulative"})
    claim = {"indicator": "killed", "originator": "nis", "quantity": {"best": 300}}
    for name in ("held", "gone", "mended"):
        report = {"id": name, "publisher": "wire", "published_at": "2025-01-13"}
        client.post("/v1/reports", json={**report, "claims": [claim, claim]})
    client.post("/v1/reports/held/hold", json={"reason": "parody?"})
    client.post("/v1/reports/gone/withdrawal", json={"reason": "filed twice"})
    correction = {"kind": "record", "reason": "one claim only", "claims": [{"n": 1, **claim}]}
    last = client.post("/v1/reports/mended/corrections", json=correction).json()["position"]
    why = ask(client, "/v1/estimates/killed/explanation", min_position=last)
    assert [claim["claim"] for claim in why["used"]] == ["mended/1"]
    assert reasons(why) == {
        "held/1": "held",
        "held/2": "held",
        "gone/1": "withdrawn",
        "gone/2": "withdrawn",
        "mended/2": "corrected",
    }


def test_a_claim_that_a_correction_moved_to_another_indicator_is_corrected(
    service: tuple[Service, httpx2.Client],
) -> None:
    _, client = service
    for name in ("killed", "wounded"):
        client.put(f"/v1/indicators/{name}", json={"title": name, "measure": "cumulative"})
    claim = {"indicator": "killed", "originator": "nis", "quantity": {"best": 300}}
    report = {"id": "slip", "publisher": "wire", "published_at": "2025-01-13", "claims": [claim]}
    client.post("/v1/reports", json=report)
    mended = {"n": 1, **claim, "indicator": "wounded"}
    correction = {"kind": "record", "reason": "the other figure", "claims": [mended]}
    last = client.post("/v1/reports/slip/corrections", json=correction).json()["position"]
    was = ask(client, "/v1/estimates/killed/explanation", min_position=last)
    assert (was["best"], was["claims"], reasons(was)) == (None, 0, {"slip/1": "corrected"})
    now = ask(client, "/v1/estimates/wounded/explanation", min_position=last)
    assert [claim["claim"] for claim in now["used"]] == ["slip/1"]


def test_claims_not_yet_known_are_narrowed_like_the_others(story: httpx2.Client) -> None:
    path = "/v1/estimates/dprk-killed/explanation"
    whole = reasons(ask(story, path, known_at="190"))
    ceremony = reasons(ask(story, path, known_at="190", cohort="disclosed-two-ceremonies"))
    assert ceremony
    assert set(ceremony.values()) == {"not-yet-known"}
    assert not ceremony.keys() & whole.keys()
