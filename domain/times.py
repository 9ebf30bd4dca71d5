"""Instants: RFC 3339 with any offset in, UTC with `Z` out; microseconds inside."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = 86_400_000_000
"""Microseconds in a day."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}):([0-9]{2})(\.[0-9]+)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})\Z"
)


class BadTime(ValueError):
    """The text is neither an RFC 3339 instant nor a date; the message names what to write."""


def parse_date(text: str) -> date:
    """Read a calendar date `YYYY-MM-DD`; raises `BadTime`."""
    try:
        if _DATE.match(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadTime(f"{_shown(text)} is not a date; write YYYY-MM-DD")


@lru_cache(maxsize=65_536)
def parse_instant(text: str) -> datetime:
    """Read an instant; a bare date is its first moment. Raises `BadTime`."""
    if _DATE.match(text):
        return datetime.combine(parse_date(text), time.min, UTC)
    return _parse_rfc3339(text)


@lru_cache(maxsize=4_096)
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
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01T00:00Z."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The instant `micros` microseconds after 1970-01-01T00:00Z."""
    return EPOCH + timedelta(microseconds=micros)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
