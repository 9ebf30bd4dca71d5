"""Estimate policies as specifications: given origins, when a policy is asked, then this figure."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.estimates.claims import Claim
from domain.estimates.estimate import Estimate, Question
from domain.estimates.estimation import estimate
from domain.estimates.policies import POLICIES
from domain.vocabulary import Measure
from tests.histories import said

UNKNOWN = (None, None, None)
Figures = tuple[float | None, float | None, float | None]


def ask(policy: str, claims: list[Claim], measure: Measure = "cumulative", **asked: Any) -> Estimate:
    """What a policy makes of claims."""
    known = {claim.id: claim for claim in claims}
    return estimate(Question(measure, policy, 90, **asked), claims, known.get)


def figures(result: Estimate) -> Figures:
    """Best, low and high."""
    return result.figure.best, result.figure.low, result.figure.high


def origin(name: str, reliability: str | None, best: float | None = None, **more: Any) -> Claim:
    """One origin of a reliability."""
    return said(f"{name}/1", best, reliability=reliability, **more)


A, B, C, D, E = (
    origin(n.lower(), n, best) for n, best in zip("ABCDE", (100, 200, 300, 400, 500), strict=True)
)
F = origin("f", "F", 900)
NONE = origin("ungraded", None, 800)
OPEN = origin("open", "B", low=150)
BELOW = origin("below", "B", high=250)

CASES: list[tuple[str, list[Claim], Figures]] = [
    ("latest-best-source/2", [C, B, D], (200, 200, 400)),
    ("latest-best-source/2", [OPEN, C], (None, 150, None)),
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
    # Credibility 5 counts 3 of 10: 60 x 3 against 40 x 10.
    ("weighted-median/1", [origin("c", "C", 300, credibility=5), D], (400, 300, 400)),
    ("weighted-median/1", [origin("c", "C", 300, credibility=6), D], (300, 300, 400)),
    ("weighted-median/1", [OPEN, C], (300, 150, None)),
    ("weighted-median/1", [OPEN], (None, 150, None)),
    ("consensus/1", [A, OPEN], UNKNOWN),
    ("consensus/1", [origin("wide", "C", low=100, high=400), OPEN, BELOW], (None, 150, 250)),
    ("consensus/1", [OPEN], (None, 150, None)),
    ("consensus/1", [OPEN, BELOW], (None, 150, 250)),
    ("most-conservative/1", [B, C, D], (200, 200, None)),
    ("most-conservative/1", [OPEN, C], (150, 150, None)),
    ("most-conservative/1", [BELOW, C], UNKNOWN),
    ("most-conservative/1", [D, E], UNKNOWN),
    ("most-conservative/1", [F, NONE], (800, 800, None)),
]


@pytest.mark.parametrize(("policy", "origins", "then"), CASES)
def test_a_policy_makes_of_origins(policy: str, origins: list[Claim], then: Figures) -> None:
    assert figures(ask(policy, origins)) == then


@pytest.mark.parametrize("policy", POLICIES)
def test_without_an_origin_every_policy_says_unknown(policy: str) -> None:
    result = ask(policy, [])
    assert figures(result) == UNKNOWN
    assert (result.figure.known, result.used, result.support.level) == (False, (), None)


def left_out(result: Estimate) -> dict[str, str]:
    """The claims left out, each with its reason."""
    return {each.claim.id: each.reason for each in result.excluded}


def test_what_a_policy_cannot_use_is_left_out_with_its_reason() -> None:
    assert left_out(ask("weighted-median/1", [B, F, NONE])) == {
        "f/1": "cannot-be-judged",
        "ungraded/1": "cannot-be-judged",
    }
    assert left_out(ask("most-conservative/1", [B, D, E])) == {"d/1": "doubtful", "e/1": "doubtful"}


def test_a_consensus_of_nothing_is_said_and_never_filled() -> None:
    result = ask("consensus/1", [A, C])
    assert figures(result) == UNKNOWN
    assert any(flag.detail.endswith("have nothing in common") for flag in result.flags)
    assert "nothing in common" in result.steps[0]


STALE = said("wire/1", low=600, stated="2025-11-04", period="2025-04", links=("nis/1",))
CHAIN = [
    said("nis/1", 600, stated="2025-04-30"),
    said("nis/2", 2000, stated="2025-09-02"),
    STALE,
]


def test_the_latest_publication_follows_the_reprint_where_ours_does_not() -> None:
    assert figures(ask("latest-best-source/2", CHAIN)) == (2000, 2000, 2000)
    reader = ask("latest-publication/1", CHAIN)
    assert figures(reader) == (None, 600, None)
    assert [claim.id for claim in reader.used] == ["wire/1"]


def test_the_latest_publication_breaks_ties_by_position() -> None:
    one = said("a/1", 1, position=1)
    two = said("b/1", 2, position=2)
    assert figures(ask("latest-publication/1", [two, one])) == (2, 2, 2)


def test_the_latest_publication_on_a_proposition_is_its_stance() -> None:
    asserting = said("a/1", measure="proposition", asserts=True)
    denying = said("b/1", measure="proposition", asserts=False, published="2025-02-01")
    result = ask("latest-publication/1", [asserting, denying], "proposition")
    assert (result.verdict, figures(result)) == ("denied", UNKNOWN)


@pytest.mark.parametrize("policy", [name for name in POLICIES if name != "latest-publication/1"])
def test_sums_are_of_what_the_policy_makes_of_each_cell(policy: str) -> None:
    january = said("a/1", 10, measure="increment", period="2025-01", reliability="B")
    february = said("a/2", 5, measure="increment", period="2025-02", reliability="B")
    result = ask(policy, [january, february], "increment")
    best = None if policy in ("envelope/1", "consensus/1") else 15
    high = None if policy == "most-conservative/1" else 15
    assert figures(result) == (best, 15, high)


def test_a_cell_without_an_answer_makes_the_sum_unknown() -> None:
    apart = [
        said(f"{name}/1", best, measure="increment", period="2025-01")
        for name, best in (("a", 1), ("b", 9))
    ]
    february = said("a/2", 5, measure="increment", period="2025-02")
    result = ask("consensus/1", [*apart, february], "increment")
    assert (figures(result), result.figure.known) == (UNKNOWN, False)


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
def test_bounds_contain_the_best(policy: str, origins: list[Claim]) -> None:
    best, low, high = figures(ask(policy, origins))
    assert best is None or low is None or low <= best
    assert best is None or high is None or best <= high


@given(st.sampled_from(["latest-best-source/2", "envelope/1", "weighted-median/1"]), some_origins())
def test_an_open_bound_stays_open(policy: str, origins: list[Claim]) -> None:
    result = ask(policy, origins)
    if any(claim.high is None and claim.best is None for claim in result.used):
        assert result.figure.high is None
    if any(claim.low is None and claim.best is None for claim in result.used):
        assert result.figure.low is None


@given(st.sampled_from([n for n in POLICIES if n != "latest-publication/1"]), some_origins(), numbers)
def test_a_relay_never_moves_a_figure(policy: str, origins: list[Claim], best: int) -> None:
    if not origins:
        return
    relay = said("wire/1", best, links=(origins[0].id,), stated="2025-01-14")
    before, after = ask(policy, origins), ask(policy, [*origins, relay])
    assert (before.figure, before.used) == (after.figure, after.used)


@given(some_origins())
def test_the_weighted_median_is_that_of_a_list_with_each_best_as_often_as_it_weighs(
    origins: list[Claim],
) -> None:
    tens = {"A": 10, "B": 8, "C": 6, "D": 4, "E": 2}
    judged = [claim for claim in origins if claim.reliability in tens]
    bests: list[float] = []
    for claim in judged or origins:
        credible = {3: 8, 4: 5, 5: 3}.get(claim.credibility or 0, 10)
        weight = tens[claim.reliability or ""] * credible if judged else 1
        bests += [claim.best] * weight if claim.best is not None else []
    expected = sorted(bests)[(len(bests) - 1) // 2] if bests else None
    assert ask("weighted-median/1", origins).figure.best == expected
