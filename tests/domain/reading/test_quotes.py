"""Quoted words: cut from a text, and found in it again."""

from hypothesis import given
from hypothesis import strategies as st

from domain.reading.quotes import Searched, quote_of
from domain.vocabulary import LONGEST_QUOTE, Quote

TEXT = "First 5 men came.  Then\n5 men left."


def test_words_are_found_to_the_letter_white_space_folded() -> None:
    place = Searched(TEXT).place(Quote(exact="Then 5  men"))
    assert place is not None and TEXT[slice(*place)] == "Then\n5 men"


def test_of_two_places_the_one_with_the_words_around_is_meant() -> None:
    searched = Searched(TEXT)
    assert searched.place(Quote(exact="5 men")) == (6, 11)
    assert searched.place(Quote(exact="5 men", prefix="Then ")) == (24, 29)
    assert searched.place(Quote(exact="5 men", suffix=" left")) == (24, 29)


def test_words_that_differ_in_a_letter_are_nowhere() -> None:
    for words in ("5 Men", "five men", "5 men  came!", " "):
        assert Searched(TEXT).place(Quote(exact=words)) is None


def test_a_long_quote_is_cut() -> None:
    quote = quote_of("a" * 1_000, 10, 900)
    assert (len(quote.exact), quote.start, quote.end) == (LONGEST_QUOTE, 10, 10 + LONGEST_QUOTE)


@given(st.text(min_size=1, max_size=80), st.data())
def test_what_was_cut_from_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quote = quote_of(text, start, end)
    place = Searched(text).place(quote)
    assert (place is None) == (not quote.exact.strip())
    if place is not None:
        assert text[slice(*place)].split() == quote.exact.split()
