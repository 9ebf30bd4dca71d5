"""A text with numbered marks at the words that claims rest on."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Span = tuple[int, int]
"""Where quoted words start and end, in characters of the text."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text: the numbers of the claims that rest on it, and of those that start with it."""

    text: str
    within: tuple[int, ...] = ()
    starts: tuple[int, ...] = ()


def marked(text: str, spans: Sequence[Span | None]) -> list[Piece]:
    """The pieces of a text, cut where the n-th claim's words start and end; they may overlap."""
    known = {n: span for n, span in enumerate(spans, 1) if span is not None}
    cuts = {0, len(text), *(at for span in known.values() for at in span)}
    return [
        Piece(
            text[first:last],
            tuple(n for n, (start, end) in known.items() if start <= first and last <= end),
            tuple(n for n, (start, _) in known.items() if start == first),
        )
        for first, last in pairwise(sorted(cuts))
    ]
