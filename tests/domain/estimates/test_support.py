"""How well an estimate stands: overlaps, contradictions, divergences, the level that follows."""

from collections.abc import Sequence
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.estimates.claims import Claim
from domain.estimates.figures import below, disjoint_pairs, meet
from domain.estimates.flags import disagreements
from domain.estimates.support import Level, contradictions, support, weakest
from domain.vocabulary import Measure
from tests.histories import said


def figures(*bodies: dict[str, Any], **common: Any) -> list[Claim]:
    """Claims of as many originators, a, b, c and so on."""
    return [said(f"{x}/1", **(common | body)) for x, body in zip("abcdef", bodies, strict=False)]


def stances(*asserts: bool, **common: Any) -> list[Claim]:
    """Assertions and denials of as many originators."""
    return figures(*({"asserts": each} for each in asserts), measure="proposition", **common)


ABOUT = {"best": 100, "qualifier": "about"}
MEETING: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"best": 100}, {"best": 100}, True),
    ({"best": 100}, {"best": 101}, False),
    ({"low": 50, "high": 100}, {"low": 100, "high": 200}, True),
    ({"low": 50, "high": 99}, {"low": 100, "high": 200}, False),
    ({"low": 100}, {"best": 5000}, True),
    ({"low": 100}, {"best": 99}, False),
    ({"high": 100}, {"low": 100}, True),
    ({"high": 99}, {"low": 100}, False),
    ({"low": 100}, {"low": 5000}, True),
    (ABOUT, {"best": 110}, True),
    (ABOUT, {"best": 111}, False),
    (ABOUT, {"best": 90}, True),
    (ABOUT, {"best": 89}, False),
    ({"best": 100, "qualifier": "nearly"}, {"best": 109}, True),
    (ABOUT, {"best": 120, "qualifier": "about"}, True),
    (ABOUT, {"best": 123, "qualifier": "about"}, False),
    ({"best": 0, "qualifier": "about"}, {"best": 1}, False),
    ({"best": -100, "qualifier": "about"}, {"best": -109}, True),
]


@pytest.mark.parametrize(("one", "other", "then"), MEETING)
def test_claims_overlap_where_they_have_a_point_in_common(
    one: dict[str, Any], other: dict[str, Any], then: bool
) -> None:
    a, b = figures(one, other)
    assert meet(a, b) is meet(b, a) is then
    assert (below(a, b) or below(b, a)) is not then


# Contradictions and divergences

EARLY, LATE = {"best": 300, "stated": "2025-01-13"}, {"best": 1000, "stated": "2025-01-13"}
PAIRS: list[tuple[str, Measure, dict[str, Any], dict[str, Any], str | None]] = [
    ("the same day", "cumulative", EARLY, LATE, "contradiction"),
    ("three days", "cumulative", EARLY, LATE | {"stated": "2025-01-16"}, "contradiction"),
    ("four days", "cumulative", EARLY, LATE | {"stated": "2025-01-17"}, "divergence"),
    ("four days", "stock", EARLY, LATE | {"stated": "2025-01-17"}, None),
    ("three days", "stock", EARLY, LATE | {"stated": "2025-01-16"}, "contradiction"),
    (
        "days are counted between dates",
        "cumulative",
        EARLY | {"stated": "2025-01-13T00:00:00Z"},
        LATE | {"stated": "2025-01-16T23:59:00Z"},
        "contradiction",
    ),
    (
        "also where it is less than that many hours",
        "cumulative",
        EARLY | {"stated": "2025-01-13T23:59:00Z"},
        LATE | {"stated": "2025-01-17T00:01:00Z"},
        "divergence",
    ),
    ("a total that shrank", "cumulative", LATE, EARLY | {"stated": "2025-04-30"}, "contradiction"),
    ("a level that shrank", "stock", LATE, EARLY | {"stated": "2025-04-30"}, None),
    ("overlapping", "cumulative", {"low": 300}, LATE | {"stated": "2025-04-30"}, None),
    (
        "the same cell, stated months apart",
        "cumulative",
        EARLY | {"period": "2025-12"},
        LATE | {"period": "2025-12", "stated": "2025-06-01"},
        "contradiction",
    ),
    (
        "the same cell, stated months apart",
        "stock",
        EARLY | {"period": "2025"},
        LATE | {"period": "2025", "stated": "2025-06-01"},
        "contradiction",
    ),
    ("the same cell", "increment", EARLY, LATE, "contradiction"),
    ("the next cell", "increment", EARLY, LATE | {"period": "2025-01-12"}, None),
    (
        "seed: casualties 4,700 and more than 6,000",
        "cumulative",
        {"best": 4700, "stated": "2025-04-30"},
        {"low": 6000, "qualifier": "more-than", "stated": "2025-06-15"},
        "divergence",
    ),
    (
        "seed: killed, NIS 300 and Western officials 1,000",
        "cumulative",
        {"best": 300, "qualifier": "about", "stated": "2025-01-13"},
        {"best": 1000, "qualifier": "about", "period": "2025-01-15~", "stated": "2025-01-22"},
        "contradiction",
    ),
]


@pytest.mark.parametrize(
    ("measure", "one", "other", "flag"), [x[1:] for x in PAIRS], ids=[f"{x[1]}: {x[0]}" for x in PAIRS]
)
def test_what_disagrees_and_how(
    measure: Measure, one: dict[str, Any], other: dict[str, Any], flag: str | None
) -> None:
    pair = figures(one, other, measure=measure)
    expected = [(flag, ["a/1", "b/1"])] if flag else []
    for order in permutations(pair):
        found = disagreements(measure, order)
        assert [(each.code, sorted(each.claims)) for each in found] == expected
    level: Level = "contested" if flag == "contradiction" else support(measure, pair).level or "strong"
    assert support(measure, pair).level == level


def test_an_originator_never_contradicts_itself() -> None:
    words = [said("nis/1", 300), said("nis/2", 600)]
    assert contradictions("cumulative", words) == []
    assert disagreements("cumulative", words) == []


def test_propositions_contradict_each_other_where_they_are_about_the_same_days() -> None:
    same = stances(True, False)
    assert [flag.code for flag in disagreements("proposition", same)] == ["contradiction"]
    years_apart = [
        *stances(True),
        said("b/1", asserts=False, measure="proposition", stated="2020-01-01"),
    ]
    assert disagreements("proposition", years_apart) == []


# Levels

GOOD, POOR = {"reliability": "B"}, {"reliability": "C"}
LEVELS: list[tuple[str, Sequence[Claim], Level | None]] = [
    ("nobody", [], None),
    ("one", figures({"best": 300}), "single"),
    ("two that overlap", figures({"best": 300}, {"low": 100}), "corroborated"),
    ("two that do not, at other times", figures(EARLY, LATE | {"stated": "2025-06-01"}), "single"),
    ("two that contradict", figures(EARLY, LATE), "contested"),
    ("three good that overlap", figures(*[{"best": 300} | GOOD] * 3), "strong"),
    ("A counts as B", figures(*[{"best": 300, "reliability": x} for x in "ABA"]), "strong"),
    (
        "two good and one poor",
        figures(*[{"best": 300} | GOOD] * 2, {"best": 300} | POOR),
        "corroborated",
    ),
    ("three poor", figures(*[{"best": 300} | POOR] * 3), "corroborated"),
    ("three not judged", figures(*[{"best": 300, "reliability": "F"}] * 3), "corroborated"),
    (
        "three good of which only two overlap",
        figures(
            *[{"best": 300, "stated": "2025-01-01"} | GOOD] * 2,
            {"best": 900, "stated": "2025-06-01"} | GOOD,
        ),
        "corroborated",
    ),
    (
        "three good that overlap beside one that does not",
        figures(
            *[{"best": 300, "stated": "2025-01-01"} | GOOD] * 3,
            {"best": 900, "stated": "2025-06-01"} | GOOD,
        ),
        "strong",
    ),
    (
        "a contradiction among three good",
        figures(*[{"best": 300} | GOOD] * 3, {"best": 900} | POOR),
        "contested",
    ),
    (
        "pairs that overlap in a row have no one point",
        figures(
            {"low": 0, "high": 10, "stated": "2025-01-01"} | GOOD,
            {"low": 10, "high": 20, "stated": "2025-01-10"} | GOOD,
            {"low": 20, "high": 30, "stated": "2025-01-20"} | GOOD,
        ),
        "corroborated",
    ),
    ("open intervals overlap", figures(*[{"high": n} | GOOD for n in (5, 6, 7)]), "strong"),
    (
        "about 600 and 650",
        figures({"best": 600, "qualifier": "about"}, {"best": 650}),
        "corroborated",
    ),
    ("nothing but weak", figures(*[{"best": 300, "basis": "relay"}] * 3), "single"),
    ("one assertion", stances(True), "single"),
    ("two assertions", stances(True, True), "corroborated"),
    ("two denials", stances(False, False), "corroborated"),
    ("three good assertions", stances(True, True, True, **GOOD), "strong"),
    ("assertion and denial", stances(True, False), "contested"),
]


@pytest.mark.parametrize(("claims", "level"), [x[1:] for x in LEVELS], ids=[x[0] for x in LEVELS])
def test_the_level_of_support(claims: Sequence[Claim], level: Level | None) -> None:
    measure: Measure = "proposition" if claims and claims[0].asserts is not None else "cumulative"
    for order in permutations(claims):
        found = support(measure, order)
        assert (found.level, bool(found.reasons)) == (level, True)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ([], "no origin"),
        (figures({"best": 300}), "one independent origin: a"),
        (figures({"best": 300}, {"low": 100}), "a and b overlap"),
        (figures(EARLY, LATE), "a/1 and b/1 contradict"),
        (figures(EARLY, LATE | {"stated": "2025-06-01"}), "2 origins, no two of which overlap"),
        (figures(*[{"best": 300} | GOOD] * 3), "a and b and c overlap, each graded A or B"),
        (
            figures({"best": 300, "basis": "relay"}),
            "nothing but relays without a link, which never corroborate",
        ),
    ],
)
def test_the_level_comes_with_its_reason(claims: Sequence[Claim], reason: str) -> None:
    assert support("cumulative", claims).reasons == (reason,)


def test_a_sum_stands_as_well_as_the_weakest_of_its_cells() -> None:
    strong = support("increment", figures(*[{"best": 3} | GOOD] * 3))
    corroborated = support("increment", figures({"best": 3}, {"best": 3}))
    single = support("increment", figures({"best": 3}))
    contested = support("increment", figures({"best": 3}, {"best": 4}))
    ladder = [contested, single, corroborated, strong]
    for weaker, stronger in combinations(ladder, 2):
        assert weakest([stronger, weaker]) == weakest([weaker, stronger]) == weaker
    assert weakest([]).level is None


bodies = st.fixed_dictionaries(
    {
        "best": st.integers(0, 20),
        "low": st.one_of(st.none(), st.integers(0, 20)),
        "qualifier": st.sampled_from(["exact", "about", "at-least", "up-to"]),
        "reliability": st.sampled_from([None, *"ABCDEF"]),
        "stated": st.sampled_from(["2025-01-01", "2025-01-03", "2025-06-01"]),
    }
)


@given(st.lists(bodies, min_size=1, max_size=6), st.sampled_from(["stock", "cumulative"]))
def test_the_level_is_that_of_the_largest_group_with_a_point_in_common(
    given_bodies: list[dict[str, Any]], measure: Measure
) -> None:
    claims = figures(*given_bodies)
    good = [claim for claim in claims if claim.reliability in ("A", "B")]
    if contradictions(measure, claims):
        expected = "contested"
    elif any(_all_meet(three) for three in combinations(good, 3)):
        expected = "strong"
    else:
        expected = (
            "corroborated" if any(_all_meet(two) for two in combinations(claims, 2)) else "single"
        )
    assert support(measure, claims).level == expected


@given(st.lists(bodies, max_size=6))
def test_those_that_lie_apart_are_those_that_do_not_meet(given_bodies: list[dict[str, Any]]) -> None:
    claims = figures(*given_bodies)
    assert disjoint_pairs(claims) == [pair for pair in combinations(claims, 2) if not meet(*pair)]
    both = stances(True, False, True)
    assert disjoint_pairs(both) == [pair for pair in combinations(both, 2) if not meet(*pair)]


def _all_meet(claims: Sequence[Claim]) -> bool:
    """Intervals of which every two meet have a point in common, all of them (Helly)."""
    return all(meet(one, other) for one, other in combinations(claims, 2))
