"""One figure as a share of another: exact as written, absent where no reader could keep it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arithmetic import share
from domain.vocabulary import LARGEST

numbers = st.integers(-LARGEST, LARGEST) | st.floats(-LARGEST, LARGEST)


@pytest.mark.parametrize(
    ("part", "whole", "found"),
    [
        (1, 4, 0.25),
        (0.3, 0.1, 3.0),
        (-1, 3, -1 / 3),
        (0, 5, 0.0),
        (5, 0, None),
        (LARGEST, 1, float(LARGEST)),
        (LARGEST, 0.5, None),
        (-LARGEST, 5e-324, None),
        (5e-324, LARGEST, 0.0),
        (5e-324, 5e-324, 1.0),
    ],
)
def test_shares(part: float, whole: float, found: float | None) -> None:
    assert share(part, whole) == found


@given(numbers, numbers)
def test_a_share_is_a_number_that_readers_keep(part: float, whole: float) -> None:
    found = share(part, whole)
    assert found is None or (math.isfinite(found) and abs(found) <= LARGEST + 1)
