"""Sums and differences of figures, as a reader of the decimal figures would work them out."""

from fractions import Fraction
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arithmetic import difference, total

figures = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**17), 10**17)


@pytest.mark.parametrize(
    ("values", "then"),
    [
        ([], 0),
        ([5], 5),
        ([0.1, 0.2], 0.3),
        ([0.1] * 10, 1),
        ([1000, 5000], 6000),
        ([1e16, 1.0, -1e16], 1),
        ([2.0**53, 1.0, 1.0], 2.0**53 + 2),
        ([1e308, 1e-308, -1e308], 1e-308),
        ([1e308, 1e308], inf),
        ([-1e308, -1e308], -inf),
    ],
)
def test_a_total(values: list[float], then: float) -> None:
    assert total(values) == then


@pytest.mark.parametrize(
    ("value", "less", "then"),
    [(2000, 100, 1900), (4024.2, 4000, 24.2), (0.3, 0.1, 0.2), (-9, -4, -5), (0.0, 0.0, 0)],
)
def test_a_difference(value: float, less: float, then: float) -> None:
    assert difference(value, less) == then


@given(st.lists(figures))
def test_a_total_is_the_exact_sum_of_the_figures_as_they_are_written(values: list[float]) -> None:
    exact = sum((Fraction(repr(value)) for value in values), Fraction())
    try:
        assert total(values) == float(exact)
    except OverflowError:
        assert total(values) == (inf if exact > 0 else -inf)


@given(st.lists(figures))
def test_the_order_does_not_matter(values: list[float]) -> None:
    assert total(values) == total(sorted(values))
