"""Plans, announcements and forecasts: which of them a headline is about."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from domain.estimates.claims import Claim
from domain.estimates.estimate import Estimate
from domain.vocabulary import Measure
from tests.domain.estimates.asking import (
    ask,
    bounds,
    codes,
    forecast,
    left_out,
    periods,
    plan,
    total,
    unknown,
    used,
)
from tests.histories import said


def answer(result: Estimate) -> tuple[list[str], dict[str, str], list[str | None]]:
    """The claims used, the others with their reasons, and the targets."""
    return used(result), left_out(result), periods(result.targets)


@pytest.mark.parametrize("order", [1, -1])
def test_of_forecasts_for_two_years_in_one_report_the_next_is_the_headline(order: int) -> None:
    """A rate of 1.4 for 2017 and of 3.0 for 2019: two targets, whichever is listed first."""
    words: dict[str, Any] = {"measure": "stock", "stated": "2016-10-01"}
    claims = [forecast("imf/1", 1.4, period="2017", **words)]
    claims.append(forecast("imf/2", 3.0, period="2019", **words))
    result = ask(claims[::order], "stock")
    assert bounds(result) == (1.4, 1.4, 1.4)
    assert answer(result) == (["imf/1"], {"imf/2": "other-target"}, ["2017", "2019"])


@pytest.mark.parametrize("measure", ["stock", "cumulative"])
def test_plans_for_two_targets_are_no_contradiction(measure: Measure) -> None:
    one = plan("a/1", 15_000, measure=measure, period="2025-08", stated="2025-06-01")
    other = plan("b/1", 25_000, measure=measure, period="2026-12", stated="2025-06-01")
    result = ask([one, other], measure)
    assert answer(result) == (
        ["a/1"],
        {"b/1": "other-target"},
        ["2025-08", "2026-12"] if measure == "stock" else ["../2025-08-31", "../2026-12-31"],
    )  # fmt: skip
    assert (codes(result), result.support.level, result.origins) == ([], "single", 1)


@pytest.mark.parametrize("measure", ["stock", "cumulative", "proposition", "increment"])
@pytest.mark.parametrize("status", ["planned", "announced", "forecast"])
def test_a_forecast_beside_an_observation_moves_nothing(measure: Measure, status: str) -> None:
    def figure(best: float, asserts: bool) -> dict[str, Any]:
        return {"asserts": asserts} if measure == "proposition" else {"best": best}

    seen = said("nis/1", measure=measure, stated="2026-01-31", reliability="E", **figure(10, True))
    ahead = said(
        "imf/1",
        measure=measure,
        stated="2026-02-20",
        period="2027",
        status=status,
        prospective=True,
        reliability="A",
        **figure(99, False),
    )
    alone, beside = ask([seen], measure), ask([seen, ahead], measure)
    assert answer(beside) == (["nis/1"], {"imf/1": "prospective"}, [])
    assert (beside.figure, beside.verdict, beside.support, codes(beside)) == (
        *(alone.figure, alone.verdict, alone.support),
        codes(alone),
    )


def test_a_forecast_makes_no_observation_stale() -> None:
    old = said("nis/1", 10, stated="2024-01-01")
    ahead = forecast("imf/1", 10, stated="2026-02-20", period="2027")
    assert used(ask([old, ahead])) == ["nis/1"]


def test_an_observation_without_a_figure_counts_as_one() -> None:
    """Its originator says that it does not know: a forecast does not answer in its place."""
    result = ask([unknown("nis/1"), forecast("imf/1", 99, period="2027")])
    assert (used(result), left_out(result)) == ([], {"nis/1": "no-figure", "imf/1": "prospective"})


Cases = list[tuple[str, Sequence[Claim], list[str], dict[str, str]]]
AUGUST = plan("a/1", 10, period="2025-08", stated="2025-06-01")
TARGETS: Cases = [
    ("the earliest is the next", [AUGUST, plan("b/1", 9, period="2025-07", stated="2025-06-01")],
     ["b/1"], {"a/1": "other-target"}),
    ("unless it was over when the latest was stated",
     [AUGUST, forecast("b/1", 9, period="2025-07", stated="2025-05-01"),
      plan("c/1", 9, period="2025-08", stated="2025-08-01")],
     ["c/1", "a/1"], {"b/1": "other-target"}),
    ("on its last day it is not over",
     [AUGUST, plan("b/1", 9, period="2026", stated="2025-08-31T23:59:59Z")],
     ["a/1"], {"b/1": "other-target"}),
    ("the day after it is",
     [AUGUST, plan("b/1", 9, period="2026", stated="2025-09-01T00:00:00Z")],
     ["b/1"], {"a/1": "other-target"}),
    ("an open end is the latest",
     [AUGUST, plan("b/1", 9, period="2025-06-02/..", stated="2025-06-01")],
     ["a/1"], {"b/1": "other-target"}),
    ("but still to come when all others are over",
     [AUGUST, plan("b/1", 9, period="2025-10/..", stated="2025-09-01")],
     ["b/1"], {"a/1": "other-target"}),
    ("a plan of the same voice replaces its earlier one, whatever the target",
     [AUGUST, plan("a/2", 9, period="2026", stated="2025-07-01")],
     ["a/2"], {"a/1": "replanned"}),
    ("of one statement both stand",
     [AUGUST, plan("a/2", 9, period="2026", stated="2025-06-01")],
     ["a/1"], {"a/2": "other-target"}),
    ("an announcement replaces a plan",
     [AUGUST, plan("a/2", 9, period="2026", stated="2025-07-01", status="announced")],
     ["a/2"], {"a/1": "replanned"}),
    ("a forecast replaces none, nor is it replaced",
     [AUGUST, forecast("a/2", 9, period="2026", stated="2025-07-01")],
     ["a/1"], {"a/2": "other-target"}),
    ("a plan of another id of the voice replaces it",
     [AUGUST, plan("press/1", 9, voice="a", period="2026", stated="2025-07-01")],
     ["press/1"], {"a/1": "replanned"}),
    ("a forecast for the same target, said again",
     [forecast("a/1", 10, period="2025-08", stated="2025-06-01"),
      forecast("a/2", 12, period="2025-08", stated="2025-07-01")],
     ["a/2"], {"a/1": "superseded"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("claims", "of", "others"), [x[1:] for x in TARGETS], ids=[x[0] for x in TARGETS]
)
def test_a_headline_of_what_is_to_come_is_of_one_target(
    claims: Sequence[Claim], of: list[str], others: dict[str, str]
) -> None:
    for order in permutations(claims):
        assert (used(ask(order)), left_out(ask(order))) == (of, others)


level: dict[str, Any] = {"measure": "stock", "stated": "2025-06-01"}
BELONGING: Cases = [
    ("a day in the month belongs to the month",
     [forecast("a/1", 10, period="2025-08", **level),
      forecast("b/1", 11, period="2025-08-31", **level)], ["b/1", "a/1"], {}),
    ("what meets the target belongs to it",
     [forecast("a/1", 10, period="2025-07/2025-08", **level),
      forecast("b/1", 11, period="2025-08/2025-12", **level)], ["b/1", "a/1"], {}),
    ("what only follows does not",
     [forecast("a/1", 10, period="2025-07/2025-08", **level),
      forecast("b/1", 11, period="2025-09/2025-12", **level)], ["a/1"], {"b/1": "other-target"}),
    ("of one voice the target's own bounds",
     [forecast("a/1", 10, period="2025-07", **level), forecast("b/1", 10, period="2025-07", **level),
      forecast("b/2", 11, period="2025-07-15/2025-08", **level)],
     ["b/1", "a/1"], {"b/2": "other-target"}),
    ("else the one that ends first",
     [forecast("a/1", 10, period="2025-07", **level),
      forecast("b/1", 12, period="2025", **level),
      forecast("b/2", 11, period="2025-07/2025-09", **level)],
     ["b/2", "a/1"], {"b/1": "other-target"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("claims", "of", "others"), [x[1:] for x in BELONGING], ids=[x[0] for x in BELONGING]
)
def test_a_claim_belongs_to_the_target_that_it_meets(
    claims: Sequence[Claim], of: list[str], others: dict[str, str]
) -> None:
    for order in permutations(claims):
        result = ask(order, "stock")
        assert (sorted(used(result)), left_out(result)) == (sorted(of), others)


def test_of_a_total_it_belongs_to_the_target_with_the_same_last_day() -> None:
    """A total with a stated start is of the same target, since it looks ahead."""
    words: dict[str, Any] = {"stated": "2025-06-01"}
    upto = plan("a/1", 6000, period="../2025-08", **words)
    phase = plan("b/1", 6000, period="2025-07/2025-08", **words)
    later = plan("c/1", 6000, period="2025-07/2025-12", **words)
    result = ask([upto, phase, later])
    assert (sorted(used(result)), left_out(result)) == (["a/1", "b/1"], {"c/1": "other-target"})


def test_two_that_differ_on_one_target_contradict() -> None:
    for period in ("2025-08", "2025-08-31"):
        claims = [AUGUST, plan("b/1", 20, period=period, stated="2025-06-01")]
        assert (codes(ask(claims)), ask(claims).support.level) == (["contradiction"], "contested")


def test_of_a_sum_all_targets_are_summed_but_replaced_plans() -> None:
    words: dict[str, Any] = {"measure": "increment"}
    july = plan("a/1", 10, period="2025-07", stated="2025-06-01", **words)
    august = plan("a/2", 20, period="2025-08", stated="2025-06-01", **words)
    instead = plan("a/3", 5, period="2025-09", stated="2025-06-20", **words)
    outlook = forecast("b/1", 7, period="2025-10", stated="2025-05-01", **words)
    assert bounds(total([july, august, outlook])) == (37, 37, 37)
    result = total([july, august, outlook, instead])
    assert bounds(result) == (12, 12, 12)
    assert left_out(result) == {"a/1": "replanned", "a/2": "replanned"}
    seen = said("nis/1", 3, period="2025-05", stated="2025-06-01", **words)
    assert bounds(total([july, seen])) == (3, 3, 3)


def test_of_one_cell_the_observed_claims_count() -> None:
    words: dict[str, Any] = {"measure": "stock", "period": "2025-08"}
    planned = plan("a/1", 10, stated="2025-06-01", **words)
    seen = said("b/1", 8, stated="2025-09-01", **words)
    result = ask([planned, seen], "stock", period="2025-08")
    assert (used(result), left_out(result)) == (["b/1"], {"a/1": "prospective"})
    assert used(ask([planned], "stock", period="2025-08")) == ["a/1"]
