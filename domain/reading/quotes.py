"""The words that something rests on, as a W3C text-quote selector; and finding quoted words again."""

import re
from collections.abc import Iterator

from domain.vocabulary import LONGEST_QUOTE, Quote

_AROUND = 32
_PIECE = re.compile(r"\s+|\S")


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


class Searched:
    """A text in which quoted words are looked up, every run of white space being one space."""

    def __init__(self, text: str) -> None:
        pieces = list(_PIECE.finditer(text))
        self._places = [(piece.start(), piece.end()) for piece in pieces]
        self._folded = "".join(" " if piece[0].isspace() else piece[0] for piece in pieces)

    def place(self, quote: Quote) -> tuple[int, int] | None:
        """Where the quoted words stand in the text to the letter; None if nowhere.

        Where they stand more than once, the place is meant that has the words around them.
        """
        exact = _folded(quote.exact).strip()
        found = list(self._all(exact)) if exact else []
        if not found:
            return None
        before, behind = _folded(quote.prefix).strip(), _folded(quote.suffix).strip()
        first = next((at for at in found if self._fits(at, len(exact), before, behind)), found[0])
        return self._places[first][0], self._places[first + len(exact) - 1][1]

    def _all(self, exact: str) -> Iterator[int]:
        at = self._folded.find(exact)
        while at >= 0:
            yield at
            at = self._folded.find(exact, at + len(exact))

    def _fits(self, at: int, length: int, before: str, behind: str) -> bool:
        reach = LONGEST_QUOTE + 1
        left = self._folded[max(0, at - reach) : at].rstrip()
        right = self._folded[at + length : at + length + reach].lstrip()
        return left.endswith(before) and right.startswith(behind)


def _folded(words: str) -> str:
    return re.sub(r"\s+", " ", words)
