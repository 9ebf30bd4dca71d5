"""What a question is about, and what an answer says of its days and its marking."""

from datetime import date
from typing import Any

import pytest

from domain.estimates.estimate import concerns, cutoff_text, period_text
from domain.vocabulary import Measure
from tests.domain.estimates.asking import ask, plan, question
from tests.histories import said


@pytest.mark.parametrize(
    ("asked", "then"),
    [
        ({}, True),
        ({"policy": "envelope/1"}, True),
        ({"cohort": "east"}, False),
        ({"period": "2025"}, False),
        ({"originator": "nis"}, False),
        ({"incident": "raid"}, False),
    ],
)
def test_a_headline_is_narrowed_by_nothing(asked: dict[str, Any], then: bool) -> None:
    assert question(**asked).headline is then


ABOUT: list[tuple[Measure, dict[str, Any], dict[str, Any], bool]] = [
    ("cumulative", {}, {}, True),
    ("cumulative", {}, {"cohort": "east"}, False),
    ("cumulative", {"cohort": "east"}, {"cohort": "east"}, True),
    ("cumulative", {"originator": "mod"}, {"originator": "press", "voice": "mod"}, True),
    ("cumulative", {"originator": "press"}, {"originator": "press", "voice": "mod"}, False),
    ("cumulative", {"period": "2025-01"}, {"period": "2025-01-31"}, True),
    ("cumulative", {"period": "2025-01"}, {"period": "2025-01-30"}, False),
    ("stock", {"period": "2025-01"}, {"period": "2025-01-31"}, False),
    ("increment", {}, {"cohort": "east"}, True),
    ("increment", {"cohort": "west"}, {"cohort": "east"}, False),
    ("increment", {"incident": "raid"}, {"incident": "raid"}, True),
    ("increment", {"incident": "raid"}, {}, False),
    ("increment", {"period": "2025-01"}, {"period": "2025-01-30"}, True),
    ("increment", {"period": "2025-01"}, {"period": "2025-01-30/2025-02-03"}, True),
    ("increment", {"period": "2025-01"}, {"period": "2025-02"}, False),
]


@pytest.mark.parametrize(("measure", "asked", "more", "then"), ABOUT)
def test_what_a_claim_is_about(
    measure: Measure, asked: dict[str, Any], more: dict[str, Any], then: bool
) -> None:
    assert concerns(question(measure, **asked), said("nis/1", 300, measure=measure, **more)) is then


PERIODS: list[tuple[Measure, str, str]] = [
    ("cumulative", "2025-01-13", "../2025-01-13"),
    ("cumulative", "2025-01~", "../2025-01-31"),
    ("stock", "2025-01~", "2025-01~"),
    ("increment", "2025-01", "2025-01"),
    ("increment", "2025-01/2025-03", "2025-01-01/2025-03-31"),
]


@pytest.mark.parametrize(("measure", "period", "then"), PERIODS)
def test_the_period_of_an_answer(measure: Measure, period: str, then: str) -> None:
    result = ask([said("nis/1", 300, measure=measure, period=period)], measure)
    assert period_text(question(measure), result) == then


def test_the_period_of_a_plan_is_its_target_as_it_was_written() -> None:
    result = ask([plan("sc/1", 6000, period="2025-07/2025-08", stated="2025-06-26")])
    assert period_text(question(), result) == "2025-07/2025-08"
    assert cutoff_text(result) == "2025-06-26"


def test_without_an_origin_an_answer_has_no_days() -> None:
    assert (period_text(question(), ask([])), cutoff_text(ask([]))) == (None, None)


def test_the_cut_off_takes_the_day_as_it_was_written() -> None:
    """Stated in Seoul on the 14th, when it was still the 13th in UTC, of the whole month."""
    written = date(2025, 1, 14).toordinal()
    claim = said("nis/1", 1, period="2025-01", stated="2025-01-13T23:00:00Z", stated_on=written)
    assert cutoff_text(ask([claim])) == "2025-01-14"


def test_the_marking_is_the_most_restrictive_of_the_claims_used() -> None:
    red = said("nis/1", 300, marking="TLP:RED", stated="2025-01-12")
    amber = said("us/1", 300, marking="TLP:AMBER")
    assert ask([red, amber]).marking == "TLP:RED"
    assert ask([red, amber, said("nis/2", 300, marking="TLP:GREEN")]).marking == "TLP:AMBER"
    assert ask([]).marking == "TLP:CLEAR"
