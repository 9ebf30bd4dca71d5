"""Steps of a total and running totals, by examples and against a naive second implementation."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.estimates.claims import Cell
from domain.estimates.derived import CellFigure, running_totals, steps
from domain.estimates.figures import UNKNOWN, Figure

Bounds = tuple[float | None, float | None, float | None]
"""Low, best and high."""


def exactly(value: float) -> Figure:
    return Figure(value, value, value)


def bounds(figure: Figure) -> Bounds | None:
    """Low, best and high; None where nothing is known."""
    return (figure.low, figure.best, figure.high) if figure.known else None


def total(day: int, figure: Figure) -> CellFigure:
    """A total for everything up to a day."""
    return CellFigure((None, day), figure)


AT_LEAST_100 = Figure(None, 100, None)
STEPS: dict[str, tuple[list[CellFigure], int | None, list[tuple[Cell, Bounds | None]]]] = {
    "nothing": ([], None, []),
    "the first has nothing before it": ([total(5, exactly(300))], None, []),
    "unless it is known from which day it counts": (
        [total(5, exactly(300))],
        2,
        [((2, 5), (300, 300, 300))],
    ),
    "a day that is later tells nothing": ([total(5, exactly(300))], 6, []),
    "each begins the day after the one before": (
        [total(9, exactly(600)), total(5, exactly(300)), total(7, exactly(450))],
        None,
        [((6, 7), (150, 150, 150)), ((8, 9), (150, 150, 150))],
    ),
    "it may be negative": (
        [total(5, exactly(300)), total(6, exactly(280))],
        None,
        [((6, 6), (-20, -20, -20))],
    ),
    "it lies between the ends": (
        [total(5, Figure(300, 250, 400)), total(6, Figure(600, 500, 700))],
        None,
        [((6, 6), (100, 300, 450))],
    ),
    "open below where the one before is open above": (
        [total(5, AT_LEAST_100), total(6, exactly(300))],
        None,
        [((6, 6), (None, None, 200))],
    ),
    "open above where it is": (
        [total(5, exactly(40)), total(6, AT_LEAST_100)],
        None,
        [((6, 6), (60, None, None))],
    ),
    "a cell without a figure is passed over": (
        [total(5, exactly(300)), total(6, UNKNOWN), total(8, exactly(310))],
        None,
        [((6, 8), (10, 10, 10))],
    ),
    "so are cells with a stated start and with an open end": (
        [total(5, exactly(300)), CellFigure((5, 6), exactly(7)), CellFigure((None, None), exactly(9))],
        None,
        [],
    ),
    "decimal": (
        [total(5, exactly(0.1)), total(6, exactly(0.3))],
        None,
        [((6, 6), (0.2, 0.2, 0.2))],
    ),
}


@pytest.mark.parametrize("case", STEPS)
def test_the_steps_of_a_total(case: str) -> None:
    cells, since, then = STEPS[case]
    assert [((each.first, each.last), bounds(each.figure)) for each in steps(cells, since)] == then


def cell(first: int, last: int, figure: Figure | float) -> CellFigure:
    return CellFigure((first, last), figure if isinstance(figure, Figure) else exactly(figure))


def incident(first: int, last: int, figure: Figure | float) -> CellFigure:
    return cell(first, last, figure)._replace(incident=True)


TOTALS: dict[str, tuple[list[CellFigure], list[tuple[int, Bounds | None]]]] = {
    "nothing": ([], []),
    "one after another": (
        [cell(4, 6, 20), cell(1, 3, 10), cell(7, 9, 30)],
        [(3, (10, 10, 10)), (6, (30, 30, 30)), (9, (60, 60, 60))],
    ),
    "of nested cells the outermost": (
        [cell(1, 9, 60), cell(1, 3, 10), cell(4, 6, 20), cell(10, 12, 5)],
        [(9, (60, 60, 60)), (12, (65, 65, 65))],
    ),
    "past a gap": (
        [cell(1, 3, 10), cell(5, 6, 20), cell(7, 9, 30)],
        [(3, (10, 10, 10)), (6, (30, None, None)), (9, (60, None, None))],
    ),
    "past a cell without a figure": (
        [cell(1, 3, 10), cell(4, 6, UNKNOWN), cell(7, 9, 30)],
        [(3, (10, 10, 10)), (6, (10, None, None)), (9, (40, None, None))],
    ),
    "cells that overlap": (
        [cell(1, 5, 10), cell(4, 6, 20), cell(7, 9, 30)],
        [(5, (10, 10, 10)), (6, None), (9, None)],
    ),
    "a missing bound stays missing": (
        [cell(1, 3, AT_LEAST_100), cell(4, 6, 20)],
        [(3, (100, None, None)), (6, (120, None, None))],
    ),
    "an incident counts at the end of its period": (
        [cell(1, 3, 10), cell(4, 6, 20), incident(3, 4, 5)],
        [(3, (10, 10, 10)), (4, (15, 15, 15)), (6, (35, 35, 35))],
    ),
    "unless a cell holds it": (
        [cell(1, 3, 10), incident(2, 3, 5), incident(1, 3, 6)],
        [(3, (10, 10, 10))],
    ),
    "it fills no gap": (
        [cell(1, 3, 10), incident(4, 4, 5), cell(5, 6, 20)],
        [(3, (10, 10, 10)), (4, (15, 15, 15)), (6, (35, None, None))],
    ),
    "what ends on one day is one row": (
        [incident(2, 2, 5), incident(1, 2, 7)],
        [(2, (12, 12, 12))],
    ),
    "a cell with an open end is left out": (
        [CellFigure((1, None), exactly(99)), cell(1, 3, 10)],
        [(3, (10, 10, 10))],
    ),
}


@pytest.mark.parametrize("case", TOTALS)
def test_running_totals(case: str) -> None:
    cells, then = TOTALS[case]
    assert [(each.last, bounds(each.figure)) for each in running_totals(cells)] == then
    assert len({each.first for each in running_totals(cells)}) <= 1


def test_what_is_unknown_is_at_least_the_minimum() -> None:
    cells = [cell(1, 3, 10), cell(5, 6, UNKNOWN)]
    assert bounds(running_totals(cells, -4)[-1].figure) == (2, None, None)
    assert bounds(running_totals(cells, None)[-1].figure) == (None, None, None)


def test_a_total_counts_from_the_first_day_of_the_first_cell() -> None:
    assert [each.first for each in running_totals([cell(4, 6, 20), incident(2, 7, 1)])] == [2, 2]
    [row] = running_totals([CellFigure((None, 6), exactly(20))])
    assert (row.first, row.last) == (None, 6)


# A second implementation, naive: every row from all cells, in fractions

numbers = st.sampled_from([0, 0.1, 0.2, 5, 7])
figures = st.one_of(
    st.just(UNKNOWN),
    numbers.map(exactly),
    st.builds(Figure, st.none() | numbers, st.none() | numbers, st.none() | numbers),
)
days = st.integers(1, 12)
totals = st.dictionaries(days, figures, max_size=6)
spans = st.tuples(days, st.integers(0, 5)).map(lambda each: (each[0], each[0] + each[1]))
increments = st.tuples(
    st.dictionaries(spans, figures, max_size=6), st.lists(st.tuples(spans, figures), max_size=3)
)


def fraction(value: float | None) -> Fraction | None:
    return None if value is None else Fraction(repr(value))


def same(found: Bounds | None, exact: list[Fraction | None] | None) -> bool:
    """Whether decimal figures are these fractions."""
    if found is None or exact is None:
        return found is None and exact is None
    return [fraction(value) for value in found] == exact


@given(totals, st.none() | days)
def test_steps_are_what_comparing_each_cut_off_with_the_one_before_gives(
    figures: dict[int, Figure], since: int | None
) -> None:
    known = {day: figure for day, figure in figures.items() if figure.known}
    found = steps([total(day, figure) for day, figure in figures.items()], since)
    expected = list[tuple[int, int]]()
    for day in sorted(known):
        earlier = [other for other in known if other < day]
        if earlier:
            expected.append((max(earlier) + 1, day))
        elif since is not None and since <= day:
            expected.append((since, day))
    assert [(step.first, step.last) for step in found] == expected
    for step in found:
        now = known[step.last]
        before = known.get((step.first or 0) - 1) if step.before else exactly(0)
        assert before is not None
        pairs = ((now.low, before.high), (now.best, before.best), (now.high, before.low))
        exact = [
            None if value is None or less is None else Fraction(repr(value)) - Fraction(repr(less))
            for value, less in pairs
        ]
        assert same(bounds(step.figure), exact)


@given(increments, st.sampled_from([0, -1, None]))
def test_running_totals_are_what_summing_all_cells_again_for_each_day_gives(
    given_: tuple[dict[tuple[int, int], Figure], list[tuple[tuple[int, int], Figure]]],
    minimum: int | None,
) -> None:
    cells, incidents = given_
    outermost = {
        (first, last): figure
        for (first, last), figure in cells.items()
        if not any(a <= first and last <= b and (a, b) != (first, last) for a, b in cells)
    }
    apart = [
        ((first, last), figure)
        for (first, last), figure in incidents
        if not any(a <= first and last <= b for a, b in cells)
    ]
    found = running_totals(
        [
            *(CellFigure(days, figure) for days, figure in cells.items()),
            *(CellFigure(days, figure, True) for days, figure in incidents),
        ],
        minimum,
    )
    ends = {last for _, last in outermost} | {last for (_, last), _ in apart}
    assert [each.last for each in found] == sorted(ends)
    least = None if minimum is None else Fraction(minimum)
    for each in found:
        periods = sorted(days for days in outermost if days[1] <= each.last)
        addends = [outermost[days] for days in periods]
        addends += [figure for (_, last), figure in apart if last <= each.last]
        lows, bests, highs = (
            [fraction(value) for value in column]
            for column in zip(*(addend_bounds(figure, minimum) for figure in addends), strict=True)
        )
        covered = [day for first, last in periods for day in range(first, last + 1)]
        unknown = len(covered) > len(set(covered))
        gaps = sum(other[0] > one[1] + 1 for one, other in pairwise(periods))
        lows += [least] * gaps
        bests += [None] * gaps
        highs += [None] * gaps
        exact = None if unknown else [summed(lows), summed(bests), summed(highs)]
        assert same(bounds(each.figure), exact)


def addend_bounds(figure: Figure, minimum: float | None) -> Bounds:
    return bounds(figure) or (minimum, None, None)


def summed(values: list[Fraction | None]) -> Fraction | None:
    given_ = [value for value in values if value is not None]
    return sum(given_, Fraction()) if len(given_) == len(values) else None
