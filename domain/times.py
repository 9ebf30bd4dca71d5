"""Instants: RFC 3339 with any offset in, UTC with `Z` out; microseconds inside.

What a caller writes of a statement or a publication is kept as `Written`: its calendar day is that of
the offset in which it was written.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache

from domain.period import BadPeriod, Period, parse_period, upper_instant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = 86_400_000_000
"""Microseconds in a day."""
TEXTS_KEPT = 4_096
"""Maximum number of texts whose times are remembered: days recur, most moments are read only once."""

_MINUTE = timedelta(minutes=1)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_MONTH_OR_YEAR = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2]))?\Z")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}):([0-9]{2})(\.[0-9]+)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})\Z"
)


class BadTime(ValueError):
    """The text is neither an RFC 3339 instant nor a date; the message names what to write."""


@dataclass(frozen=True, slots=True)
class Written:
    """A time as somebody wrote it: the instant in UTC, and the day, month or year that was named.

    `on` is None where that is the UTC day of `at`; of a month or a year `at` is the last microsecond.
    Its text is read as the same value again.
    """

    at: datetime
    on: str | None = None

    @property
    def first_day(self) -> date | None:
        """The first day of the month or year that was named; None where it was a day."""
        if self.on is None or _DATE.match(self.on):
            return None
        return parse_period(self.on).first

    def __str__(self) -> str:
        if self.on is None:
            return show_instant(self.at)
        if self.first_day is not None:
            return self.on
        return self.at.astimezone(_offset_to(parse_date(self.on), self.at)).isoformat()


def written_day(time: Written) -> date:
    """The day of a time as it was written; of a month or a year the last."""
    if time.on is None or time.first_day is not None:
        return time.at.date()
    return parse_date(time.on)


def _offset_to(day: date, moment: datetime) -> timezone:
    """The least offset, in whole minutes, in which a moment lies on the day before or after its own."""
    today = moment.date()
    midnight = datetime.combine(max(day, today), time.min, UTC)
    if day > today:
        return timezone(-((moment - midnight) // _MINUTE) * _MINUTE)
    return timezone(-((moment - midnight) // _MINUTE + 1) * _MINUTE)


def parse_date(text: str) -> date:
    """Read a calendar date `YYYY-MM-DD`; raises `BadTime`."""
    try:
        if _DATE.match(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadTime(f"{_shown(text)} is not a date; write YYYY-MM-DD")


@lru_cache(maxsize=TEXTS_KEPT)
def parse_instant(text: str) -> datetime:
    """Read an instant; a bare date is its first moment. Raises `BadTime`."""
    if _DATE.match(text):
        return datetime.combine(parse_date(text), time.min, UTC)
    return _parse_rfc3339(text)


@lru_cache(maxsize=TEXTS_KEPT)
def parse_written(text: str) -> Written:
    """Read an instant or a date, with the day that the text names. Raises `BadTime`."""
    moment, day = parse_instant(text), text[:10]
    return Written(moment, None if day == moment.date().isoformat() else day)


@lru_cache(maxsize=TEXTS_KEPT)
def parse_publication(text: str) -> Written:
    """Read an instant, a date, a month or a year, which counts as its end. Raises `BadTime`."""
    if not _MONTH_OR_YEAR.match(text):
        return parse_written(text)
    try:
        end = upper_instant(parse_period(text))
    except BadPeriod as bad:
        raise BadTime(str(bad)) from None
    assert end is not None
    return Written(end, text)


@lru_cache(maxsize=TEXTS_KEPT)
def parse_until(text: str) -> datetime:
    """Read an instant that ends a range; a bare date is its last microsecond. Raises `BadTime`."""
    if _DATE.match(text):
        return datetime.combine(parse_date(text), time.max, UTC)
    return _parse_rfc3339(text)


def _parse_rfc3339(text: str) -> datetime:
    match = _INSTANT.match(text)
    if not match:
        raise BadTime(
            f"{_shown(text)} is not a time; write a date (2025-06-26) or RFC 3339 with an offset "
            "(2025-06-26T09:30:00+09:00)"
        )
    day, minute, second, fraction, offset = match.groups()
    leap = second == "60"
    micros = "999999" if leap else ((fraction or ".0")[1:] + "000000")[:6]
    zone = "+00:00" if offset in "Zz" else offset
    try:
        if minute >= "24" or zone[-2:] >= "60":
            raise ValueError  # RFC 3339 has neither, whatever this Python accepts
        moment = datetime.fromisoformat(f"{day}T{minute}:{'59' if leap else second}.{micros}{zone}")
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadTime(f"{_shown(text)} is not a time that exists; check day, hour and offset") from None
    if leap and not _may_leap(moment):
        raise BadTime(f"{_shown(text)}: second 60 exists only at 23:59 UTC on a month's last day")
    return moment


def _may_leap(moment: datetime) -> bool:
    """RFC 3339, 5.7: leap seconds end a UTC month; we read one as the last microsecond of it."""
    last_day = monthrange(moment.year, moment.month)[1]
    return (moment.day, moment.hour, moment.minute) == (last_day, 23, 59)


def show_instant(moment: datetime) -> str:
    """Write an instant as RFC 3339 in UTC with `Z`; the fraction only where there is one."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat().removesuffix("+00:00") + "Z"


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01T00:00Z."""
    return (moment - EPOCH) // MICROSECOND


def upper_micros(period: Period) -> int | None:
    """The last microsecond of a period, in microseconds since 1970; None when its end is open."""
    return _upper_micros(period.text)


@lru_cache(maxsize=4_096)  # by the text, which is hashed once
def _upper_micros(text: str) -> int | None:
    upper = upper_instant(parse_period(text))
    return None if upper is None else to_micros(upper)


FIRST_MOMENT = to_micros(datetime.min.replace(tzinfo=UTC))
LAST_MOMENT = to_micros(datetime.max.replace(tzinfo=UTC))
"""The ends of the calendar, in microseconds."""


def from_micros(micros: int) -> datetime:
    """The instant `micros` microseconds after 1970-01-01T00:00Z."""
    return EPOCH + timedelta(microseconds=micros)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
