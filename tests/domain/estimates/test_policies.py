"""Estimate policies as specifications: given origins, when a policy is asked, then this figure."""

from itertools import combinations
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.estimates.claims import Claim
from domain.estimates.estimate import Estimate
from domain.estimates.figures import hull_of, interval_of, meet
from domain.estimates.policies import DEFAULT_POLICY, POLICIES, ranking
from domain.vocabulary import Measure
from tests.domain.estimates import asking
from tests.domain.estimates.asking import NOTHING, Bounds, bounds, codes, left_out, used
from tests.histories import said


def ask(policy: str, claims: list[Claim], measure: Measure = "stock", **asked: Any) -> Estimate:
    """What a policy makes of claims, of a level unless said otherwise: levels are not outgrown."""
    return asking.ask(claims, measure, policy=policy, **asked)


def origin(name: str, reliability: str | None, best: float | None = None, **more: Any) -> Claim:
    """One origin of a reliability."""
    return said(f"{name}/1", best, reliability=reliability, **{"measure": "stock", **more})


# Rank

BETTER: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    *(
        (f"{better or 'ungraded'} before {worse}", {"reliability": better}, {"reliability": worse})
        for better, worse in combinations(("A", "B", "C", "F", "D", "E"), 2)
    ),
    *(("ungraded before " + worse, {}, {"reliability": worse}) for worse in "DE"),
    *((better + " before ungraded", {"reliability": better}, {}) for better in "ABC"),
    *(
        (f"credibility {better} before {worse}", {"credibility": better}, {"credibility": worse})
        for better, worse in combinations((1, 2, 3, 6, 4), 2)
    ),
    ("credibility not judged before 4", {}, {"credibility": 4}),
    ("credibility 3 before not judged", {"credibility": 3}, {}),
    (
        "reliability before credibility",
        {"reliability": "B", "credibility": 3},
        {"reliability": "C", "credibility": 1},
    ),
    (
        "but a doubtful claim after all others",
        {"reliability": "E", "credibility": 3},
        {"reliability": "A", "credibility": 4},
    ),
    (
        "the source before the latest day",
        {"reliability": "B", "stated": "2025-01-01"},
        {"reliability": "C", "stated": "2025-02-01"},
    ),
    ("the latest cut-off", {"period": "2025-01-12"}, {"period": "2025-01-11"}),
    (
        "cut-off before statement",
        {"period": "2025-01-12"},
        {"period": "2025-01-11", "stated": "2025-01-20"},
    ),
    (
        "then the latest statement",
        {"stated": "2025-01-20", "period": "2025-01-12"},
        {"stated": "2025-01-19", "period": "2025-01-12", "published": "2025-02-01"},
    ),
    (
        "then the latest publication",
        {"published": "2025-01-20"},
        {"published": "2025-01-19", "position": 9},
    ),
    ("then the latest position", {"position": 3}, {"position": 2}),
]


@pytest.mark.parametrize(("better", "worse"), [b[1:] for b in BETTER], ids=[b[0] for b in BETTER])
@pytest.mark.parametrize("measure", ["stock", "cumulative", "proposition"])
def test_the_best_is_that_of_the_first_in_rank(
    measure: Measure, better: dict[str, Any], worse: dict[str, Any]
) -> None:
    # The worse one has the later name, and of totals the smaller figure: neither may tell them apart.
    figure = {"asserts": True} if measure == "proposition" else {}
    one = said("a/1", 600, measure=measure, **(figure | better))
    other = said("b/2", 600, measure=measure, **(figure | worse))
    assert ranking([other, one]) == ranking([one, other]) == (one, other)
    result = ask(DEFAULT_POLICY, [other, one], measure)
    assert (used(result)[0], result.leading) == ("a/1", one)


def test_last_of_all_the_greater_n_leads() -> None:
    same = [said(f"r/{n}", n * 100, voice=f"source-{n}") for n in (1, 2, 10)]
    assert used(ask(DEFAULT_POLICY, same, "cumulative")) == ["r/10", "r/2", "r/1"]


def test_f_and_ungraded_rank_alike() -> None:
    f = said("a/1", 300, reliability="F", stated="2025-01-11")
    older, newer = said("b/1", 600, stated="2025-01-10"), said("b/1", 600, stated="2025-01-12")
    assert [c.id for c in ranking([older, f])] == ["a/1", "b/1"]
    assert [c.id for c in ranking([newer, f])] == ["b/1", "a/1"]


# The default policy: the best

Given = tuple[dict[str, Any], ...]
DEFAULT: list[tuple[str, Given, Bounds]] = [
    ("one figure", ({"best": 300},), (300, 300, 300)),
    ("0 is a number", ({"best": 0}, {"best": 5}), (0, 0, 5)),
    ("about is not widened in the answer", ({"best": 600, "qualifier": "about"},), (600, 600, 600)),
    ("its own range", ({"low": 100, "best": 300, "high": 500},), (300, 100, 500)),
    ("widened by a figure that contradicts it", ({"best": 300}, {"best": 1000}), (300, 300, 1000)),
    ("by a closed range", ({"best": 300}, {"low": 100, "high": 200}), (300, 100, 300)),
    ("by a closed range that holds it", ({"best": 300}, {"low": 100, "high": 900}), (300, 100, 900)),
    ("not by a bound that is merely compatible", ({"best": 300}, {"low": 100}), (300, 300, 300)),
    ("from above neither", ({"best": 300}, {"high": 500}), (300, 300, 300)),
    ("by a bound that excludes it", ({"best": 300}, {"low": 400}), (300, 300, None)),
    ("from above as well", ({"best": 300}, {"high": 200}), (300, None, 300)),
    ("about: the bound excludes it by no tenth",
     ({"best": 300, "qualifier": "about"}, {"low": 320}), (300, 300, 300)),
    ("the first in rank gives no best: the next does", ({"low": 100}, {"best": 300}), (300, 300, 300)),
    ("also after a range", ({"low": 1000, "high": 3000}, {"best": 2000}), (2000, 1000, 3000)),
    ("where that excludes it there is none", ({"low": 400}, {"best": 300}), (None, 300, None)),
    ("nor where one between excludes it",
     ({"low": 100}, {"low": 400}, {"best": 300}), (None, 100, None)),
    ("the best after it is not tried", ({"low": 400}, {"best": 300}, {"best": 500}), (None, 300, None)),
    ("nobody gives one", ({"low": 100}, {"low": 400}), (None, 100, None)),
    ("bounds from two sides", ({"low": 100}, {"high": 500}), (None, 100, None)),
    ("bounds that exclude each other", ({"low": 500}, {"high": 100}), (None, None, None)),
    ("out of order, as given", ({"low": 300, "best": 100, "high": 200},), (100, 300, 200)),
]  # fmt: skip


def ranked(*figures: dict[str, Any], **more: Any) -> list[Claim]:
    """Origins of reliability A, B, C and so on, with these figures."""
    return [origin(x.lower(), x, **figure, **more) for x, figure in zip("ABCDE", figures, strict=False)]


@pytest.mark.parametrize(("figures", "then"), [x[1:] for x in DEFAULT], ids=[x[0] for x in DEFAULT])
def test_the_latest_best_source(figures: Given, then: Bounds) -> None:
    claims = ranked(*figures)
    for order in (claims, claims[::-1]):
        assert bounds(ask(DEFAULT_POLICY, order)) == then
        assert bounds(ask(DEFAULT_POLICY, order, period="2025-01-13")) == then


def test_leading_is_the_origin_of_the_best_else_the_first_in_rank() -> None:
    giving = ask(DEFAULT_POLICY, ranked({"low": 100}, {"best": 300}))
    assert (giving.leading and giving.leading.id, used(giving)) == ("b/1", ["b/1", "a/1"])
    excluded = ask(DEFAULT_POLICY, ranked({"low": 400}, {"best": 300}))
    assert (excluded.leading and excluded.leading.id, used(excluded)) == ("a/1", ["a/1", "b/1"])


def test_2000_of_b_stands_beside_bounds_that_confirm_nothing() -> None:
    claims = [
        origin("b1", "B", 2000),
        origin("b2", "B", low=10, qualifier="at-least"),
        origin("a", "A", low=5, qualifier="more-than"),
    ]
    result = ask(DEFAULT_POLICY, claims)
    assert (bounds(result), result.support.level) == ((2000, 2000, 2000), "single")


# The other policies

A, B, C, D, E = (
    origin(n.lower(), n, best) for n, best in zip("ABCDE", (100, 200, 300, 400, 500), strict=True)
)
F = origin("f", "F", 900)
NONE = origin("ungraded", None, 800)
OPEN = origin("open", "B", low=150)
BELOW = origin("below", "B", high=250)

CASES: list[tuple[str, list[Claim], Bounds]] = [
    ("envelope/1", [A, C], (None, 100, 300)),
    ("envelope/1", [A, OPEN], (None, 100, None)),
    ("envelope/1", [A, BELOW], (None, None, 250)),
    # Weights 100, 80, 60: of 240 the half is reached with b.
    ("weighted-median/1", [A, B, C], (200, 100, 300)),
    # Weights 100 and 80: the lower one holds more than half.
    ("weighted-median/1", [A, B], (100, 100, 200)),
    # Exactly half, by one weight: the lower median.
    ("weighted-median/1", [B, origin("b2", "B", 600)], (200, 200, 600)),
    ("weighted-median/1", [B, F, NONE], (200, 200, 200)),
    ("weighted-median/1", [F, NONE], (800, 800, 900)),
    ("weighted-median/1", [F, NONE, origin("g", "F", 1000)], (900, 800, 1000)),
    # Credibility 4 counts 5 of 10: 60 x 5 against 40 x 10.
    ("weighted-median/1", [origin("c", "C", 300, credibility=4), D], (400, 300, 400)),
    ("weighted-median/1", [origin("c", "C", 300, credibility=6), D], (300, 300, 400)),
    ("weighted-median/1", [OPEN, C], (300, 150, None)),
    ("weighted-median/1", [OPEN], (None, 150, None)),
    ("consensus/1", [A, OPEN], NOTHING),
    ("consensus/1", [origin("wide", "C", low=100, high=400), OPEN, BELOW], (None, 150, 250)),
    ("consensus/1", [OPEN], (None, 150, None)),
    ("consensus/1", [OPEN, BELOW], (None, 150, 250)),
    ("most-conservative/1", [B, C, D], (200, 200, None)),
    ("most-conservative/1", [OPEN, C], (150, 150, None)),
    ("most-conservative/1", [BELOW, C], NOTHING),
    ("most-conservative/1", [D, E], NOTHING),
    ("most-conservative/1", [F, NONE], (800, 800, None)),
]


@pytest.mark.parametrize(("policy", "origins", "then"), CASES)
def test_a_policy_makes_of_origins(policy: str, origins: list[Claim], then: Bounds) -> None:
    assert bounds(ask(policy, origins)) == then


@pytest.mark.parametrize("policy", POLICIES)
def test_without_an_origin_every_policy_says_unknown(policy: str) -> None:
    result = ask(policy, [])
    assert bounds(result) == NOTHING
    assert (result.figure.known, result.used, result.support.level) == (False, (), None)


def test_what_a_policy_cannot_use_is_left_out_with_its_reason() -> None:
    assert left_out(ask("weighted-median/1", [B, F, NONE])) == {
        "f/1": "cannot-be-judged",
        "ungraded/1": "cannot-be-judged",
    }
    assert left_out(ask("most-conservative/1", [B, D, E])) == {"d/1": "doubtful", "e/1": "doubtful"}


def test_a_consensus_of_nothing_is_said_and_never_filled() -> None:
    result = ask("consensus/1", [A, C])
    assert bounds(result) == NOTHING
    assert any(flag.detail.endswith("have nothing in common") for flag in result.flags)
    assert "nothing in common" in result.steps[0]


KILLED = [
    said("nis/1", 600, stated="2025-04-30"),
    said("nis/2", 2000, stated="2025-09-02"),
    said("wire/1", low=600, stated="2025-11-04", period="2025-04", links=("nis/1",)),
]


def test_the_latest_publication_follows_the_reprint_where_ours_does_not() -> None:
    assert bounds(ask(DEFAULT_POLICY, KILLED, "cumulative")) == (2000, 2000, 2000)
    reader = ask("latest-publication/1", KILLED, "cumulative")
    assert (bounds(reader), used(reader)) == ((None, 600, None), ["wire/1"])


def test_the_latest_publication_minds_neither_age_nor_growth() -> None:
    good = said("nis/1", 2000, stated="2025-09-02", reliability="A")
    old = said("us/1", 600, stated="2025-01-13", published="2025-09-03", reliability="E")
    assert bounds(ask(DEFAULT_POLICY, [good, old], "cumulative")) == (2000, 2000, 2000)
    assert bounds(ask("latest-publication/1", [good, old], "cumulative")) == (600, 600, 600)


def test_the_latest_publication_breaks_ties_by_position() -> None:
    one, two = said("a/1", 1, position=1), said("b/1", 2, position=2)
    three = said("b/2", 3, position=2)
    assert bounds(ask("latest-publication/1", [two, one], "cumulative")) == (2, 2, 2)
    assert bounds(ask("latest-publication/1", [three, two, one], "cumulative")) == (3, 3, 3)


def test_the_latest_publication_on_a_proposition_is_its_stance() -> None:
    asserting = said("a/1", measure="proposition", asserts=True)
    denying = said("b/1", measure="proposition", asserts=False, published="2025-02-01")
    result = ask("latest-publication/1", [asserting, denying], "proposition")
    assert (result.verdict, bounds(result)) == ("denied", NOTHING)


@pytest.mark.parametrize("policy", [name for name in POLICIES if name != "latest-publication/1"])
def test_sums_are_of_what_the_policy_makes_of_each_cell(policy: str) -> None:
    january = said("a/1", 10, measure="increment", period="2025-01", reliability="B")
    february = said("a/2", 5, measure="increment", period="2025-02", reliability="B")
    result = ask(policy, [january, february], "increment")
    best = None if policy in ("envelope/1", "consensus/1") else 15
    high = None if policy == "most-conservative/1" else 15
    assert bounds(result) == (best, 15, high)


def test_a_sum_is_unknown_where_a_policy_leaves_one_of_its_cells_unknown() -> None:
    apart = [
        said(f"{name}/1", best, measure="increment", period="2025-01")
        for name, best in (("a", 1), ("b", 9))
    ]
    february = said("a/2", 5, measure="increment", period="2025-02")
    result = ask("consensus/1", [*apart, february], "increment")
    assert (bounds(result), result.figure.known) == ((None, None, None), False)
    assert "unknown-addend" not in codes(result)


def test_the_latest_publication_of_a_sum_is_that_of_each_outermost_cell() -> None:
    words: dict[str, Any] = {"measure": "increment"}
    january = said("a/1", 10, period="2025-01", stated="2025-02-01", reliability="A", **words)
    relay = said("wire/1", 12, period="2025-01", stated="2025-02-09", links=("a/1",), **words)
    week = said("a/2", 99, period="2025-01-06/2025-01-12", stated="2025-02-20", **words)
    february = said("b/1", 5, period="2025-02", stated="2025-03-01", **words)
    result = ask("latest-publication/1", [january, relay, week, february], "increment")
    assert (bounds(result), used(result)) == ((17, 17, 17), ["wire/1", "b/1"])
    assert result.leading is None


numbers = st.integers(0, 9)


@st.composite
def some_origins(draw: st.DrawFn) -> list[Claim]:
    """Origins of any grade with bounds in order, some of them open."""
    made = []
    names = draw(st.lists(st.sampled_from("abcdef"), unique=True, max_size=6))
    for position, name in enumerate(names, start=1):
        low, best, high = sorted(draw(st.tuples(numbers, numbers, numbers)))
        kept = draw(
            st.sampled_from([("best",), ("low",), ("high",), ("low", "high"), ("low", "best", "high")])
        )
        given_ = {n: x for n, x in (("low", low), ("best", best), ("high", high)) if n in kept}
        reliability = draw(st.sampled_from([None, *"ABCDEF"]))
        credibility = draw(st.sampled_from([None, 1, 2, 3, 4, 5, 6]))
        figure: dict[str, Any] = {**given_, "position": position}
        made.append(origin(name, reliability, credibility=credibility, **figure))
    return made


@given(st.sampled_from(list(POLICIES)), some_origins(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_origins_never_matters(policy: str, origins: list[Claim], random: Random) -> None:
    shuffled = random.sample(origins, len(origins))
    one, other = ask(policy, origins), ask(policy, shuffled)
    assert (one.figure, one.used, one.steps, one.flags) == (
        other.figure,
        other.used,
        other.steps,
        other.flags,
    )


@given(st.sampled_from(list(POLICIES)), some_origins())
@settings(deadline=None)
def test_bounds_contain_the_best(policy: str, origins: list[Claim]) -> None:
    best, low, high = bounds(ask(policy, origins))
    assert best is None or low is None or low <= best
    assert best is None or high is None or best <= high


@given(st.sampled_from([DEFAULT_POLICY, "envelope/1", "weighted-median/1"]), some_origins())
@settings(deadline=None)
def test_an_open_bound_stays_open(policy: str, origins: list[Claim]) -> None:
    result = ask(policy, origins)
    opening = result.used[:1] if policy == DEFAULT_POLICY else result.used
    if any(claim.high is None and claim.best is None for claim in opening):
        assert result.figure.high is None
    if any(claim.low is None and claim.best is None for claim in opening):
        assert result.figure.low is None


@given(st.sampled_from([n for n in POLICIES if n != "latest-publication/1"]), some_origins(), numbers)
@settings(deadline=None)
def test_a_relay_never_moves_a_figure(policy: str, origins: list[Claim], best: int) -> None:
    if not origins:
        return
    relay = said("wire/1", best, links=(origins[0].id,), stated="2025-01-14")
    before, after = ask(policy, origins), ask(policy, [*origins, relay])
    assert (before.figure, before.used) == (after.figure, after.used)


@given(some_origins())
@settings(deadline=None)
def test_the_weighted_median_is_that_of_a_list_with_each_best_as_often_as_it_weighs(
    origins: list[Claim],
) -> None:
    tens = {"A": 10, "B": 8, "C": 6, "D": 4, "E": 2}
    counted = [claim for claim in origins if not claim.weak] or origins
    judged = [claim for claim in counted if claim.reliability in tens]
    bests: list[float] = []
    for claim in judged or counted:
        credible = {3: 8, 4: 5, 5: 3}.get(claim.credibility or 0, 10)
        weight = tens[claim.reliability or ""] * credible if judged else 1
        bests += [claim.best] * weight if claim.best is not None else []
    expected = sorted(bests)[(len(bests) - 1) // 2] if bests else None
    assert ask("weighted-median/1", origins).figure.best == expected


@given(some_origins())
@settings(deadline=None)
def test_the_default_policy_worked_out_a_second_time(origins: list[Claim]) -> None:
    firm = [claim for claim in origins if not claim.weak] or origins
    if not firm:
        return
    order = list(ranking(firm))
    giving = [claim for claim in order if claim.best is not None][:1]
    agreed = giving and all(meet(giving[0], before) for before in order[: order.index(giving[0])])
    lead = giving[0] if agreed else order[0]
    ends = [interval_of(lead)]
    for claim in order:
        closed = max(map(abs, hull_of(claim))) < float("inf")
        if claim is not lead and (closed or not meet(claim, lead)):
            ends.append(interval_of(claim))
    lows, highs = [each.low for each in ends], [each.high for each in ends]
    low = None if None in lows else min(x for x in lows if x is not None)
    high = None if None in highs else max(x for x in highs if x is not None)
    result = ask(DEFAULT_POLICY, origins)
    assert bounds(result) == (lead.best if agreed else None, low, high)
    assert result.leading == lead


@given(some_origins())
@settings(deadline=None)
def test_a_consensus_lies_within_every_origin_used(origins: list[Claim]) -> None:
    result = ask("consensus/1", origins)
    for interval in map(interval_of, result.used if result.figure.known else ()):
        low, high = result.figure.low, result.figure.high
        assert interval.low is None or (low is not None and interval.low <= low)
        assert interval.high is None or (high is not None and high <= interval.high)
