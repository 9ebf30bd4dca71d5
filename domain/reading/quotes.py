"""The words that something rests on, as a W3C text-quote selector; and finding quoted words again."""

import re

from domain.vocabulary import LONGEST_QUOTE, Quote

_AROUND = 32
_SPACE = re.compile(r"\s+")


def quote_of(text: str, start: int, end: int) -> Quote:
    """The characters from `start` to `end` with some around them; a long one is cut at its end."""
    end = min(end, start + LONGEST_QUOTE)
    return Quote(
        exact=text[start:end],
        prefix=text[max(0, start - _AROUND) : start],
        suffix=text[end : end + _AROUND],
        start=start,
        end=end,
    )


def folded(text: str) -> str:
    """A text with every run of white space as one space."""
    return _SPACE.sub(" ", text)


def found_at(text: str, quote: Quote) -> tuple[int, int] | None:
    """Where the quoted words stand in a text to the letter, white space folded; None if nowhere.

    Where they stand more than once, the place is meant that has the words around them.
    """
    pattern = _to_the_letter(quote.exact)
    if not pattern:
        return None
    around = rf"{_to_the_letter(quote.prefix)}(?P<exact>{pattern}){_to_the_letter(quote.suffix)}"
    match = re.search(around, text)
    if match is not None:
        return match.span("exact")
    alone = re.search(pattern, text)
    return alone.span() if alone else None


def _to_the_letter(words: str) -> str:
    """A pattern of words to the letter, any white space between them."""
    gap = r"\s+"
    parts = [re.escape(part) for part in words.split()]
    if not parts:
        return ""
    before = r"\s*" if words[0].isspace() else ""
    after = r"\s*" if words[-1].isspace() else ""
    return before + gap.join(parts) + after
