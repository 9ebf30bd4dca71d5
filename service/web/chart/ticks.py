"""Ticks of the axes: round numbers and whole units of time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import ceil, floor, log10

from domain.times import DAY, from_micros, to_micros

_SECOND, _MINUTE, _HOUR = 1_000_000, 60_000_000, 3_600_000_000
_WEEK = 7 * DAY
_MONDAY = 4 * DAY
"""1970 started on a Thursday; weeks count from the Monday after."""
_FIXED = (
    *(n * _SECOND for n in (1, 5, 15)),
    *(n * _MINUTE for n in (1, 5, 15)),
    *(n * _HOUR for n in (1, 3, 6, 12)),
    *(DAY, 2 * DAY, _WEEK, 2 * _WEEK),
)
_MONTHS = (1, 3, 6, *(12 * n * 10**e for e in range(4) for n in (1, 2, 5)))
_A_MONTH = 30.4 * DAY
_FIRST, _LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_ACROSS, _UPWARD = 8, 5
"""Maximum number of intervals between ticks on the time axis; about the number on the other."""
_LETTERS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_IN_FULL = 10_000
"""Numbers below this are written in full."""


def number_ticks(bottom: float, top: float, *, whole: bool) -> list[tuple[float, str]]:
    """Return the round numbers in a range with their labels; `whole` allows only whole numbers."""
    step = _round_step((top - bottom) / _UPWARD)
    step = max(step, 1.0) if whole else step
    values = [n * step for n in range(ceil(bottom / step), floor(top / step) + 1)]
    largest = max(map(abs, values), default=0.0)
    size, letter = next((each for each in _LETTERS if max(each[0], _IN_FULL) <= largest), (1.0, ""))
    digits = max(0, -floor(log10(step / size)))
    return [(v, f"{v / size:,.{digits}f}{letter}" if v else "0") for v in values]


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20 and so on that is not below `least`."""
    power = 10.0 ** floor(log10(least))
    return next((n * power for n in (1, 2, 5) if n * power >= least), 10 * power)


def time_ticks(start: int, end: int) -> list[tuple[int, str]]:
    """Return the ticks between two moments, in the finest unit that fits, with ISO labels.

    If ticks are times of a day, at least one label has the date: at midnight, otherwise the first.
    """
    start, end = max(start, to_micros(_FIRST)), min(end, to_micros(_LAST))
    for step in _FIXED:
        if end - start <= step * _ACROSS:
            return _fixed_ticks(start, end, step)
    months = next(n for n in _MONTHS if end - start <= n * _A_MONTH * _ACROSS)
    part = slice(4 if months % 12 == 0 else 7)
    return [(at, _iso(at)[part]) for at in _month_starts(start, end, months)]


def _fixed_ticks(start: int, end: int, step: int) -> list[tuple[int, str]]:
    origin = _MONDAY if step % _WEEK == 0 else 0
    moments = range(start + (origin - start) % step, end + 1, step) or range(start, start + 1)
    if step % DAY == 0:
        return [(at, _iso(at)[:10]) for at in moments]
    clock = slice(11, 16 if step >= _MINUTE else 19)
    labels = [_iso(at)[clock] if at % DAY else _iso(at)[:10] for at in moments]
    if all(at % DAY for at in moments):
        labels[0] = f"{_iso(moments[0])[:10]} {labels[0]}"
    return list(zip(moments, labels, strict=True))


def _month_starts(start: int, end: int, step: int) -> Iterator[int]:
    first, last = from_micros(start), from_micros(end)
    month = first.year * 12 + first.month - 1
    month += _month(month) < first
    for number in range(month + -month % step, last.year * 12 + last.month, step):
        yield to_micros(_month(number))


def _month(number: int) -> datetime:
    """The first moment of a month; month 0 is January of year 0."""
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)


def _iso(micros: int) -> str:
    return from_micros(micros).isoformat()
