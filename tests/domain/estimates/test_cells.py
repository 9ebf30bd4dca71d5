"""Which cells of an increment may be added, and which would count something twice."""

from collections.abc import Sequence
from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.estimates.cells import Place, Tiling, tile, total, within
from domain.estimates.claims import Cell, cell_of, in_headline
from domain.estimates.figures import UNKNOWN, Figure
from domain.period import parse_period
from domain.vocabulary import Measure


def place(text: str) -> Place:
    """A cell, written as a period, of a cohort if one is named: `east 2025-01`."""
    cohort, _, period = text.rpartition(" ")
    return cohort or None, cell_of("increment", parse_period(period))


def tiled(*texts: str) -> dict[str, str]:
    """What became of each cell."""
    names = {place(text): text for text in texts}
    found: Tiling = tile(names)
    result = {names[p]: "added" for p in found.added} | {names[p]: "inside" for p in found.inside}
    assert set(found.clashing) <= set(found.added)
    return result | {names[p]: "clashing" for p in found.clashing}


@pytest.mark.parametrize(
    ("cells", "then"),
    [
        ([], []),
        (["2025-01"], ["added"]),
        (["../2025-01"], ["added"]),
        (["2025-01/.."], ["added"]),
        (["2025-01", "2025-02"], ["added", "added"]),
        (["../2025-01", "2025-02/.."], ["added", "added"]),
        (["2025-01-01/2025-01-20", "2025-01-21/2025-01-31"], ["added", "added"]),
        (["2025-01-01/2025-01-20", "2025-01-20/2025-01-31"], ["clashing", "clashing"]),
        (["2025-01", "2025-01-10"], ["added", "inside"]),
        (["2025-01", "2025-01-01"], ["added", "inside"]),
        (["2025-01", "2025-01-31"], ["added", "inside"]),
        (["2025", "2025-01", "2025-01-10"], ["added", "inside", "inside"]),
        (["../2025-01", "2025-01-10", "../2024"], ["added", "inside", "inside"]),
        (["2025-01/..", "2025-02/..", "2026"], ["added", "inside", "inside"]),
        (["../2025-01", "2025-01/.."], ["clashing", "clashing"]),
        (
            ["2025-01-01/2025-01-10", "2025-01-05/2025-01-20", "2025-01-06/2025-01-08", "2025-03"],
            ["clashing", "clashing", "inside", "added"],
        ),
        (["east 2025-01", "west 2025-01"], ["added", "added"]),
        (["east 2025-01", "west 2025-01-10"], ["added", "added"]),
        (["east 2025-01", "east 2025-01-10"], ["added", "inside"]),
        (["2025-01", "east 2025-01"], ["clashing", "clashing"]),
        (["2025-01", "east 2025-01-10"], ["clashing", "clashing"]),
        (["2025-01", "east 2025-02"], ["added", "added"]),
        (["2025-01", "2025-03", "east 2025-01"], ["clashing", "added", "clashing"]),
        (["2025-01", "east 2025-01", "west 2025-02"], ["clashing", "clashing", "added"]),
        (["2025", "2025-01", "east 2025-01"], ["clashing", "inside", "clashing"]),
    ],
)  # fmt: skip
def test_cells_are_added_left_out_or_clash(cells: list[str], then: list[str]) -> None:
    assert tiled(*cells) == dict(zip(cells, then, strict=True))
    assert tiled(*reversed(cells)) == dict(zip(cells, then, strict=True))


def test_the_whole_comes_first_then_cohorts_by_name_and_cells_by_beginning() -> None:
    texts = ["2025-01", "../2024", "2025-03", "east 2025-02", "west 2025-04"]
    for seed in range(10):
        shuffled = Random(seed).sample(texts, len(texts))
        order = [place(text) for text in ("../2024", *texts[:1], *texts[2:])]
        assert list(tile(place(text) for text in shuffled).added) == order


# Sums

A, B, OPEN = Figure(3, 2, 4), Figure(10, 10, 10), Figure(None, 7, None)


@pytest.mark.parametrize(
    ("figures", "then"),
    [
        ([], UNKNOWN),
        ([A], A),
        ([A, B], Figure(13, 12, 14)),
        ([A, B, OPEN], Figure(None, 19, None)),
        ([A, Figure(0, 0, 0)], A),
        ([Figure(None, None, None), Figure(None, None, None)], Figure(None, None, None)),
        ([Figure(0.1, 0.1, 0.1)] * 10, Figure(1, 1, 1)),
    ],
)
def test_a_sum_misses_what_one_of_its_cells_misses(figures: list[Figure], then: Figure) -> None:
    assert total(figures) == then


# Cells


@pytest.mark.parametrize(
    ("measure", "one", "other", "same"),
    [
        ("stock", "2024-12", "2024-12~", True),
        ("stock", "2024-12", "2024-12-01/2024-12-31", True),
        ("stock", "2024-12", "2024-12-31", False),
        ("stock", "2024-12-31", "../2024-12-31", False),
        ("cumulative", "2024-12", "2024-12-31", True),
        ("cumulative", "2024", "../2024-12-31", True),
        ("cumulative", "2024-12-01/2024-12-31", "2024-12", False),
        ("cumulative", "2024-12-01/..", "2024-12-01/2024-12-31", False),
        ("increment", "2024-12", "2024-12-01/2024-12-31", True),
        ("increment", "2024-12-31", "../2024-12-31", False),
        ("proposition", "2024", "2024-01/2024-12", True),
    ],
)
def test_cells_are_compared_by_bounds_and_totals_by_where_they_end(
    measure: Measure, one: str, other: str, same: bool
) -> None:
    cells = [cell_of(measure, parse_period(text)) for text in (one, other)]
    assert (cells[0] == cells[1]) is same


@pytest.mark.parametrize(
    ("measure", "period", "then"),
    [
        ("cumulative", "2025-01-13", True),
        ("cumulative", "../2025-01-13", True),
        ("cumulative", "2025", True),
        ("cumulative", "2025-01-07/2025-01-13", False),
        ("cumulative", "2024-12/..", False),
        ("stock", "2025-01-07/2025-01-13", True),
        ("proposition", "2024-12/..", True),
    ],
)
def test_a_total_with_a_stated_start_is_no_headline(measure: Measure, period: str, then: bool) -> None:
    assert in_headline(measure, cell_of(measure, parse_period(period))) is then


# Whatever the cells

cells: st.SearchStrategy[Cell] = st.one_of(
    st.tuples(st.integers(1, 12), st.integers(1, 12)).map(lambda pair: (min(pair), max(pair))),
    st.tuples(st.none(), st.integers(1, 12)),
    st.tuples(st.integers(1, 12), st.none()),
)
places = st.lists(st.tuples(st.sampled_from([None, "east", "west"]), cells), max_size=7)


def days(cell: Cell) -> set[int]:
    """The days of a cell, open ends cut off beyond all others."""
    return set(range(0 if cell[0] is None else cell[0], (13 if cell[1] is None else cell[1]) + 1))


@given(places)
def test_every_cell_is_added_or_lies_in_one_that_is(given_places: list[Place]) -> None:
    found = tile(given_places)
    assert set(found.added) | set(found.inside) == set(given_places)
    assert not set(found.added) & set(found.inside)
    for cohort, cell in found.inside:
        assert any(c == cohort and within(cell, other) for c, other in found.added)


@given(places)
def test_cells_clash_exactly_where_days_would_count_twice(given_places: list[Place]) -> None:
    found = tile(given_places)
    twice = {
        place
        for one, other in combinations(found.added, 2)
        if days(one[1]) & days(other[1]) and (one[0] == other[0] or None in (one[0], other[0]))
        for place in (one, other)
    }
    assert set(found.clashing) == twice


@given(st.lists(st.floats(0, 1e6), max_size=8), st.randoms(use_true_random=False))
def test_a_sum_is_the_same_in_any_order(values: Sequence[float], random: Random) -> None:
    figures = [Figure(value, value, value) for value in values]
    assert total(random.sample(figures, len(figures))) == total(figures)
