"""Figures in sentences: how many of ours are found, and what each way of writing one means."""

import pytest

from tests.domain.reading.sentences import quantities, score, sentences


def test_most_quantities_of_our_sentences_are_found_and_few_others() -> None:
    counted = score()
    assert counted.wanted > 150
    assert counted.f1 > 0.97
    assert counted.qualifiers > 0.98


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10,000 men", "exact 10000"),
        ("10 000 men", "exact 10000"),
        ("10\u202f000 men", "exact 10000"),
        ("1.234.567 men", "exact 1234567"),
        ("10.000 men", "exact 10000"),
        ("1.2 million men", "exact 1200000"),
        ("a dozen men", "exact 12"),
        ("two dozen men", "exact 24"),
        ("half a dozen men", "exact 6"),
        ("half a million men", "exact 500000"),
        ("two and a half million men", "exact 2500000"),
        ("one hundred and twenty-five thousand men", "exact 125000"),
        ("several hundred men", "unspecified"),
        ("tens of thousands of men", "unspecified"),
        ("scores of men", "unspecified"),
        ("10,000 to 12,000 men", "range 10000 12000"),
        ("between 10,000 and 12,000 men", "range 10000 12000"),
        ("10,000\u201312,000 men", "range 10000 12000"),
        ("6 to 8 million men", "range 6000000 8000000"),
        ("an estimated 10,000 to 12,000 men", "range 10000 12000"),
        ("about 300 men", "about 300"),
        ("around 300 men", "about 300"),
        ("some 300 men", "about 300"),
        ("300 or so men", "about 300"),
        ("approximately 300 men", "about 300"),
        ("an estimated 300 men", "about 300"),
        ("at least 300 men", "at-least 300"),
        ("no fewer than 300 men", "at-least 300"),
        ("300 or more men", "at-least 300"),
        ("300+ men", "at-least 300"),
        ("more than 300 men", "more-than 300"),
        ("over 300 men", "more-than 300"),
        ("upwards of 300 men", "more-than 300"),
        ("up to 300 men", "up-to 300"),
        ("as many as 300 men", "up-to 300"),
        ("at most 300 men", "at-most 300"),
        ("no more than 300 men", "at-most 300"),
        ("fewer than 300 men", "less-than 300"),
        ("nearly 300 men", "nearly 300"),
        ("almost 300 men", "nearly 300"),
        ("approaching 300 men", "nearly 300"),
        ("two-thirds of the men", "exact 0.666666667"),
        ("9 out of 10 men", "exact 0.9"),
        ("45 percent of the men", "exact 45"),
        ("a 5,000-strong force", "exact 5000"),
        ("minus 5 degrees", "exact -5"),
    ],
)
def test_a_way_of_writing(written: str, meant: str) -> None:
    assert list(quantities(f"They saw {written} there.")) == [meant]


@pytest.mark.parametrize(
    "text",
    [
        "He came on 26 June 2025.",
        "In May 2024 it rained.",
        "The 1990s were dry.",
        "The 528th regiment fought.",
        "Brigade 155 rests.",
        "It is at https://example.org/a/2.0/ now.",
        "Version 2.4.1 is out.",
        "They met at 10:30 p.m. there.",
        "No. 5 is missing.",
        "Route 66 is long.",
        "They won 3-1 at home.",
        "Call 555-123-4567 now.",
        "COVID-19 and the F-16 are names.",
        "One of them left; no one stayed.",
        "It came third.",
        "The S&P 500 fell.",
        "It works 24/7 since 9/11.",
    ],
)
def test_numbers_that_are_no_quantities(text: str) -> None:
    assert list(quantities(text)) == []


def test_every_sentence_has_its_quantities_written_as_found() -> None:
    for _, wanted in sentences():
        assert all(each.split()[0].islower() for each in wanted)
