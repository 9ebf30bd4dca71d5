"""Parts of years and months: `late 2024`, `mid-January`, the quarters, the seasons."""

from collections.abc import Callable

from domain.reading import calendar
from domain.reading.calendar import Stretch
from domain.reading.date_words import Found, Near, guessed, is_year
from domain.reading.tokens import lower_at, text_at

_PARTS = {
    "early": "early",
    "mid": "mid",
    "middle": "mid",
    "late": "late",
    "end": "end",
    "beginning": "early",
    "start": "early",
}
_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4, "final": 4}


def part(near: Near, i: int) -> Found | None:
    """`late 2024`, `mid-January`, `early last year`, `the end of June`, `the end of the year`."""
    word = lower_at(near.tokens, i)
    if word not in _PARTS:
        return None
    at = i + 1
    if text_at(near.tokens, at) in ("-", "of", "to", "in"):
        at += 1
        at += lower_at(near.tokens, at) == "the"
    elif word in ("end", "start", "beginning", "middle"):
        return None
    part = _PARTS[word]
    month = near.month(at)
    if month is not None:
        year, after = near.year(month[1])
        if year is not None:
            return Found(after, calendar.part_of_month(part, month[0], year))
        nearest = near.nearest_year(month[0])
        if nearest is None:
            return Found(after, None)
        return Found(after, guessed(calendar.part_of_month(part, month[0], nearest)))
    return _part_of_year(near, part, at)


def _part_of_year(near: Near, part: str, at: int) -> Found | None:
    text = text_at(near.tokens, at)
    if is_year(text) and lower_at(near.tokens, at + 1) != "s":
        return Found(at + 1, calendar.part_of_year(part, int(text)))
    which, shift = lower_at(near.tokens, at), {"last": -1, "this": 0, "next": 1}
    if which in shift and lower_at(near.tokens, at + 1) in ("year", "month"):
        return _shifted(near, part, lower_at(near.tokens, at + 1), shift[which], at + 2)
    if part in ("end", "late", "early", "mid") and which in ("year", "month"):
        return _shifted(near, part, which, 0, at + 1)
    return None


def _shifted(near: Near, part: str, unit: str, shift: int, after: int) -> Found:
    if near.published is None:
        return Found(after, None)
    if unit == "year":
        return Found(after, calendar.part_of_year(part, near.published.year + shift))
    named = calendar.month_from(near.published, shift).first
    return Found(after, calendar.part_of_month(part, int(named[5:7]), int(named[:4])))


def division(near: Near, i: int) -> Found | None:
    """`third quarter of 2024`, `Q3 2024`, `first half of 2025`, `summer 2024`, `this summer`."""
    word, following = lower_at(near.tokens, i), lower_at(near.tokens, i + 1)
    if word == "q" and following.isdigit() and len(following) == 1 and "0" < following < "5":
        return _quarter(near, int(following), i + 2)
    if word in _QUARTERS and following == "quarter":
        return _quarter(near, _QUARTERS[word], i + 2)
    if word in ("first", "second") and following == "half":
        return _half(near, word == "second", i + 2)
    if calendar.is_season(word) and lower_at(near.tokens, i - 1) not in ("to", "will", "may"):
        year, after = near.year(i + 1)
        return None if year is None else Found(after, calendar.season(word, year))
    if word in ("this", "last", "next") and calendar.is_season(following):
        shift = {"this": 0, "last": -1, "next": 1}[word]
        now = near.published
        return Found(i + 2, None if now is None else calendar.season(following, now.year + shift))
    return None


def _quarter(near: Near, number: int, at: int) -> Found:
    year, after = near.year(at)
    if year is None:
        return Found(at, _this_year(near, lambda now: calendar.quarter(number, now)))
    return Found(after, calendar.quarter(number, year))


def _half(near: Near, second: bool, at: int) -> Found | None:
    first, last = (7, 12) if second else (1, 6)
    year, after = near.year(at)
    if year is not None:
        return Found(after, calendar.months(first, last, year))
    words = " ".join(lower_at(near.tokens, n) for n in range(at, at + 3))
    if words in ("of the year", "of this year"):
        found = _this_year(near, lambda now: calendar.months(first, last, now))
        return Found(at + 3, found)
    return None


def _this_year(near: Near, make: Callable[[int], Stretch]) -> Stretch | None:
    return None if near.published is None else make(near.published.year)
