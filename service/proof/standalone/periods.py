"""Periods: a day, a month, a year, a quarter, or from one of them to another (a part of EDTF)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

_FORM = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?[~?%]?")


class BadPeriod(ValueError):
    """A text that is no period."""


@dataclass(frozen=True)
class Period:
    """Some days as they were written; None is an open end."""

    text: str
    first: date | None
    last: date | None

    @property
    def bounds(self) -> tuple[date | None, date | None]:
        """The first and the last day."""
        return self.first, self.last


def parse_period(text: str) -> Period:
    """Read a period; raises BadPeriod."""
    start, slash, end = text.partition("/")
    first, last = _ends(start)
    if slash:
        last = _ends(end)[1]
    if first is last is None or (first and last and last < first):
        raise BadPeriod(text)
    return Period(text, first, last)


def _ends(text: str) -> tuple[date | None, date | None]:
    """The first and the last day of a date as precise as it was written."""
    if text == "..":
        return None, None
    found = _FORM.fullmatch(text)
    if not found:
        raise BadPeriod(text)
    year, month, day = (int(each or 0) for each in found.groups())
    try:
        if found[3]:
            return date(year, month, day), date(year, month, day)
        begins, ends = (month, month) if found[2] else (1, 12)
        if month in range(33, 37):
            begins, ends = 3 * (month - 33) + 1, 3 * (month - 33) + 3
        return date(year, begins, 1), date(year, ends, monthrange(year, ends)[1])
    except ValueError:
        raise BadPeriod(text) from None
