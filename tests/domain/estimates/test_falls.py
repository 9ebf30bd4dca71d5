"""A total that falls is flagged where it falls, and nowhere else."""

from typing import Any

import pytest

from domain.estimates.claims import Claim
from domain.vocabulary import Measure
from tests.domain.estimates.asking import plan, unknown
from tests.domain.estimates.suspecting import Found, suspected
from tests.histories import said

MAY: dict[str, Any] = {"stated": "2025-05-01"}
FALLS: dict[str, tuple[list[Claim], Found]] = {
    "a later total is smaller": (
        [said("nis/1", 600), said("nis/2", 300, **MAY)],
        [("nis/1", "nis/2")],
    ),
    "a later total is greater": ([said("nis/1", 300), said("nis/2", 600, **MAY)], []),
    "a later total is the same": ([said("nis/1", 600), said("nis/2", 600, **MAY)], []),
    "of another originator": ([said("nis/1", 600), said("us/1", 300, **MAY)], []),
    "of another cohort": ([said("nis/1", 600), said("nis/2", 300, cohort="east", **MAY)], []),
    "within a cohort": (
        [said("nis/1", 600, cohort="east"), said("nis/2", 300, cohort="east", **MAY)],
        [("nis/1", "nis/2")],
    ),
    "about as many, within a tenth": (
        [said("nis/1", 600), said("nis/2", 550, qualifier="about", **MAY)],
        [],
    ),
    "about as many, beyond a tenth": (
        [said("nis/1", 600), said("nis/2", 545, qualifier="about", **MAY)],
        [("nis/1", "nis/2")],
    ),
    "at least fewer": ([said("nis/1", 600), said("nis/2", low=300, **MAY)], []),
    "at most fewer": (
        [said("nis/1", 600), said("nis/2", high=300, **MAY)],
        [("nis/1", "nis/2")],
    ),
    "ranges that meet": (
        [said("nis/1", low=500, high=700), said("nis/2", low=300, high=500, **MAY)],
        [],
    ),
    "a relay": ([said("nis/1", 600), said("nis/2", 300, links=("us/1",), **MAY)], []),
    "a stated start": (
        [said("nis/1", 600), said("nis/2", 50, period="2025-04-25/2025-05-01", **MAY)],
        [],
    ),
    "an open start": (
        [said("nis/1", 600), said("nis/2", 50, period="../2025-05-01", **MAY)],
        [("nis/1", "nis/2")],
    ),
    "a second thought on the same days": (
        [said("nis/1", 600, period="2025-01-10"), said("nis/2", 300, period="2025-01-10", **MAY)],
        [],
    ),
    "from what was revised upwards": (
        [
            said("nis/1", 300, period="2025-01-10"),
            said("nis/2", 900, period="2025-01-10", stated="2025-03-01"),
            said("nis/3", 600, **MAY),
        ],
        [("nis/2", "nis/3")],
    ),
    "from what was revised downwards": (
        [
            said("nis/1", 900, period="2025-01-10"),
            said("nis/2", 300, period="2025-01-10", stated="2025-03-01"),
            said("nis/3", 600, **MAY),
        ],
        [],
    ),
    "an old total said late, for its own days": (
        [said("nis/1", 2000), said("nis/2", 600, period="2024-12-01", **MAY)],
        [],
    ),
    "without a figure": (
        [said("nis/1", 600), said("nis/2", qualifier="unspecified", **MAY)],
        [],
    ),
    "of two ids of one voice": (
        [said("mod/1", 600), said("press/2", 300, voice="mod", **MAY)],
        [("mod/1", "press/2")],
    ),
    "from one that was taken back": (
        [
            said("nis/1", 600, period="2025-01-10"),
            unknown("nis/2", period="2025-01-10", stated="2025-03-01"),
            said("nis/3", 300, **MAY),
        ],
        [],
    ),
    "a plan that is smaller": (
        [said("nis/1", 600), plan("nis/2", 300, period="2025-06", **MAY)],
        [],
    ),
    "twice": (
        [said("nis/1", 9), said("nis/2", 7, stated="2025-02-01"), said("nis/3", 5, **MAY)],
        [("nis/1", "nis/2"), ("nis/2", "nis/3")],
    ),
    "once, and then rises again": (
        [said("nis/1", 9), said("nis/2", 5, stated="2025-02-01"), said("nis/3", 7, **MAY)],
        [("nis/1", "nis/2")],
    ),
}


@pytest.mark.parametrize("case", FALLS)
def test_a_falling_total(case: str) -> None:
    claims, then = FALLS[case]
    assert suspected("fall", claims) == suspected("fall", claims[::-1]) == then


@pytest.mark.parametrize("measure", ["stock", "increment"])
def test_levels_and_new_numbers_may_fall(measure: Measure) -> None:
    fell = [said("nis/1", 600, measure=measure), said("nis/2", 300, measure=measure, **MAY)]
    assert suspected("fall", fell, measure) == []
