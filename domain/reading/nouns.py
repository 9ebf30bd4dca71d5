"""What a number counts: the words behind it, as far as they name one thing."""

from collections.abc import Sequence

from domain.reading.calendar_dates import CLOSED
from domain.reading.figure import Figure
from domain.reading.stems import stems_of
from domain.reading.tokens import Tokens, lower_at, touching
from domain.reading.word_lists import words

_MOST = 5
_BEFORE = 8
_VERBS = words(
    "live lives lived remain remained remains followed follow follows died die dies left came come "
    "comes went go goes arrived arrive need needs asked agreed attended fled took voted joined "
    "returned work worked works fell rose lost gained"
)
"""Verbs that often stand right behind what is counted."""
_OWNERS = words("the its their his her our these those them which whom")
_HELPING = words("are is was were have has had been being will would be get got could may might")
_ENDING = words(
    "last next past "
    "said says according this today including among per each during under over between after "
    "before since until against into than that there here also not only still already yet "
    "more"
)


_CLOSING = CLOSED | _HELPING | _ENDING | _VERBS


def counted(tokens: Tokens, figure: Figure) -> tuple[int, int]:
    """The tokens, from one up to another, that name what a figure counts; none if it stands alone."""
    first = figure.after
    if lower_at(tokens, first) in ("-", "\u2011") and touching(tokens, first):
        first += 1
    while lower_at(tokens, first) in ("more", "other", "additional", "further", "new"):
        first += 1
    if lower_at(tokens, first) == "of":
        first += 1
        while lower_at(tokens, first) in _OWNERS:
            first += 1
    after = first
    while after < len(tokens) and after - first < _MOST and _names(tokens, after):
        after += 1
    return first, after


def _names(tokens: Tokens, i: int) -> bool:
    token = tokens[i]
    if token.text in ("'", "\u2019", "-"):
        return touching(tokens, i) and touching(tokens, i + 1)
    if token.kind == "number":  # of a name: two T-72 tanks
        return touching(tokens, i) and lower_at(tokens, i - 1) == "-"
    if token.kind != "word":
        return False
    possessive = token.text == "s" and touching(tokens, i)
    return possessive or token.lower not in _CLOSING


def stems_of_each(tokens: Tokens, figures: Sequence[Figure]) -> list[set[str]]:
    """The stems of what each figure of a sentence counts.

    They stand behind it, as in `600 were killed`, else before it, else with the figure before it.
    """
    found, after = list[set[str]](), 0
    for figure in figures:
        stems = _behind(tokens, figure) or _before(tokens, figure, after)
        found.append(stems or (found[-1] if found else set()))
        after = figure.after
    return found


def _behind(tokens: Tokens, figure: Figure) -> set[str]:
    """The stems of what a figure counts, and of what became of it: `600 were killed`."""
    first, after = counted(tokens, figure)
    said = [token.text for token in tokens[first:after]]
    at = after
    while lower_at(tokens, at) in _HELPING and at - after < _MOST:
        at += 1
    became = at > after or lower_at(tokens, at) in _VERBS
    if became and at < len(tokens) and tokens[at].kind == "word":
        said.append(tokens[at].text)
    return set(stems_of(" ".join(said)))


def _before(tokens: Tokens, figure: Figure, after: int) -> set[str]:
    """The stems of the words right before a figure, in its clause: `the dead rose to 400`."""
    first = figure.first
    while first > max(after, figure.first - _BEFORE) and tokens[first - 1].text not in ",;:":
        first -= 1
    return set(stems_of(" ".join(token.text for token in tokens[first : figure.first])))
