"""Dates and spans that a sentence names, as EDTF, some of them relative to the day of publication."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from domain.reading.calendar import Stretch, joined, valid
from domain.reading.calendar_dates import day_first, month_first, plain_year, written
from domain.reading.date_words import Found, Near
from domain.reading.part_dates import division, part
from domain.reading.relative_dates import named_day, relative
from domain.reading.tokens import Tokens, lower_at, touching

_RULES: tuple[Callable[[Near, int], Found | None], ...] = (
    written,
    day_first,
    part,
    month_first,
    division,
    named_day,
    relative,
    plain_year,
)


@dataclass(frozen=True, slots=True)
class Dated:
    """A date expression: the tokens from `first` up to, not with, `after`, and what they mean.

    Without a day of publication a relative one has no `period`.
    """

    first: int
    after: int
    period: str | None


def dates_of(tokens: Tokens, published: date | None, *, ahead: bool = False) -> list[Dated]:
    """The date expressions of a sentence in order; `ahead` if it speaks of what is to come."""
    found, i = list[Dated](), 0
    near = Near(tokens, published, ahead)
    while i < len(tokens):
        one = _expression(near, i)
        if one is None:
            i += 1
        else:
            found.append(one)
            i = one.after
    return found


def expressions_in(found: list[Dated]) -> Iterator[int]:
    """The indices of all tokens of date expressions."""
    for each in found:
        yield from range(each.first, each.after)


def _expression(near: Near, i: int) -> Dated | None:
    """What begins at token i with its preposition, and with what it is joined to."""
    word = lower_at(near.tokens, i)
    start = i + 1 if word in ("between", "from", "since", "until", "till", "by", "through") else i
    start += word == "as" and lower_at(near.tokens, i + 1) == "of"
    begun = _one(near, start + (lower_at(near.tokens, start) in ("the", "at", "of")))
    if begun is None:
        return None
    stretch, after = begun.stretch, begun.after
    link = lower_at(near.tokens, after)
    if link in ("to", "and", "-", "\u2013", "—", "until", "through", "till", "or"):
        more = _one(near, after + 1 + (lower_at(near.tokens, after + 1) == "the"))
        if more is not None and (link != "-" or touching(near.tokens, after)):
            stretch, after = _joined(near, stretch, more.stretch), more.after
    return _bounded(near, i, word, after, stretch)


def _joined(near: Near, one: Stretch | None, other: Stretch | None) -> Stretch | None:
    if one is None or other is None:
        return None
    if one.guessed and not other.guessed:  # the year stands behind the second: July and August 2025
        one = _in_year(one, int(other.first[:4]))
        one = one if one.first <= other.first else _in_year(one, int(other.first[:4]) - 1)
    elif other.guessed and not one.guessed:
        other = _in_year(other, int(one.first[:4]))
        other = other if other.first >= one.first else _in_year(other, int(one.first[:4]) + 1)
    return joined(one, other)


def _bounded(near: Near, i: int, word: str, after: int, stretch: Stretch | None) -> Dated:
    if stretch is None:
        return Dated(i, after, None)
    text = stretch.text
    if word == "since" or (word == "from" and "/" not in text and not near.ahead):
        text = _up_to_now(near, stretch)
    elif word in ("until", "till", "by", "through") and "/" not in text:
        text = f"../{text}"
    elif word == "from" and "/" not in text:
        text = f"{text}/.."
    return Dated(i, after, valid(text))


def _up_to_now(near: Near, stretch: Stretch) -> str:
    mark = "~" if stretch.rough else ""
    if near.published is None or stretch.first > near.published.isoformat():
        return f"{stretch.first}{mark}/.."
    return f"{stretch.first}{mark}/{near.published.isoformat()}"


def _one(near: Near, i: int) -> Found | None:
    if i >= len(near.tokens):
        return None
    for rule in _RULES:
        found = rule(near, i)
        if found is not None:
            return found
    return None


def _in_year(stretch: Stretch, year: int) -> Stretch:
    """A stretch of a year in another; 29 February stays within it."""
    moved = year - int(stretch.first[:4])

    def in_year(text: str) -> str:
        there = f"{int(text[:4]) + moved:04}{text[4:]}"
        return there if valid(there) else f"{there[:8]}28"

    return replace(stretch, first=in_year(stretch.first), last=in_year(stretch.last))
