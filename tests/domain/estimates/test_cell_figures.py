"""The figure of one cell of an increment: what was said of it, and what lies inside it."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from domain.estimates.claims import Claim
from tests.domain.estimates.asking import (
    NOTHING,
    Bounds,
    bounds,
    codes,
    flagged,
    increment,
    left_out,
    several,
    total,
    unknown,
    used,
)


def firm(claim: str, best: float | None = None, grade: str | None = None, **more: Any) -> Claim:
    """A claim by a source of a reliability; all are stated after every period."""
    return increment(claim, best, **{"reliability": grade, "stated": "2025-12-31", **more})


def weeks(*figures: float | dict[str, Any], **more: Any) -> list[Claim]:
    """What one source says of the four weeks of February 2021, which fill it."""
    return [
        firm(
            f"w/{n}",
            period=f"2021-02-{7 * n - 6:02}/2021-02-{7 * n:02}",
            **(({"best": x} if isinstance(x, int | float) else x) | more),
        )
        for n, x in enumerate(figures, start=1)
    ]


FEB: dict[str, Any] = {"period": "2021-02"}
DAY: dict[str, Any] = {"period": "2021-02-05"}

CASES: list[tuple[str, Sequence[Claim], Bounds, list[str]]] = [
    (
        "70 on a day of a year that has at least 5",
        [firm("a/1", 70, "A", period="2024-03-05"), firm("e/1", None, "E", low=5, period="2024")],
        (None, 70, None),
        [],
    ),
    (
        "50 in a month and 60 on one of its days",
        [firm("a/1", 50, **FEB), firm("b/1", 60, **DAY)],
        (50, 50, None),
        ["whole-below-parts"],
    ),
    (
        "by a better source of the day it leaves no best",
        [firm("a/1", 50, "B", **FEB), firm("b/1", 60, "A", **DAY)],
        (None, 50, None),
        ["whole-below-parts"],
    ),
    ("as many as the day", [firm("a/1", 60, **FEB), firm("b/1", 60, **DAY)], (60, 60, 60), []),
    ("more than the day", [firm("a/1", 99, **FEB), firm("b/1", 60, **DAY)], (99, 99, 99), []),
    (
        "at least what the day has, by a source that knows no more",
        [firm("a/1", None, "B", low=60, **FEB), firm("b/1", 60, "B", **DAY)],
        (None, 60, None),
        [],
    ),
    ("about as many, within a tenth",
     [firm("a/1", 55, qualifier="about", **FEB), firm("b/1", 60, **DAY)], (55, 55, 55), []),
    ("about as many, beyond a tenth",
     [firm("a/1", 54, qualifier="about", **FEB), firm("b/1", 60, **DAY)],
     (54, 54, None), ["whole-below-parts"]),
    ("weeks that fill the month give its figure",
     [firm("a/1", None, "E", low=3, **FEB), *weeks(1, 2, 3, 4, reliability="B")], (10, 10, 10), []),
    ("weeks that fill it, with ranges",
     [firm("a/1", None, "E", low=3, **FEB), *weeks(1, 2, 3, {"low": 4, "high": 6}, reliability="B")],
     (None, 10, 12), []),
    ("weeks that fill it, one of them open",
     [firm("a/1", None, "E", low=3, **FEB), *weeks(1, 2, 3, {"low": 4}, reliability="B")],
     (None, 10, None), []),
    ("a week is missing: at least the others",
     [firm("a/1", None, "E", low=3, **FEB), *weeks(1, 2, 3, reliability="B")], (None, 6, None), []),
    ("weeks that fill it contradict the month",
     [firm("a/1", 40, "B", **FEB), *weeks(1, 2, 3, 4, reliability="C")], (40, 10, 40), []),
    ("cohorts never fill it",
     [firm("a/1", None, "E", low=3, **FEB), firm("b/1", 6, "A", cohort="children", **FEB)],
     (None, 6, None), []),
    ("incidents never fill it",
     [firm("a/1", None, "E", low=3, **FEB), firm("b/1", 6, "A", incident="raid", **FEB)],
     (None, 6, None), []),
    ("the weeks of a cohort fill the month of that cohort, and not of the whole",
     [firm("a/1", None, "E", low=3, **FEB),
      firm("a/2", None, "E", low=3, cohort="east", **FEB),
      *weeks(1, 2, 3, 4, reliability="B", cohort="east")],
     (None, 10, None), []),
    ("a cell without a figure is at least what lies inside it",
     [several("a/1", **FEB), firm("b/1", 60, **DAY)], (None, 60, None), []),
    ("what lies inside has no figure: it adds nothing to a closed figure",
     [firm("a/1", 50, **FEB), several("b/1", **DAY)], (50, 50, 50), []),
    ("inside the inside",
     [firm("a/1", None, "E", low=1, period="2021"), firm("b/1", None, "E", low=2, **FEB),
      firm("c/1", 60, "A", **DAY)],
     (None, 60, None), []),
]  # fmt: skip


@pytest.mark.parametrize(("claims", "then", "flags"), [x[1:] for x in CASES], ids=[x[0] for x in CASES])
def test_a_cell_and_what_lies_inside_it(
    claims: Sequence[Claim], then: Bounds, flags: list[str]
) -> None:
    for order in (claims, claims[::-1]):
        result = total(order)
        assert (bounds(result), codes(result)) == (then, flags)


def test_the_flag_names_the_whole_first_and_what_lies_inside() -> None:
    month, day = firm("a/1", 50, **FEB), firm("b/1", 60, **DAY)
    assert flagged(total([month, day]), "whole-below-parts") == [("a/1", "b/1")]


def test_every_origin_of_the_whole_that_is_below_its_parts_is_flagged() -> None:
    claims = [
        firm("a/1", 50, **FEB),
        firm("c/1", 70, **FEB),
        firm("d/1", 40, **FEB),
        firm("b/1", 60, **DAY),
    ]
    found = flagged(total(claims), "whole-below-parts")
    assert sorted(found) == [("a/1", "b/1"), ("d/1", "b/1")]


def test_what_lies_inside_neither_corroborates_nor_contradicts() -> None:
    month, day = firm("a/1", 60, "A", **FEB), firm("b/1", 60, "A", **DAY)
    for result in (total([month, day]), total([firm("a/1", 50, "A", **FEB), day])):
        assert (result.support.level, "contradiction" in codes(result)) == ("single", False)


def test_a_consensus_of_a_cell_and_what_lies_inside_it_may_be_empty_but_is_no_contradiction() -> None:
    claims = [firm("a/1", 50, **FEB), firm("b/1", 60, **DAY)]
    result = total(claims, policy="consensus/1")
    assert (bounds(result), result.figure.known) == ((None, None, None), False)
    assert codes(result) == ["whole-below-parts"]


def test_what_lies_inside_ranks_as_the_weakest_that_leads_any_of_it() -> None:
    """Ranked before the month it takes away its best; ranked after it, it only opens the high."""
    month = firm("m/1", 50, "B", **FEB)
    good = [firm("a/1", 30, "A", period="2021-02-05"), firm("a/2", 30, "A", period="2021-02-06")]
    assert bounds(total([month, *good])) == (None, 50, None)
    poor = firm("c/1", 30, "C", period="2021-02-06")
    assert bounds(total([month, good[0], poor])) == (50, 50, None)
    # A poor source beside a good one in the same cell does not lead it.
    beside = firm("c/1", 30, "C", period="2021-02-06", cohort=None)
    assert bounds(total([month, *good, beside])) == (None, 50, None)


def test_used_and_origins_and_marking_are_those_of_every_cell_in_the_figure() -> None:
    year = firm("e/1", None, "E", low=5, period="2024")
    day = firm("a/1", 70, "A", period="2024-03-05", marking="TLP:AMBER")
    result = total([year, day])
    assert (sorted(used(result)), result.origins, result.marking) == (["a/1", "e/1"], 2, "TLP:AMBER")
    assert (result.leading, left_out(result)) == (None, {})


def test_without_an_own_figure_the_claims_inside_are_used() -> None:
    result = total([several("a/1", **FEB), firm("b/1", 60, **DAY)])
    assert (used(result), left_out(result)) == (["b/1"], {"a/1": "no-figure"})


# One incident

RAID: dict[str, Any] = {"incident": "raid"}


def test_claims_on_one_incident_are_about_one_cell_however_each_dates_it() -> None:
    day = firm("a/1", 4, "A", period="2024-03-05", **RAID)
    month = firm("e/1", 12, "E", period="2024-03", **RAID)
    for claims in permutations([day, month]):
        result = total(claims)
        assert (bounds(result), result.support.level) == ((4, 4, 12), "contested")
        assert (used(result), codes(result)) == (["a/1", "e/1"], ["contradiction"])


def test_a_later_word_on_an_incident_replaces_the_earlier_whatever_its_date() -> None:
    before = firm("a/1", 4, period="2024-03-05", stated="2024-03-06", **RAID)
    after = firm("a/2", 6, period="2024-03", stated="2024-04-01", **RAID)
    result = total([before, after])
    assert (bounds(result), left_out(result)) == ((6, 6, 6), {"a/1": "superseded"})


def test_an_incident_of_a_cohort_lies_inside_the_incident() -> None:
    whole = firm("a/1", None, "E", low=2, period="2024-03-05", **RAID)
    children = firm("b/1", 7, "A", period="2024-03-05", cohort="children", **RAID)
    assert bounds(total([whole, children])) == (None, 7, None)
    assert bounds(total([whole, children], cohort="children")) == (7, 7, 7)


def test_an_incident_asked_for_is_that_cell() -> None:
    claims = [firm("a/1", 4, period="2024-03-05", **RAID), firm("a/2", 9, period="2024-03-05")]
    assert bounds(total(claims, incident="raid")) == (4, 4, 4)
    assert bounds(total(claims, incident="fire")) == NOTHING


# Weak cells


def test_a_relay_without_a_link_for_the_month_beside_a_firm_day_is_left_out() -> None:
    day = firm("a/1", 70, period="2024-03-05")
    relay = firm("wire/1", None, low=20, period="2024-03", basis="relay")
    result = total([day, relay])
    assert (bounds(result), left_out(result)) == ((70, 70, 70), {"wire/1": "weak"})


def test_a_weak_day_in_a_firm_month_is_left_out() -> None:
    month = firm("a/1", 70, period="2024-03")
    relay = firm("wire/1", 99, period="2024-03-05", basis="relay")
    result = total([month, relay])
    assert (bounds(result), left_out(result)) == ((70, 70, 70), {"wire/1": "weak"})
    assert codes(result) == []


def test_a_weak_month_that_holds_a_firm_day_only_by_an_incident_is_left_out() -> None:
    east = firm("a/1", 4, period="2024-03-05", cohort="east", **RAID)
    raid = firm("wire/1", 9, period="2024-04-05", basis="relay", **RAID)
    month = firm("wire/2", None, low=20, period="2024-04", basis="relay")
    result = total([east, raid, month])
    assert bounds(result) == (4, 4, 4)
    assert left_out(result) == {"wire/1": "weak", "wire/2": "weak"}


def test_a_weak_cell_beside_a_firm_one_counts() -> None:
    january = firm("a/1", 10, period="2025-01")
    beside = firm("wire/1", 99, period="2025-01", basis="relay")
    february = firm("wire/2", 20, period="2025-02", basis="relay")
    result = total([january, beside, february])
    assert (bounds(result), left_out(result)) == ((30, 30, 30), {"wire/1": "weak"})


def test_weak_cells_alone_nest_as_others() -> None:
    words: dict[str, Any] = {"basis": "relay"}
    claims = [firm("a/1", 99, period="2024-03", **words), firm("b/1", 70, period="2024-03-05", **words)]
    assert bounds(total(claims)) == (99, 99, 99)


# A cell without a figure


@pytest.mark.parametrize("minimum", [0, -50, None])
def test_a_second_incident_with_several_killed_leaves_a_lower_bound(minimum: float | None) -> None:
    one = firm("a/1", 4, period="2024-03-05", incident="one")
    two = several("b/1", period="2024-03-09", incident="two", stated="2025-12-31")
    result = total([one, two], minimum=minimum)
    low = None if minimum is None else 4 + minimum
    assert (bounds(result), codes(result)) == ((None, low, None), ["unknown-addend"])
    assert flagged(result, "unknown-addend") == [("b/1",)]
    assert left_out(result) == {"b/1": "no-figure"}


def test_where_an_origin_has_a_figure_several_adds_nothing() -> None:
    one = firm("a/1", 4, period="2024-03-05", incident="one")
    also = several("b/1", period="2024-03-05", incident="one")
    assert (bounds(total([one, also])), codes(total([one, also]))) == ((4, 4, 4), [])


def test_a_relay_of_several_is_no_cell() -> None:
    one = firm("a/1", 4, period="2024-03-05")
    relay = several("wire/1", period="2024-04-05", links=("x/1",))
    assert bounds(total([one, relay])) == (4, 4, 4)


def test_an_unknown_beside_another_figure_of_its_cell_adds_nothing() -> None:
    one = firm("a/1", 4, period="2024-03-05")
    back = unknown("b/1", measure="increment", period="2024-03-05")
    assert (bounds(total([one, back])), codes(total([one, back]))) == ((4, 4, 4), [])


# Cells inside a cell that overlap


def test_cells_inside_that_overlap_add_nothing_but_are_flagged() -> None:
    month = firm("m/1", None, "E", low=3, **FEB)
    clash = [
        firm("a/1", 5, "A", period="2021-02-01/2021-02-10"),
        firm("a/2", 6, "A", period="2021-02-08/2021-02-20"),
    ]
    beside = firm("a/3", 4, "A", period="2021-02-25")
    result = total([month, *clash])
    assert (bounds(result), left_out(result)) == (
        (None, 3, None),
        {"a/1": "overlaps", "a/2": "overlaps"},
    )
    result = total([month, *clash, beside])
    assert (bounds(result), codes(result)) == ((None, 4, None), ["overlap"])
    assert flagged(result, "overlap") == [("a/1", "a/2")]


def test_an_unknown_addend_names_its_claims_in_the_order_in_which_they_were_stated() -> None:
    words: dict[str, Any] = {"period": "2024-03-09", "incident": "raid"}
    claims = [several("b/1", stated="2024-03-10", **words)]
    claims.append(several("a/1", stated="2024-03-11", **words))
    for order in (claims, claims[::-1]):
        assert flagged(total(order), "unknown-addend") == [("b/1", "a/1")]


def test_the_period_of_an_incident_is_from_the_first_day_that_anybody_gives_to_the_last() -> None:
    month = firm("m/1", 50, period="2024-03")
    march = firm("a/1", 4, period="2024-03-05", **RAID)
    april = firm("b/1", 4, period="2024-04-02", **RAID)
    inside = total([month, march])
    assert (bounds(inside), sorted(used(inside))) == ((50, 50, 50), ["a/1", "m/1"])
    assert bounds(total([month, march, april])) == (54, 54, 54)
    asked = total([month, march, april], period="2024-03-01/2024-03-31")
    assert bounds(asked) == (50, 50, 50)
    taken_back = unknown("b/1", measure="increment", period="2024-04-02", **RAID)
    assert bounds(total([month, march, taken_back])) == (54, 54, 54)
