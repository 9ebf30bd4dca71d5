"""The interval of a claim, and what two claims have in common."""

from itertools import combinations
from math import inf
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.estimates.figures import (
    Interval,
    below,
    compared,
    disjoint_pairs,
    hull_of,
    interval_of,
    meet,
    only_number,
    sum_or_open,
)
from domain.vocabulary import Qualifier
from tests.domain.estimates.asking import stance
from tests.histories import said


@pytest.mark.parametrize(
    ("figure", "low", "high"),
    [
        ({"best": 300}, 300, 300),
        ({"best": 300, "qualifier": "about"}, 300, 300),
        ({"best": 300, "qualifier": "nearly"}, 300, 300),
        ({"low": 100, "best": 300, "high": 600}, 100, 600),
        ({"low": 1000, "high": 3000}, 1000, 3000),
        ({"low": 100, "best": 300}, 100, 300),
        ({"best": 300, "high": 600}, 300, 600),
        ({"low": 100}, 100, None),
        ({"low": 100, "qualifier": "about"}, 100, None),
        ({"best": 100, "qualifier": "at-least"}, 100, None),
        ({"best": 100, "qualifier": "more-than"}, 100, None),
        ({"low": 50, "best": 100, "qualifier": "more-than"}, 50, None),
        ({"best": 100, "high": 200, "qualifier": "at-least"}, 100, 200),
        ({"high": 5000}, None, 5000),
        ({"best": 5000, "qualifier": "up-to"}, None, 5000),
        ({"best": 5000, "qualifier": "at-most"}, None, 5000),
        ({"best": 5000, "qualifier": "less-than"}, None, 5000),
        ({"low": 10, "best": 5000, "qualifier": "up-to"}, 10, 5000),
        ({"best": 0}, 0, 0),
        ({"low": 0}, 0, None),
        ({"high": 0}, None, 0),
        ({"best": 0, "qualifier": "at-least"}, 0, None),
        ({"low": 300, "best": 100, "high": 200}, 300, 200),
        ({"low": 300, "high": 100}, 300, 100),
    ],
)
def test_the_interval_of_a_claim(figure: dict[str, Any], low: float | None, high: float | None) -> None:
    assert interval_of(said("nis/1", **figure)) == Interval(low, high)


@pytest.mark.parametrize(
    ("figure", "then"),
    [
        ({"low": 100, "best": 300, "high": 600}, (100, 600)),
        ({"low": 300, "best": 100, "high": 200}, (100, 300)),
        ({"low": 300, "high": 100}, (100, 300)),
        ({"best": 300, "high": 200}, (200, 300)),
        ({"low": 100}, (100, inf)),
        ({"low": 400, "best": 300, "qualifier": "at-least"}, (300, inf)),
    ],
)
def test_where_bounds_are_out_of_order_the_hull_of_what_was_given_is_compared(
    figure: dict[str, Any], then: tuple[float, float]
) -> None:
    claim = said("nis/1", **figure)
    assert hull_of(claim) == compared(claim) == then


@pytest.mark.parametrize("qualifier", sorted({*get_args(Qualifier)} - {"unknown"}))
def test_about_and_nearly_are_widened_by_a_tenth_for_comparison(qualifier: Qualifier) -> None:
    claim = said("nis/1", low=-100, best=500, high=1000, qualifier=qualifier)
    loose = qualifier in ("about", "nearly")
    assert compared(claim) == ((-110, 1100) if loose else (-100, 1000))
    assert hull_of(claim) == (-100, 1000)


@pytest.mark.parametrize(
    ("figure", "then"),
    [
        ({"best": 300}, 300),
        ({"low": 100, "best": 300}, 300),
        ({"low": 100}, 100),
        ({"high": 600}, 600),
        ({"low": 100, "high": 600}, None),
        ({"best": 0}, 0),
    ],
)
def test_the_number_that_a_claim_gives(figure: dict[str, Any], then: float | None) -> None:
    assert only_number(said("nis/1", **figure)) == then


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
def test_claims_meet_where_they_have_a_point_in_common(
    one: dict[str, Any], other: dict[str, Any], then: bool
) -> None:
    a, b = said("a/1", **one), said("b/1", **other)
    assert meet(a, b) is meet(b, a) is then
    assert (below(a, b) or below(b, a)) is not then


@pytest.mark.parametrize(
    ("bounds", "then"),
    [
        ([], 0),
        ([3, 4], 7),
        ([3, None], None),
        ([0, 5], 5),
        ([0.1, 0.2], 0.3),
        ([0.1] * 10, 1),
        ([2**53 - 1, -0.5], 2**53 - 1.5),
    ],
)
def test_a_sum_is_decimal_and_open_where_any_of_it_is(
    bounds: list[float | None], then: float | None
) -> None:
    assert sum_or_open(bounds) == then


bodies = st.fixed_dictionaries(
    {
        "best": st.integers(0, 20),
        "low": st.one_of(st.none(), st.integers(0, 20)),
        "qualifier": st.sampled_from(["exact", "about", "at-least", "up-to"]),
    }
)


@given(st.lists(bodies, max_size=6))
@settings(deadline=None)
def test_those_that_lie_apart_are_those_that_do_not_meet(given_bodies: list[dict[str, Any]]) -> None:
    claims = [said(f"s{n}/1", **body) for n, body in enumerate(given_bodies)]
    assert disjoint_pairs(claims) == [pair for pair in combinations(claims, 2) if not meet(*pair)]
    stances = [stance(f"s{n}/1", asserts) for n, asserts in enumerate((True, False, True))]
    assert disjoint_pairs(stances) == [pair for pair in combinations(stances, 2) if not meet(*pair)]
