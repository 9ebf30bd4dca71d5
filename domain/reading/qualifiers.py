"""How sure a number is: what its neighbours say of it, and the quantity that follows."""

from collections.abc import Mapping
from fractions import Fraction

from domain.reading.tokens import Tokens, lower_at
from domain.reading.word_lists import words
from domain.vocabulary import Qualifier

_SAID_BEFORE: Mapping[Qualifier, str] = {
    "about": (
        "about|around|some|approximately|approx|approx.|roughly|circa|ca.|ca|an estimated|"
        "estimated|"
        "estimated at|in the region of|in the order of|on the order of|in the neighborhood of|"
        "somewhere around|more or less|something like|just about|~|≈|±|more like|"
        "in the vicinity of|of about|an approximate|an average of about|give or take"
    ),
    "at-least": (
        "at least|at the very least|no fewer than|no less than|not less than|not fewer than|"
        "a minimum of|minimum of|minimum|as few as|as little as|≥|not under|never less than"
    ),
    "more-than": (
        "more than|over|upwards of|upward of|above|exceeding|exceeds|exceed|exceeded|in excess of|"
        "greater than|north of|surpassing|surpassed|surpasses|topping|topped|tops|well over|"
        "just over|slightly over|a little over|slightly more than|a little more than|"
        "just more than|well above|just above|higher than|larger than|bigger than|longer than|"
        "better than|past|>|easily over|far more than|much more than|older than|faster than"
    ),
    "at-most": (
        "at most|no more than|not more than|a maximum of|maximum of|maximum|not exceeding|"
        "no greater than|not over|no higher than|no longer than|≤|at the most|a ceiling of"
    ),
    "up-to": (
        "up to|as many as|as much as|as high as|as large as|as long as|as far as|upto|"
        "up to about|up to an estimated|anything up to"
    ),
    "less-than": (
        "less than|fewer than|under|below|lower than|smaller than|shorter than|shy of|short of|"
        "just under|slightly under|just below|well under|well below|<|a little under|"
        "slightly less than|a little less than|just less than|just shy of|slightly below|"
        "much less than|far fewer than|far less than|cheaper than"
    ),
    "nearly": "nearly|almost|approaching|close to|nearing|virtually|pretty much|not quite",
    "exact": "exactly|precisely|just|only|a total of|totalling|totaling|a record",
}
_BEFORE: Mapping[str, Qualifier] = {
    phrase: qualifier for qualifier, phrases in _SAID_BEFORE.items() for phrase in phrases.split("|")
}
_AFTER: Mapping[str, Qualifier] = {
    "or more": "at-least",
    "or so": "about",
    "or thereabouts": "about",
    "or less": "at-most",
    "or fewer": "at-most",
    "or under": "at-most",
    "or over": "at-least",
    "or above": "at-least",
    "or higher": "at-least",
    "or better": "at-least",
    "or greater": "at-least",
    "or longer": "at-least",
    "and above": "at-least",
    "and over": "at-least",
    "and counting": "at-least",
    "at least": "at-least",
    "at most": "at-most",
    "+": "at-least",
    "plus": "at-least",
    "- plus": "at-least",
    "- odd": "about",
    "odd": "about",
    "- ish": "about",
}
_LONGEST = 4
_PLACES = words("over under about around past above below")
_MOVING = words("spread control flew flying voted spoke talk talked")
_SKIPPED = frozenset({"a", "an", "the", "another", "approximate"})


def qualifier_before(tokens: Tokens, i: int) -> tuple[Qualifier, int] | None:
    """What the words before token i say of a number there, and the token with which they begin."""
    for end in (i, i - 1) if lower_at(tokens, i - 1) in _SKIPPED else (i,):
        for first in range(max(0, end - _LONGEST), end):
            phrase = " ".join(token.lower for token in tokens[first:end])
            found = _BEFORE.get(phrase)
            if found is not None and _is_meant(tokens, first, phrase):
                return found, first
    return None


def _is_meant(tokens: Tokens, first: int, phrase: str) -> bool:
    """Whether the words speak of the number: not of a place, as in `flew over 12 countries`."""
    return phrase not in _PLACES or lower_at(tokens, first - 1) not in _MOVING


def qualifier_after(tokens: Tokens, i: int) -> tuple[Qualifier, int] | None:
    """What the words from token i on say of the number before them, and the token after them."""
    two = f"{lower_at(tokens, i)} {lower_at(tokens, i + 1)}"
    if two in _AFTER:
        return _AFTER[two], i + 2
    one = lower_at(tokens, i)
    if one in _AFTER and (one != "plus" or lower_at(tokens, i + 1) not in ("a", "the", "an")):
        return _AFTER[one], i + 1
    return None


def number_of(value: Fraction) -> int | float:
    """A value as JSON has it."""
    return value.numerator if value.denominator == 1 else float(value)


def bounds_of(
    qualifier: Qualifier, value: Fraction
) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
    """The low, best and high of one number with what is said of it."""
    if qualifier in ("at-least", "more-than"):
        return value, None, None
    if qualifier in ("at-most", "up-to", "less-than"):
        return None, None, value
    return None, value, None
