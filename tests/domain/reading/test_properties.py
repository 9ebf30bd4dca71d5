"""What holds of every text, sensible or not."""

import sys
from datetime import date
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.period import parse_period
from domain.reading.proposal import Draft, Proposal
from domain.reading.reading import read
from domain.vocabulary import LONGEST_QUOTE, Statement
from tests.domain.reading.bulletin import bulletins
from tests.domain.reading.ground import KNOWN
from tests.domain.reading.sentences import sentences
from tests.effort import examples

_WORDS = sorted({word for text, _ in sentences() for word in text.split()})
_SCRAPS = st.sampled_from(
    [
        *_WORDS,
        *(
            "May",
            "since",
            "between",
            "\n\n",
            "\n",
            "-",
            "\u2013",
            "half",
            "a",
            "of",
            "said,",
            "(",
            "he",
        ),
    ]
)
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(_SCRAPS, max_size=60).map(" ".join),
    st.lists(st.sampled_from("0123456789.,-/ %$\u00bd\n"), max_size=80).map("".join),
)
DAYS = st.one_of(st.none(), st.dates(), st.just(date.min), st.just(date.max))


def statement(made: Proposal) -> Statement:
    """A proposal as the claim of a report; the fields that it leaves open are filled in."""
    return Statement.model_validate(
        {
            "indicator": made.indicator or "some-indicator",
            "originator": made.originator or "some-source",
            "spokesperson": made.spokesperson,
            "stated_at": made.stated_at,
            "period": made.period,
            "status": made.status,
            "quantity": made.quantity,
            "stance": made.stance,
            "derived_from": tuple(link.claim for link in made.links),
            "quote": made.quote,
        }
    )


@examples(300)
@given(TEXTS, DAYS)
def test_any_text_is_read_and_what_is_proposed_can_be_filed(text: str, published: date | None) -> None:
    draft = read(text, published, KNOWN)
    for made in draft.proposals:
        statement(made)
        if made.period is not None:
            parse_period(made.period)
    _check_quotes(text, draft)


def _check_quotes(text: str, draft: Draft) -> None:
    quotes = [made.quote for made in draft.proposals] + [each.quote for each in draft.not_figures]
    for quote in quotes:
        assert quote.start is not None and quote.end is not None
        assert quote.exact == text[quote.start : quote.end]
        assert text[: quote.start].endswith(quote.prefix)
        assert text[quote.end :].startswith(quote.suffix)
        assert len(quote.exact) <= LONGEST_QUOTE


@examples(100)
@given(TEXTS, DAYS)
def test_the_same_text_gives_the_same_draft(text: str, published: date | None) -> None:
    assert read(text, published, KNOWN) == read(text, published, KNOWN)


HARD = {
    "digits": "1",
    "groups": "1,111 ",
    "spaced groups": "111 ",
    "dots": "1.",
    "letters": "a",
    "hyphens": "a-1-",
    "addresses": "a.b@",
    "slashes": "/a",
    "links": "http://",
    "blanks": " ",
    "lines": "\n",
    "figures": "5 men and ",
    "sentences": "The army said 500 men left in May 2024. ",
    "colons": "a:\n",
    "words of numbers": "hundred thousand ",
    "dates": "May 2024 and ",
    "brackets": "(",
    "says": "X said, said ",
}


@pytest.mark.parametrize("scrap", HARD.values(), ids=list(HARD))
def test_twice_the_text_takes_twice_the_calls(scrap: str) -> None:
    once, twice = (calls(scrap * (size // len(scrap))) for size in (4_000, 8_000))
    assert twice < 2.3 * once + 2_000


def calls(text: str) -> int:
    """How many functions are called while a text is read."""
    counted = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        read(text, date(2025, 6, 26), KNOWN)
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("scrap", ["1", "a", " ", "\n", "http://"])
def test_a_megabyte_is_read_to_its_end(scrap: str) -> None:
    text = scrap * (1_000_000 // len(scrap))
    draft = read(text, date(2025, 6, 26), KNOWN)
    assert len(draft.proposals) + len(draft.not_figures) <= len(text)


def test_bulletins_joined_give_no_more_than_each_gives() -> None:
    joined = "\n\n".join(each.text for each in bulletins())
    proposed = sum(len(read(each.text, None, KNOWN).proposals) for each in bulletins())
    assert len(read(joined, None, KNOWN).proposals) <= proposed
