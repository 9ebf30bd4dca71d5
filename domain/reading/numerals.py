"""A number as it is written, in digits or in words, from some token on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from domain.reading.number_words import (
    GLYPHS,
    PARTS,
    PLURAL_SCALES,
    SAFE_SHORT_SCALES,
    SCALES,
    SHORT_SCALES,
    TENS,
    UNITS,
)
from domain.reading.tokens import Token, Tokens, lower_at, text_at, tokens_of, touching
from domain.reading.word_lists import words

_COMMA = re.compile("[0-9]{1,3},[0-9]{1,2}")
MOST_DIGITS = 15
"""Digits of the longest number; a longer one is a code."""
_VAGUE = words("several few many")
_PARTED = frozenset({2, 3, 4, 5, 8, 10, 16, 20, 32, 64, 100})
"""What a fraction in digits may divide by: 3/4, and not 9/11."""
_ARTICLES = frozenset({"a", "an"})
Bounds = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number, and the tokens from `first` up to, not with, `after` that say it.

    A number that is only hinted at ("several hundred") has no `value`.
    """

    first: int
    after: int
    value: Fraction | None
    worded: bool = False
    scale: int = 1
    """By what its digits are multiplied: 1,000,000 in `1.2 million`."""
    share: bool = False
    """Whether it is a fraction: `two-thirds`, `half`."""


def numeral_at(tokens: Tokens, i: int) -> Numeral | None:
    """The number that begins at token i, if one does."""
    token = tokens[i]
    if token.kind == "number":
        return _digits(tokens, i)
    if token.text in GLYPHS:
        return Numeral(i, i + 1, GLYPHS[token.text], share=True)
    if token.kind != "word":
        return None
    return _vague(tokens, i) or _share(tokens, i) or _cardinal(tokens, i)


def number_said(text: str) -> int | float | None:
    """The number that a whole text says with a word: `1.2 million`, `a dozen`; None if it says none."""
    tokens = tokens_of(text)
    found = numeral_at(tokens, 0) if any(each.kind == "word" for each in tokens) else None
    if found is None or found.value is None or found.share or found.after != len(tokens):
        return None
    return int(found.value) if found.value.denominator == 1 else float(found.value)


def _digits(tokens: Tokens, i: int) -> Numeral | None:
    plain = _plain_number(tokens[i])
    if plain is None:
        return None
    value, after = plain, i + 1
    if touching(tokens, after) and text_at(tokens, after) in GLYPHS:
        value, after = value + GLYPHS[tokens[after].text], after + 1
    elif _is_slashed(tokens, after):
        below = _plain_number(tokens[after + 1])
        if below and below.denominator == 1 and value < below in _PARTED and value.denominator == 1:
            return Numeral(i, after + 2, value / below, share=True)
    scale, after = _scales(tokens, after, _has_currency_before(tokens, i))
    return Numeral(i, after, value * scale, scale=scale)


def _plain_number(token: Token) -> Fraction | None:
    """The value of digits, grouped or not; None for more of them than a figure has."""
    if token.kind != "number":
        return None
    if _COMMA.fullmatch(token.text):
        return Fraction(token.text.replace(",", "."))
    text = "".join(token.text.replace(",", "").split())
    whole, point, rest = text.partition(".")
    if point and ("." in rest or rest == "000"):
        text = whole + rest.replace(".", "")  # 1.234.567 and 10.000: points between thousands
    if len(text) > MOST_DIGITS:
        return None
    return Fraction(text)


def _is_slashed(tokens: Tokens, slash: int) -> bool:
    return text_at(tokens, slash) == "/" and touching(tokens, slash) and touching(tokens, slash + 1)


def _scales(tokens: Tokens, i: int, currency: bool) -> tuple[int, int]:
    """What multiplies the digits before token i, and where it ends."""
    scale = 1
    if touching(tokens, i) and (short := _short_scale(tokens, i, currency)):
        scale, i = short, i + 1
    elif touching(tokens, i) and text_at(tokens, i) == "-" and lower_at(tokens, i + 1) in SCALES:
        scale, i = SCALES[tokens[i + 1].lower], i + 2
    while lower_at(tokens, i) in SCALES:
        scale, i = scale * SCALES[tokens[i].lower], i + 1
    if (scale == 1 and lower_at(tokens, i) in ("bn", "mn", "mln", "tn", "trn")) or (
        scale == 1 and currency and lower_at(tokens, i) in ("m", "b", "k")
    ):
        scale, i = SHORT_SCALES[tokens[i].lower], i + 1
    return scale, i


def _short_scale(tokens: Tokens, i: int, currency: bool) -> int | None:
    letters = lower_at(tokens, i)
    # 5m is metres, unless money or something counted follows; 5M is millions.
    following = lower_at(tokens, i + 1)
    counted = letters == "m" and len(following) > 3 and following.isalpha() and following.endswith("s")
    safe = counted or letters in SAFE_SHORT_SCALES or text_at(tokens, i) in ("M", "B")
    return SHORT_SCALES.get(letters) if safe or currency else None


def _has_currency_before(tokens: Tokens, i: int) -> bool:
    return text_at(tokens, i - 1) in CURRENCY_SIGNS


CURRENCY_SIGNS = frozenset("$€£¥₹₽₩₴₺₪฿")


def _vague(tokens: Tokens, i: int) -> Numeral | None:
    """`several hundred`, `tens of thousands`, `scores of`: a size, and no number."""
    after = i
    while lower_at(tokens, after) in PLURAL_SCALES:
        if lower_at(tokens, after + 1) == "of" and lower_at(tokens, after + 2) in PLURAL_SCALES:
            after += 2
            continue
        return _hint(tokens, i, after + 1) if tokens[after].lower != "tens" else None
    if lower_at(tokens, i) in _ARTICLES:
        after = i + 1
    if lower_at(tokens, after) == "couple":
        after += 2 if lower_at(tokens, after + 1) == "of" else 1
    elif lower_at(tokens, after) in _VAGUE:
        after += 1
    else:
        return None
    if lower_at(tokens, after) not in SCALES:
        return None
    _, after = _scales(tokens, after, False)
    return Numeral(i, after, None, worded=True)


def _hint(tokens: Tokens, first: int, after: int) -> Numeral | None:
    """Scores and millions are numbers only where something is counted: `the scores were level`."""
    said = tokens[after - 1].lower
    counts = lower_at(tokens, after) == "of" or said in ("thousands", "hundreds", "dozens", "millions")
    return Numeral(first, after, None, worded=True) if counts else None


def _share(tokens: Tokens, i: int) -> Numeral | None:
    """`two-thirds`, `half`, `a quarter of`, `half a million`."""
    above, after = 1, i
    if tokens[i].lower in UNITS:
        above, after = UNITS[tokens[i].lower], i + 1
    elif tokens[i].lower in _ARTICLES:
        after = i + 1
    if above and text_at(tokens, after) in ("-", "\u2011") and touching(tokens, after):
        after += 1
    part = lower_at(tokens, after)
    if part not in PARTS or not _is_share(tokens, i, after):
        return None
    value, after = Fraction(above, PARTS[part]), after + 1
    return _of_a_scale(tokens, i, after, value) or Numeral(i, after, value, worded=True, share=True)


def _is_share(tokens: Tokens, first: int, at: int) -> bool:
    """Whether the name of a part is one: not `the third`, `first half`, `a second quarter`."""
    word, following = tokens[at].lower, lower_at(tokens, at + 1)
    if first == at:
        if following == "-" and lower_at(tokens, at + 2) not in ("a", *SCALES):
            return False  # half-year
        return word == "half" and not (
            lower_at(tokens, at - 1) in ("first", "second", "the", "opening", "other", "better", "and")
            or following in ("time", "hour", "year", "past", "century", "brother", "sister", "way")
        )
    if tokens[first].lower in _ARTICLES:
        if word in ("third", "fourth", "fifth", "sixth", "eighth", "tenth"):
            return following == "of"
        return word == "half" or (word == "quarter" and following in ("of", "century"))
    return word.endswith("s") or tokens[first].lower == "one"


def _of_a_scale(tokens: Tokens, first: int, i: int, value: Fraction) -> Numeral | None:
    """`half a million`, `half a dozen`, `a quarter of a million`, `half-a-million`."""
    at = i + 1 if lower_at(tokens, i) in ("of", "-") else i
    if lower_at(tokens, at) in _ARTICLES:
        at += 2 if text_at(tokens, at + 1) == "-" else 1
    elif text_at(tokens, i) != "-":
        return None
    if lower_at(tokens, at) not in SCALES:
        return None
    scale, after = _scales(tokens, at, False)
    return Numeral(first, after, value * scale, worded=True, scale=scale)


def _cardinal(tokens: Tokens, i: int) -> Numeral | None:
    """`one hundred and twenty-five thousand`, `a dozen`, `two and a half million`."""
    first = i
    if tokens[i].lower in _ARTICLES:
        if lower_at(tokens, i + 1) not in SCALES:
            return None
        whole, small, i = 0, 1, i + 1
    elif tokens[i].lower in SCALES:
        return None  # `multi-million`: nothing says how many
    else:
        whole, small = 0, -1
    scale = 1
    for at, value in _words(tokens, i):
        if tokens[at].lower not in SCALES:
            if small >= 0 and not (
                small % 100 == 0 or (small % 10 == 0 and small % 100 and value < 10)
            ):
                break
            small = max(small, 0) + value
        elif value <= 100:
            small, scale = max(small, 1) * value, value
        else:
            whole, small, scale = whole + max(small, 1) * value, 0, value
        i = at + 1
    if small < 0:
        return None
    return _and_a_half(tokens, first, i, Fraction(whole + small), scale)


def _words(tokens: Tokens, i: int) -> Iterator[tuple[int, int]]:
    """The number words from token i on, each with the index of its token."""
    while True:
        word = lower_at(tokens, i)
        value = UNITS.get(word, TENS.get(word, SCALES.get(word)))
        if value is None:
            return
        yield i, value
        i += 1
        joined = text_at(tokens, i) in ("-", "\u2011") and touching(tokens, i)
        linked = lower_at(tokens, i) == "and" and word in ("hundred", "thousand", "million")
        following = lower_at(tokens, i + 1)
        if (joined and (following in UNITS or following in SCALES)) or (
            linked and (following in UNITS or following in TENS)
        ):
            i += 1


def _and_a_half(tokens: Tokens, first: int, i: int, value: Fraction, scale: int) -> Numeral:
    after = [lower_at(tokens, at) for at in range(i, i + 3)]
    if after == ["and", "a", "half"]:
        more, end = _scales(tokens, i + 3, False)
        return Numeral(first, end, (value + Fraction(1, 2)) * more, worded=True, scale=more * scale)
    if after[:2] == ["point", after[1]] and after[1] in UNITS:
        more, end = _scales(tokens, i + 2, False)
        value += Fraction(UNITS[after[1]], 10)
        return Numeral(first, end, value * more, worded=True, scale=more * scale)
    return Numeral(first, i, value, worded=True, scale=scale)
