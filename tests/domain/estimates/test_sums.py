"""An increment as a sum: of all time, and of a period whose edges cells may cross."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.estimates.claims import Claim
from domain.estimates.estimate import Estimate, cutoff_text, period_text
from tests.domain.estimates.asking import (
    NOTHING,
    Bounds,
    bounds,
    codes,
    flagged,
    increment,
    left_out,
    periods,
    question,
    several,
    total,
    used,
)
from tests.effort import examples


def period_of(result: Estimate) -> str | None:
    """The period that an answer shows."""
    return period_text(question("increment"), result)


SUMS: list[tuple[str, list[Claim], Bounds, list[str]]] = [
    (
        "0.1 and 0.2 are 0.3",
        [increment("a/1", 0.1, period="2025-01"), increment("a/2", 0.2, period="2025-02")],
        (0.3, 0.3, 0.3),
        ["a/1", "a/2"],
    ),
    (
        "a cell without an end is one",
        [increment("a/1", 10, period="../2025-01"), increment("a/2", 5, period="2025-02/..")],
        (15, 15, 15),
        ["a/1", "a/2"],
    ),
    (
        "the policy in each cell, then the sum",
        [
            increment("nis/1", 10, period="2025-01"),
            increment("us/1", 14, low=10, period="2025-01", reliability="A"),
            increment("nis/2", 20, period="2025-02"),
        ],
        (34, 30, 34),
        ["us/1", "nis/1", "nis/2"],
    ),
    (
        "a bound missing in one cell is missing in the sum",
        [increment("nis/1", 10, period="2025-01"), increment("nis/2", low=20, period="2025-02")],
        (None, 30, None),
        ["nis/1", "nis/2"],
    ),
    (
        "0 is a number",
        [increment("nis/1", 0, period="2025-01"), increment("nis/2", 5, period="2025-02")],
        (5, 5, 5),
        ["nis/1", "nis/2"],
    ),
    (
        "cohorts are added",
        [
            increment("nis/1", 10, period="2025-01", cohort="west"),
            increment("nis/2", 20, period="2025-01", cohort="east"),
        ],
        (30, 30, 30),
        ["nis/2", "nis/1"],
    ),
    (
        "the whole and cohorts of other days are added",
        [
            increment("nis/1", 10, period="2025-01"),
            increment("nis/2", 20, period="2025-02", cohort="east"),
        ],
        (30, 30, 30),
        ["nis/1", "nis/2"],
    ),
    (
        "what lies inside another is not counted twice",
        [increment("nis/1", 10, period="2025-01-10"), increment("us/1", 99, period="2025-01")],
        (99, 99, 99),
        ["us/1", "nis/1"],
    ),
    (
        "cases that a committee accepted at once are a cell of their own",
        [
            increment("un/1", 71, period="2025-08-22"),
            increment("un/2", 61, period="2025-08-23"),
            increment("un/3", 298, period="2023-10-07/2025-08-22", incident="batch"),
        ],
        (430, 430, 430),
        ["un/3", "un/1", "un/2"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("claims", "then", "of"), [x[1:] for x in SUMS], ids=[x[0] for x in SUMS])
def test_an_increment_is_a_sum_over_its_outermost_cells(
    claims: list[Claim], then: Bounds, of: list[str]
) -> None:
    for order in permutations(claims):
        result = total(order)
        assert (bounds(result), used(result), codes(result)) == (then, of, [])


def test_without_a_cell_a_sum_is_unknown_and_not_0() -> None:
    for claims in ([], [increment("nis/1", 5, period="2025-02")]):
        result = total(claims, period="2025-01")
        assert (bounds(result), result.figure.known, result.support.level) == (NOTHING, False, None)


@pytest.mark.parametrize(
    "claims",
    [
        [increment("nis/1", 1, period="2025-01-01/2025-01-20"),
         increment("us/1", 1, period="2025-01-20/2025-01-31")],
        [increment("nis/1", 1, period="2025-01"), increment("us/1", 1, period="2025", cohort="x")],
        [increment("nis/1", 1, period="2025-01/.."), increment("us/1", 1, period="../2025-02")],
    ],
)  # fmt: skip
def test_outermost_cells_that_overlap_make_the_sum_unknown(claims: list[Claim]) -> None:
    result = total(claims)
    assert (bounds(result), result.figure.known) == (NOTHING, False)
    assert [sorted(ids) for ids in flagged(result, "overlap")] == [["nis/1", "us/1"]]


def test_cells_may_be_nested_however_deep() -> None:
    """As where each report counts from the same day up to its own."""
    days = [f"{year}-{month:02}" for year in range(1990, 2020) for month in range(1, 13)]
    claims = [increment(f"nis/{n}", n, period=f"1990-01-01/{day}") for n, day in enumerate(days)]
    assert bounds(total(claims)) == (359, 359, 359)


def test_one_overlap_makes_the_whole_sum_unknown_and_names_its_own_claims() -> None:
    weeks = [
        increment("nis/1", 1, period="2025-01-01/2025-01-20"),
        increment("us/1", 1, period="2025-01-20/2025-01-31"),
    ]
    result = total([*weeks, increment("uk/1", 5, period="2024")])
    assert (bounds(result), flagged(result, "overlap")) == (NOTHING, [("nis/1", "us/1")])
    assert bounds(total([*weeks, increment("uk/1", 5, period="2024")], period="2024")) == (5, 5, 5)
    both = increment("uk/2", 1, period="2025-01-20")
    assert flagged(total([*weeks, both]), "overlap") == [("nis/1", "us/1")]
    no_figure = several("de/1", period="2025-01-30/2025-02-02")
    assert flagged(total([*weeks, both, no_figure]), "overlap") == [("nis/1", "us/1", "de/1")]


def test_a_sum_stands_as_well_as_the_weakest_of_its_outermost_cells() -> None:
    january = [increment(f"{x}/1", 3, period="2025-01", reliability="A") for x in "abc"]
    february = [increment(f"{x}/2", 3, period="2025-02") for x in "ab"]
    march = increment("a/3", 3, period="2025-03")
    assert total(january).support.level == "strong"
    assert total([*january, *february]).support.level == "corroborated"
    assert total([*january, *february, march]).support.level == "single"
    against = increment("b/3", 30, period="2025-03")
    assert total([*january, *february, march, against]).support.level == "contested"


def test_a_sum_of_one_cell_has_a_leading_origin_and_one_of_several_has_none() -> None:
    one, two = increment("a/1", 3, period="2025-01"), increment("a/2", 4, period="2025-02")
    assert (total([one]).leading, total([one, two]).leading) == (one, None)


# What is covered

NINETIES = [increment("a/1", 100, period="1992"), increment("a/2", 120, period="1994")]


def test_nobody_reads_220_for_1992_to_1994_where_1993_is_missing() -> None:
    result = total(NINETIES)
    assert bounds(result) == (220, 220, 220)
    assert (periods(result.covered), periods(result.gaps)) == (["1992", "1994"], ["1993"])
    assert period_of(result) is None
    within = total(NINETIES, period="1991/1995")
    assert periods(within.gaps) == ["1991", "1993", "1995"]
    assert periods(total(NINETIES, period="1992").gaps) == []


def test_without_a_gap_the_period_is_from_the_first_day_to_the_last() -> None:
    result = total([*NINETIES, increment("b/1", 1, period="1993", cohort="east")])
    assert (periods(result.covered), periods(result.gaps)) == (["1992-01-01/1994-12-31"], [])
    assert period_of(result) == "1992-01-01/1994-12-31"
    assert period_of(total([increment("nis/1", 1, period="2025-01")])) == "2025-01"
    upto = [increment("us/1", 1, period="../2025-01"), increment("us/2", 1, period="2025-02")]
    assert period_of(total(upto)) == "../2025-02-28"
    assert cutoff_text(total(NINETIES)) == "1994-12-31"


def test_an_incident_neither_covers_nor_leaves_a_gap() -> None:
    raid = increment("a/3", 5, period="1993-05-01", incident="raid")
    result = total([*NINETIES, raid])
    assert (periods(result.covered), periods(result.gaps)) == (["1992", "1994"], ["1993"])
    alone = total([raid])
    assert (bounds(alone), alone.covered, alone.gaps) == ((5, 5, 5), (), ())
    assert period_of(alone) == "1993-05-01"


# Asked for a period


def test_a_period_holds_the_cells_within_it() -> None:
    months = [increment(f"nis/{n}", n, period=f"2025-0{n}") for n in range(1, 6)]
    assert bounds(total(months)) == (15, 15, 15)
    result = total(months, period="2025-02/2025-04")
    assert (bounds(result), left_out(result)) == (
        (9, 9, 9),
        {"nis/1": "not-asked", "nis/5": "not-asked"},
    )
    assert bounds(total(months, period="2025-06")) == NOTHING
    assert bounds(total(months, cohort="east")) == NOTHING


WEEKS = [
    increment("a/1", 1, period="2021-03-01/2021-03-07"),
    increment("a/2", 1, period="2021-03-08/2021-03-14"),
    increment("a/3", 1, period="2021-03-15/2021-03-21"),
    increment("a/4", 2, period="2021-03-22/2021-03-28"),
    increment("a/5", 7, period="2021-03-29/2021-04-04"),
]


def test_of_a_week_over_the_edge_of_a_month_anything_from_0_to_all_lies_within() -> None:
    result = total(WEEKS, period="2021-03")
    assert bounds(result) == (None, 5, 12)
    assert left_out(result) == {"a/5": "straddles"}
    assert sorted(used(result)) == ["a/1", "a/2", "a/3", "a/4", "a/5"]
    assert periods(result.covered) == ["2021-03-01/2021-03-28"]
    assert (periods(result.gaps), codes(result)) == ([], [])


EDGES: list[tuple[str, list[Claim], Bounds, set[str]]] = [
    ("0 over the edge is 0 within", [*WEEKS[:4], increment("b/1", 0, period=WEEKS[4].period)],
     (5, 5, 5), {"b/1"}),
    ("at least 7 over the edge: open above",
     [*WEEKS[:4], increment("b/1", low=7, period=WEEKS[4].period)], (None, 5, None), {"b/1"}),
    ("several over the edge",
     [*WEEKS[:4], several("b/1", period=WEEKS[4].period)], (None, 5, None), set()),
    ("over the other edge as well", [*WEEKS[1:], increment("b/1", 3, period="2021-02-28/2021-03-07")],
     (None, 4, 14), {"a/5", "b/1"}),
    ("a quarter that holds the month, of which days are missing",
     [*WEEKS[:4], increment("b/1", 40, period="2021-01/2021-03")], (None, 5, 40), {"b/1"}),
    ("a quarter alone", [increment("b/1", 40, period="2021-01/2021-03")], (None, 0, 40), {"b/1"}),
    ("a quarter adds nothing where the month is there",
     [increment("a/1", 5, period="2021-03"), increment("b/1", 40, period="2021-01/2021-03")],
     (5, 5, 5), {"b/1"}),
    ("nor where weeks within and over the edge cover all of it",
     [*WEEKS, increment("b/1", 40, period="2021-02/2021-05")], (None, 5, 12), {"a/5", "b/1"}),
    ("a week over the edge whose days are all there",
     [*WEEKS[:4], increment("b/1", 2, period="2021-03-29/2021-03-31"), WEEKS[4]], (7, 7, 7), {"a/5"}),
    ("a cohort over the edge, which days of the whole cover",
     [increment("a/1", 5, period="2021-03"), increment("b/1", 9, period="2021", cohort="east")],
     (5, 5, 5), {"b/1"}),
    ("a whole over the edge, which days of a cohort do not cover",
     [increment("a/1", 5, period="2021-03", cohort="east"), increment("b/1", 9, period="2021")],
     (None, 5, 9), {"b/1"}),
    ("a batch of cases over the edge",
     [increment("a/1", 5, period="2021-03-02"),
      increment("b/1", 9, period="2021-02-10/2021-03-20", incident="batch")],
     (None, 5, 14), {"b/1"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("claims", "then", "straddling"), [x[1:] for x in EDGES], ids=[x[0] for x in EDGES]
)
def test_cells_over_the_edge_of_march(claims: list[Claim], then: Bounds, straddling: set[str]) -> None:
    for order in (claims, claims[::-1]):
        result = total(order, period="2021-03")
        assert bounds(result) == then
        assert {name for name, why in left_out(result).items() if why == "straddles"} == straddling


def test_where_figures_may_go_below_0_a_cell_over_the_edge_opens_both_sides() -> None:
    result = total(WEEKS, period="2021-03", minimum=None)
    assert bounds(result) == NOTHING
    assert result.figure.known


def test_two_cells_over_the_edge_that_overlap_leave_the_period_unknown() -> None:
    claims = [
        increment("a/1", 5, period="2021-02-10/2021-03-20"),
        increment("a/2", 6, period="2021-03-10/2021-04-20"),
    ]
    result = total(claims, period="2021-03")
    assert (bounds(result), codes(result)) == (NOTHING, ["overlap"])


def test_a_period_that_only_cells_over_its_edges_touch_has_gaps() -> None:
    result = total([increment("a/1", 7, period="2021-02-22/2021-03-05")], period="2021-03")
    assert (bounds(result), result.covered) == ((None, 0, 7), ())
    assert periods(result.gaps) == ["2021-03-06/2021-03-31"]


# Whatever the days

DAYS = 12


def written(first: int, last: int) -> str:
    """Days of January 2021, counted from 0, as a period."""
    begins, ends = (date(2021, 1, 1 + day).isoformat() for day in (first, last))
    return f"{begins}/{ends}"


Spans = list[tuple[int, int]]
spans = st.tuples(st.integers(0, DAYS - 1), st.integers(0, DAYS - 1)).map(
    lambda pair: (min(pair), max(pair))
)
counts = st.lists(st.integers(0, 9), min_size=DAYS, max_size=DAYS)


def truthful(daily: Sequence[int], cells: Spans, slack: Sequence[tuple[int, int, bool]]) -> list[Claim]:
    """What careful sources say of some cells: the true sum, or bounds that hold it."""
    made = list[Claim]()
    for n, ((first, last), (less, more, is_open)) in enumerate(
        zip(cells, slack, strict=False), start=1
    ):
        true = sum(daily[first : last + 1])
        figure: dict[str, Any] = {"best": true}
        if less or more or is_open:
            figure = {"low": max(0, true - less), "high": None if is_open else true + more}
        made.append(
            increment(
                f"s{n}/1",
                period=written(first, last),
                reliability="ABCDEF"[n % 6],
                stated="2021-06-01",
                **figure,
            )
        )
    return made


slacks = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 3]),
        st.sampled_from([0, 0, 4]),
        st.sampled_from([False, False, False, True]),
    ),
    min_size=8,
    max_size=8,
)


@given(counts, st.lists(spans, unique=True, max_size=8), slacks, spans)
@examples(300)
def test_the_answer_for_any_period_brackets_the_true_sum(
    daily: list[int], cells: Spans, slack: list[tuple[int, int, bool]], asked: tuple[int, int]
) -> None:
    """Whatever was said of nested cells and cells over the edge, if nobody errs the bounds hold."""
    result = total(truthful(daily, cells, slack), period=written(*asked))
    true = sum(daily[asked[0] : asked[1] + 1])
    best, low, high = bounds(result)
    assert low is None or low <= true
    if result.figure.known and not result.gaps:
        assert high is None or true <= high
        assert best is None or best == true
    assert "whole-below-parts" not in codes(result)


@given(counts, st.lists(spans, unique=True, min_size=1, max_size=8), slacks)
@examples(200)
def test_so_does_the_sum_of_all_time_for_the_days_that_it_covers(
    daily: list[int], cells: Spans, slack: list[tuple[int, int, bool]]
) -> None:
    result = total(truthful(daily, cells, slack))
    covered = {day for first, last in cells for day in range(first, last + 1)}
    true = sum(daily[day] for day in covered)
    best, low, high = bounds(result)
    if result.figure.known:
        assert low is not None and low <= true
        assert high is None or true <= high
        assert best is None or best == true


COHORTS = ("east", "west", None)
by_cohort = st.tuples(counts, counts, counts)


@given(
    by_cohort,
    st.lists(st.tuples(st.sampled_from(COHORTS), spans), unique=True, max_size=8),
    slacks,
    st.one_of(st.none(), spans),
)
@examples(300)
def test_with_cohorts_a_sum_is_never_more_than_there_were(
    daily: tuple[list[int], list[int], list[int]],
    cells: list[tuple[str | None, tuple[int, int]]],
    slack: list[tuple[int, int, bool]],
    asked: tuple[int, int] | None,
) -> None:
    """Of each day there are those of the east, those of the west and others; the whole is all three."""
    east, west, others = daily
    everyone = [sum(three) for three in zip(east, west, others, strict=True)]
    claims = list[Claim]()
    for n, (cohort, cell) in enumerate(cells):
        people = {"east": east, "west": west, None: everyone}[cohort]
        [claim] = truthful(people, [cell], slack[n:])
        claims.append(replace(claim, id=f"s{n}/1", voice=f"s{n}", cohort=cohort))
    narrowing = {} if asked is None else {"period": written(*asked)}
    low = total(claims, **narrowing).figure.low
    first, last = asked or (0, DAYS - 1)
    assert low is None or low <= sum(everyone[first : last + 1])


@given(st.lists(st.tuples(spans, st.integers(0, 9)), unique_by=lambda x: x[0], max_size=6))
@settings(deadline=None)
def test_what_lies_inside_never_lowers_a_sum_below_its_parts(
    said: list[tuple[tuple[int, int], int]],
) -> None:
    """With exact figures a sum below its parts is always flagged."""
    claims = [
        increment(f"s{n}/1", best, period=written(*cell), stated="2021-06-01")
        for n, (cell, best) in enumerate(said)
    ]
    result = total(claims)
    days = [cell for cell, _ in said]
    apart = all(
        one == other
        or one[1] < other[0]
        or other[1] < one[0]
        or within(one, other)
        or within(other, one)
        for one in days
        for other in days
    )
    if apart and claims and "whole-below-parts" not in codes(result):
        innermost = [best for cell, best in said if not any(within(o, cell) for o in days if o != cell)]
        assert result.figure.low is not None and result.figure.low >= sum(innermost)


def within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


@given(
    counts,
    st.lists(spans, unique=True, max_size=8),
    slacks,
    st.one_of(st.none(), spans),
    st.randoms(use_true_random=False),
)
@settings(deadline=None)
def test_the_order_of_claims_never_matters(
    daily: list[int],
    cells: Spans,
    slack: list[tuple[int, int, bool]],
    asked: tuple[int, int] | None,
    random: Random,
) -> None:
    claims = truthful(daily, cells, slack)
    narrowing = {} if asked is None else {"period": written(*asked)}
    one, other = total(claims, **narrowing), total(random.sample(claims, len(claims)), **narrowing)
    assert (one.figure, one.used, one.flags, one.steps, one.covered, one.gaps) == (
        *(other.figure, other.used, other.flags),
        *(other.steps, other.covered, other.gaps),
    )
    assert (one.support, left_out(one)) == (other.support, left_out(other))
