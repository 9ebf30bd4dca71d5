"""What a claim is about and when: its cell, whether it looks ahead, its cut-off, whether it is weak."""

from datetime import date
from typing import Any, get_args

import pytest

from domain.estimates.claims import cell_of, cell_text, in_headline, is_prospective
from domain.period import parse_period
from domain.vocabulary import Measure, Status
from tests.histories import said


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
    ("measure", "period", "since", "then"),
    [
        ("cumulative", "2022-02-24/2025-06-30", "2022-02-24", "../2025-06-30"),
        ("cumulative", "2022-02/2025-06", "2022-02-01", "../2025-06-30"),
        ("cumulative", "2022-02-25/2025-06-30", "2022-02-24", "2022-02-25/2025-06-30"),
        ("cumulative", "2022-02-24/2025-06-30", None, "2022-02-24/2025-06-30"),
        ("stock", "2022-02-24/2025-06-30", "2022-02-24", "2022-02-24/2025-06-30"),
    ],
)
def test_a_total_since_the_day_from_which_the_indicator_counts_has_no_stated_start(
    measure: Measure, period: str, since: str | None, then: str
) -> None:
    cell = cell_of(measure, parse_period(period), date.fromisoformat(since) if since else None)
    assert cell_text(measure, cell) == then


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
def test_a_total_with_a_stated_start_is_no_headline_unless_it_looks_ahead(
    measure: Measure, period: str, then: bool
) -> None:
    cell = cell_of(measure, parse_period(period))
    assert in_headline(measure, cell) is then
    assert in_headline(measure, cell, prospective=True)


AHEAD = ("planned", "announced", "forecast")


@pytest.mark.parametrize("status", get_args(Status))
@pytest.mark.parametrize(
    ("period", "later"),
    [("2025-01-14", True), ("2025-01", True), ("2025-01-13/..", True), ("2024/..", True),
     ("2025-01-13", False), ("2024-12", False), ("../2025-01-13", False)],
)  # fmt: skip
def test_a_plan_an_announcement_or_a_forecast_of_later_days_looks_ahead(
    status: Status, period: str, later: bool
) -> None:
    ahead = is_prospective(status, parse_period(period), date(2025, 1, 13))
    assert ahead is (later and status in AHEAD)


@pytest.mark.parametrize(
    ("period", "stated", "cutoff"),
    [
        ("2025-01-10", "2025-01-13T09:30:00Z", "2025-01-10T23:59:59.999999Z"),
        ("2025-01", "2025-01-13T09:30:00Z", "2025-01-13T09:30:00Z"),
        ("2025-01-13", "2025-01-13T09:30:00Z", "2025-01-13T09:30:00Z"),
        ("2025-02/..", "2025-01-13T09:30:00Z", "2025-01-13T09:30:00Z"),
        ("2024", "2025-01-13T09:30:00Z", "2024-12-31T23:59:59.999999Z"),
    ],
)
def test_the_cut_off_is_the_end_of_the_period_or_the_statement(
    period: str, stated: str, cutoff: str
) -> None:
    assert said("nis/1", 1, period=period, stated=stated).cutoff == said("x/1", 1, stated=cutoff).stated


@pytest.mark.parametrize(
    ("period", "stated_on", "then"),
    [
        ("2025-01", "2025-01-14", "2025-01-14"),
        ("2025-01-13", "2025-01-14", "2025-01-13"),
        ("2025-02/..", "2025-01-14", "2025-01-14"),
    ],
)
def test_the_cut_off_shown_takes_the_day_as_it_was_written(
    period: str, stated_on: str, then: str
) -> None:
    """Stated in Seoul on the 14th, when it was still the 13th in UTC."""
    written = date.fromisoformat(stated_on).toordinal()
    claim = said("nis/1", 1, period=period, stated="2025-01-13T23:00:00Z", stated_on=written)
    assert date.fromordinal(claim.covers_until).isoformat() == then


WEAK: list[tuple[dict[str, Any], bool]] = [
    ({}, False),
    ({"basis": "relay"}, True),
    ({"basis": "relay", "links": ("nis/1",)}, False),
    ({"credibility": 4}, False),
    ({"credibility": 5}, True),
    ({"credibility": 5, "links": ("nis/1",)}, True),
    ({"credibility": 6}, False),
    ({"reliability": "E"}, False),
]


@pytest.mark.parametrize(("more", "then"), WEAK)
def test_weak_is_a_relay_without_a_link_and_what_is_graded_improbable(
    more: dict[str, Any], then: bool
) -> None:
    assert said("wire/1", 300, **more).weak is then
