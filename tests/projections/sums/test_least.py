"""The least of what is stored and of what comes and goes is that of all that is there."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from projections.sums.least import Least
from tests.effort import examples

numbers = st.lists(st.integers(0, 4), max_size=3)


@given(st.lists(st.integers(0, 4), max_size=6), st.lists(st.tuples(numbers, numbers)), st.booleans())
@examples(400)
def test_the_least_is_that_of_all_that_is_there(
    stored: list[int], changes: list[tuple[list[int], list[int]]], unread: bool
) -> None:
    there, in_order = Counter(stored), sorted(stored)
    known = None if unread or not stored else in_order[0]
    least = Least(lambda: in_order, known, unread=unread)
    for begun, wished in changes:
        there.update(begun)
        ended = [one for n, one in enumerate(wished) if there[one] > wished[:n].count(one)]
        there.subtract(ended)
        least.change(begun, ended)
        assert least.least == min(there.elements(), default=None)


def test_nothing_is_read_before_the_known_least_ends() -> None:
    def stored() -> list[int]:
        raise AssertionError("read")

    least = Least(stored, 3, unread=False)
    least.change([5, 2], [7])
    assert least.least == 2
