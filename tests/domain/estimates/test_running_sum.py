"""A running sum is at any time the sum of the figures that are there."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from domain.estimates.cell_figures import added
from domain.estimates.figures import UNKNOWN, Figure
from domain.estimates.running_sum import RunningSum

bounds = st.one_of(st.none(), st.sampled_from((0, 1, 0.1, 0.2, 2.0, -3, 1e300, 2**60)))
figures = st.one_of(st.just(UNKNOWN), st.builds(Figure, bounds, bounds, bounds))


@given(st.lists(figures, max_size=12), st.randoms())
def test_figures_come_and_go(given_: list[Figure], random: Random) -> None:
    running, there = RunningSum(), list[Figure]()
    for figure in given_:
        running.add(figure)
        there.append(figure)
        if random.random() < 0.4:
            running.add(there.pop(random.randrange(len(there))), -1)
        assert running.figure == added(there)
