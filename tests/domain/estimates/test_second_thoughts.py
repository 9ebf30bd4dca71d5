"""Two figures of one voice at the same moment, and a figure that it took back."""

from typing import Any

import pytest

from domain.estimates.claims import Claim
from domain.vocabulary import Measure
from tests.domain.estimates.asking import plan, stance, unknown
from tests.domain.estimates.suspecting import NUMERIC, Found, suspected
from tests.histories import said

# Two figures at the same moment


NOW: dict[str, Any] = {"stated": "2025-01-13T09:00:00Z", "published": "2025-01-14", "period": "2025-01"}
MOMENTS: dict[str, tuple[list[Claim], Found]] = {
    "two figures": ([said("nis/1", 300, **NOW), said("nis/2", 310, **NOW)], [("nis/1", "nis/2")]),
    "the same figure twice": ([said("nis/1", 300, **NOW), said("nis/2", 300, **NOW)], []),
    "a bound more": (
        [said("nis/1", 300, **NOW), said("nis/2", 300, low=200, **NOW)],
        [("nis/1", "nis/2")],
    ),
    "a figure and unknown": (
        [said("nis/1", 300, **NOW), unknown("nis/2", **NOW)],
        [("nis/1", "nis/2")],
    ),
    "published one after the other": (
        [said("nis/1", 300, **NOW), said("nis/2", 310, **NOW | {"published": "2025-01-15"})],
        [],
    ),
    "stated one after the other": (
        [said("nis/1", 300, **NOW), said("nis/2", 310, **NOW | {"stated": "2025-01-13T09:00:01Z"})],
        [],
    ),
    "of two voices": ([said("nis/1", 300, **NOW), said("us/1", 310, **NOW)], []),
    "of two ids of one voice": (
        [said("mod/1", 300, **NOW), said("press/2", 310, voice="mod", **NOW)],
        [("mod/1", "press/2")],
    ),
    "of two cohorts": ([said("nis/1", 300, **NOW), said("nis/2", 310, cohort="east", **NOW)], []),
    "of two cells": (
        [said("nis/1", 300, **NOW), said("nis/2", 310, **NOW | {"period": "2025-02"})],
        [],
    ),
    "one of them is a relay": (
        [said("nis/1", 300, **NOW), said("nis/2", 310, links=("us/1",), **NOW)],
        [],
    ),
    "a third was later": (
        [
            said("nis/1", 300, **NOW),
            said("nis/2", 310, **NOW),
            said("nis/3", 305, **NOW | {"stated": "2025-01-13T10:00:00Z"}),
        ],
        [],
    ),
    "a plan and what came of it": (
        [plan("nis/1", 300, **NOW), said("nis/2", 310, **NOW)],
        [],
    ),
}


@pytest.mark.parametrize("case", MOMENTS)
@pytest.mark.parametrize("measure", NUMERIC)
def test_two_figures_of_one_voice_at_the_same_moment(measure: Measure, case: str) -> None:
    claims, then = MOMENTS[case]
    assert suspected("same-moment", claims, measure) == then
    assert suspected("same-moment", claims[::-1], measure) == then


def test_two_stances_at_the_same_moment() -> None:
    both = [stance("nis/1", True), stance("nis/2", False)]
    assert suspected("same-moment", both, "proposition") == [("nis/1", "nis/2")]


# A figure taken back


BACK = unknown("nis/2", period="2025-01", stated="2025-02-01")
TAKEN: dict[str, tuple[list[Claim], Found]] = {
    "10 and later unknown": ([said("nis/1", 10, period="2025-01"), BACK], [("nis/2", "nis/1")]),
    "the last figure is named": (
        [
            said("nis/0", 9, period="2025-01", stated="2025-01-12"),
            said("nis/1", 10, period="2025-01"),
            BACK,
        ],
        [("nis/2", "nis/1")],
    ),
    "unknown and later 10": (
        [BACK, said("nis/3", 10, period="2025-01", stated="2025-02-02")],
        [],
    ),
    "unknown alone": ([BACK], []),
    "after the figure of another voice": ([said("us/1", 10, period="2025-01"), BACK], []),
    "after a figure for other days": ([said("nis/1", 10, period="2024-12"), BACK], []),
    "after a figure of a cohort": ([said("nis/1", 10, period="2025-01", cohort="east"), BACK], []),
    "after a relay": ([said("nis/1", 10, period="2025-01", links=("us/1",)), BACK], []),
    "several is no word that takes back": (
        [
            said("nis/1", 10, period="2025-01"),
            said("nis/2", qualifier="unspecified", period="2025-01", stated="2025-02-01"),
        ],
        [],
    ),
}


@pytest.mark.parametrize("case", TAKEN)
@pytest.mark.parametrize("measure", NUMERIC)
def test_a_figure_taken_back(measure: Measure, case: str) -> None:
    claims, then = TAKEN[case]
    assert (
        suspected("taken-back", claims, measure)
        == suspected("taken-back", claims[::-1], measure)
        == then
    )
