"""Valid time: the days that a claim is about, in a strict subset of EDTF.

Source: Extended Date/Time Format, Library of Congress, now part of ISO 8601-2.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache

LONGEST = 64
_SHOWN = 60
_OPEN = ".."
_FORMS = "YYYY, YYYY-MM, YYYY-MM-DD or a quarter, YYYY-33 to YYYY-36"
_FIRST_QUARTER = 33

# [0-9] and not \d, which would let in the digits of every other script.
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?[~?%]?")


class BadPeriod(ValueError):
    """Says in one line what was got, what is wrong with it and what to write instead."""


@dataclass(frozen=True, slots=True)
class Period:
    """Some days, as they were written and as the bounds that follow from the text.

    `first` and `last` are inclusive; None is an open end, never an unknown one.
    Make one with `parse_period`, `day_period` or `spanning`, which check it.
    Equality minds the text (`2025-07` is not `2025-07~`); cells compare `bounds`.
    """

    text: str
    first: date | None
    last: date | None

    @property
    def interval(self) -> bool:
        """Whether it was written as an interval, `a/b`."""
        return "/" in self.text

    @property
    def bounds(self) -> tuple[date | None, date | None]:
        """First and last day, by which cells are compared and hashed."""
        return self.first, self.last


@lru_cache(maxsize=4096)
def parse_period(text: str) -> Period:
    """Read a period: a date, or an interval `a/b` of two, either of which may be `..`.

    A date is `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or a quarter, `YYYY-33` to `YYYY-36`, then at
    most one of `~ ? %`. Bounds are strict: a qualifier never widens them, so `2024-12~` is
    exactly that December. Raises BadPeriod for anything else, whether or not the rest of
    EDTF has it.
    Source: EDTF levels 0 and 1, quarters of level 2, Library of Congress / ISO 8601-2.
    """
    if len(text) > LONGEST:
        raise _bad(text, f"is longer than {LONGEST} characters", "one date, or two as a/b")
    first, last = _bounds(text)
    if first is not None and last is not None and first > last:
        raise _bad(text, "ends before it begins", "the earlier date first")
    return Period(text, first, last)


def day_period(day: date) -> Period:
    """The period of one day, written `YYYY-MM-DD`. Raises BadPeriod for a datetime."""
    return parse_period(day.isoformat())


def spanning(first: date | None, last: date | None) -> Period:
    """The period from `first` to `last` inclusive, None for open, in canonical text.

    A whole year or month and a single day are written as such, anything else as
    an interval of days. Raises BadPeriod when both ends are open or `last` is earlier.
    """
    return parse_period(_canonical(first, last))


def upper_instant(period: Period) -> datetime | None:
    """The last microsecond of the last day, in UTC; None when the end is open."""
    return None if period.last is None else datetime.combine(period.last, time.max, UTC)


def _bounds(text: str) -> tuple[date | None, date | None]:
    start, slash, end = text.partition("/")
    if text == _OPEN or start == end == _OPEN:
        raise _bad(text, "has no date at all", "at least one, as in 2025-07/.. or ../2025-09-02")
    if not slash:
        return _days(text)
    if "/" in end:
        raise _bad(text, "has more than one '/'", "one interval, as in 2025-07/2025-08")
    if not start or not end:
        message = "'..' for an end that is open, as in 2025-07/..; if nobody gave the end, the last day"
        raise _bad(text, "has an empty end", f"{message} spoken of")
    first = None if start == _OPEN else _days(start)[0]
    last = None if end == _OPEN else _days(end)[1]
    return first, last


def _days(text: str) -> tuple[date, date]:
    match = _DATE.fullmatch(text)
    if match is None:
        raise _bad(text, "is not a date", f"{_FORMS}, then at most one of ~ ? %, and no space")
    year, month, day = match.groups()
    try:
        if day:
            first = date(int(year), int(month), int(day))
            return first, first
        begins, ends = _months(int(month)) if month else (1, 12)
        first = date(int(year), begins, 1)
        return first, date(first.year, ends, monthrange(first.year, ends)[1])
    except ValueError:
        raise _bad(text, "is not a date that exists", _FORMS) from None


def _months(month: int) -> tuple[int, int]:
    """The first and the last month that the second part of a date names: itself, or a quarter's."""
    quarter = month - _FIRST_QUARTER
    return (3 * quarter + 1, 3 * quarter + 3) if 0 <= quarter < 4 else (month, month)


def _canonical(first: date | None, last: date | None) -> str:
    start = first.isoformat() if first else _OPEN
    end = last.isoformat() if last else _OPEN
    if first is None or last is None:
        return f"{start}/{end}"
    for text in (start[:4], start[:7], start):
        if _days(text) == (first, last):
            return text
    return f"{start}/{end}"


def _bad(text: str, wrong: str, instead: str) -> BadPeriod:
    # repr keeps the message to one line and makes a stray character visible; an escape
    # is up to ten characters, hence cut both before and after.
    shown = repr(text[:_SHOWN])
    if len(shown) > _SHOWN:
        shown = shown[: _SHOWN - 3] + "..."
    return BadPeriod(f"{shown} {wrong}; write {instead}")
