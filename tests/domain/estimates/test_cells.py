"""Days: which spans meet, what they cover together, and what they leave between them."""

from collections.abc import Iterable
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.estimates.cells import Span, between, hull, meet, merged, within


@pytest.mark.parametrize(
    ("spans", "then"),
    [
        ([], []),
        ([(1, 5)], [(1, 5)]),
        ([(1, 5), (6, 9)], [(1, 9)]),
        ([(1, 5), (7, 9)], [(1, 5), (7, 9)]),
        ([(7, 9), (1, 5), (4, 6)], [(1, 9)]),
        ([(1, 9), (2, 3)], [(1, 9)]),
        ([(-inf, 3), (4, inf)], [(-inf, inf)]),
    ],
)
def test_days_merge_into_as_few_spans_as_possible(spans: list[Span], then: list[Span]) -> None:
    assert merged(spans) == then


@pytest.mark.parametrize(
    ("spans", "of", "then"),
    [
        ([], (1, 9), [(1, 9)]),
        ([(3, 4)], (1, 9), [(1, 2), (5, 9)]),
        ([(-inf, 4)], (1, 9), [(5, 9)]),
        ([(1, 9)], (1, 9), []),
        ([(20, 30)], (1, 9), [(1, 9)]),
        ([(3, 4)], (-inf, inf), [(-inf, 2), (5, inf)]),
        ([(3, inf)], (1, inf), [(1, 2)]),
        ([(-inf, 2), (5, inf)], (-inf, inf), [(3, 4)]),
    ],
)
def test_the_days_that_nothing_covers(spans: list[Span], of: Span, then: list[Span]) -> None:
    assert list(between(spans, of)) == then


# Against sets of days

MOST = 20
spans = st.tuples(st.integers(1, MOST), st.integers(1, MOST)).map(lambda p: (min(p), max(p)))
some = st.lists(spans, max_size=6)


def days(spans: Iterable[Span]) -> set[int]:
    """The days of some spans, one by one."""
    return {day for first, last in spans for day in range(int(first), int(last) + 1)}


@given(some)
@settings(deadline=None)
def test_merged_spans_have_the_same_days_and_do_not_touch(given_spans: list[Span]) -> None:
    found = merged(given_spans)
    assert days(found) == days(given_spans)
    assert all(one[1] + 1 < other[0] for one, other in pairwise(found))


@given(some, spans)
@settings(deadline=None)
def test_what_is_between_are_the_days_that_none_has(given_spans: list[Span], of: Span) -> None:
    found = list(between(given_spans, of))
    assert days(found) == days([of]) - days(given_spans)
    assert found == merged(found)


@given(spans, spans)
@settings(deadline=None)
def test_spans_meet_and_lie_within_as_their_days_do(one: Span, other: Span) -> None:
    assert meet(one, other) is bool(days([one]) & days([other]))
    assert within(one, other) is (days([one]) <= days([other]))
    first, last = hull([one, other])
    assert {first, last} == {min(days([one, other])), max(days([one, other]))}
