"""Dates and spans in sentences, as EDTF."""

from datetime import date

import pytest

from domain.reading.dates import dates_of
from domain.reading.tokens import tokens_of

PUBLISHED = date(2025, 6, 26)


def periods(text: str, published: date | None = PUBLISHED, *, ahead: bool = False) -> list[str | None]:
    return [each.period for each in dates_of(tokens_of(text), published, ahead=ahead)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("on 2025-06-26", "2025-06-26"),
        ("on June 26, 2025", "2025-06-26"),
        ("on 26 June", "2025-06-26"),
        ("on the 26th of June", "2025-06-26"),
        ("on Nov. 5", "2024-11-05"),
        ("on 26.06.2025", "2025-06-26"),
        ("on 6/26/2025", "2025-06-26"),
        ("5 to 7 July 2025", "2025-07-05/2025-07-07"),
        ("July 5-7", "2024-07-05/2024-07-07"),
        ("between July and August 2025", "2025-07/2025-08"),
        ("between November and January 2025", "2024-11/2025-01"),
        ("in late 2024", "2024-10/2024-12~"),
        ("in late 2024 and early 2025", "2024-10/2025-03~"),
        ("in mid-January", "2025-01-11/2025-01-20~"),
        ("early last year", "2024-01/2024-03~"),
        ("by the end of the year", "../2025-12~"),
        ("last week", "2025-06-16/2025-06-22"),
        ("next month", "2025-07"),
        ("this year", "2025"),
        ("yesterday", "2025-06-25"),
        ("on Monday", "2025-06-23"),
        ("last Thursday", "2025-06-19"),
        ("on Monday, June 2", "2025-06-02"),
        ("three days ago", "2025-06-23"),
        ("two months ago", "2025-04~"),
        ("in the past 24 hours", "2025-06-25/2025-06-26"),
        ("over the last three days", "2025-06-23/2025-06-26"),
        ("since June", "2025-06/2025-06-26"),
        ("since June 2024", "2024-06/2025-06-26"),
        ("until August", "../2024-08"),
        ("as of June 20", "2025-06-20"),
        ("in 2024", "2024"),
        ("in Q3 2024", "2024-35"),
        ("in the third quarter of 2024", "2024-35"),
        ("in the first half of 2025", "2025-01/2025-06"),
        ("this summer", "2025-06/2025-08~"),
        ("in the winter 2024", "2024-12/2025-02~"),
        ("in May", "2025-05"),
    ],
)
def test_what_is_written_means_a_period(written: str, meant: str) -> None:
    assert periods(f"It happened {written}.") == [meant]


@pytest.mark.parametrize(
    "text",
    [
        "It may grow.",
        "They march on.",
        "About 2000 people came.",
        "It rose to 2000.",
        "10,000 men and 12 boats",
        "a 24-hour day",
        "the second of three",
    ],
)
def test_words_and_figures_that_are_no_dates(text: str) -> None:
    assert periods(text) == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("in July", "2025-07"),
        ("on Monday", "2025-06-30"),
        ("in January", "2026-01"),
        ("by May", "../2025-05"),
    ],
)
def test_what_is_to_come_lies_ahead(written: str, meant: str) -> None:
    assert periods(f"They will go {written}.", ahead=True) == [meant]


@pytest.mark.parametrize(
    "written", ["last week", "on Monday", "three days ago", "in July", "this year"]
)
def test_without_a_day_of_publication_a_relative_date_has_no_period(written: str) -> None:
    assert periods(f"It happened {written}.", None) == [None]


def test_a_date_that_does_not_exist_is_none() -> None:
    assert periods("It happened on 31.02.2025.") == [None]
