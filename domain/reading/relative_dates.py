"""Dates relative to the day of publication: `yesterday`, `last week`, `three days ago`."""

from datetime import date, timedelta

from domain.reading import calendar
from domain.reading.calendar import Stretch, joined
from domain.reading.calendar_dates import day_first, month_first
from domain.reading.date_words import Found, Near
from domain.reading.number_words import UNITS, WEEKDAYS
from domain.reading.tokens import lower_at, text_at
from domain.reading.word_lists import words

_LENGTHS = {"day": 1, "week": 7, "month": 30, "year": 365, "hour": 0, "decade": 3650}
_AHEAD = words("next coming")
_BACK = words("last past previous preceding recent")
_FARTHEST = 400


def named_day(near: Near, i: int) -> Found | None:
    """`yesterday`, `on Monday`, `last Monday`, `Monday night`."""
    word = lower_at(near.tokens, i)
    shift = {"today": 0, "tonight": 0, "yesterday": -1, "tomorrow": 1}.get(word)
    if shift is not None:
        return Found(i + 1, _days_on(near, shift, shift))
    ahead, at = near.ahead, i
    if word in ("last", "next", "this", "past", "coming") and lower_at(near.tokens, i + 1) in WEEKDAYS:
        ahead, at = word in ("next", "coming") or (word == "this" and ahead), i + 1
    text = text_at(near.tokens, at)
    if text.lower() not in WEEKDAYS or not text[0].isupper():
        return None
    after = at + 1
    if lower_at(near.tokens, after) in ("morning", "afternoon", "evening", "night"):
        after += 1
    written = _after_weekday(near, after)
    if written is not None:
        return written
    if near.published is None:
        return Found(after, None)
    past = near.published - timedelta(days=word == "last")
    return Found(after, calendar.weekday(past, WEEKDAYS[text.lower()], ahead=ahead))


def _after_weekday(near: Near, at: int) -> Found | None:
    """The date itself, where it stands behind the day of the week."""
    at += text_at(near.tokens, at) == ","
    if at >= len(near.tokens):
        return None
    return day_first(near, at) or (month_first(near, at) if near.month(at) else None)


def _days_on(near: Near, first: int, last: int) -> Stretch | None:
    if near.published is None:
        return None
    begun = calendar.on(near.published + timedelta(days=first))
    return joined(begun, calendar.on(near.published + timedelta(days=last)))


def relative(near: Near, i: int) -> Found | None:
    """`last week`, `this month`, `next year`, `three days ago`, `in the past 24 hours`."""
    word, following = lower_at(near.tokens, i), lower_at(near.tokens, i + 1)
    if word in ("last", "this", "next", "previous", "coming") and following in (
        *("week", "month", "year", "weekend"),
    ):
        return Found(i + 2, _named(near, following, {"this": 0, "next": 1, "coming": 1}.get(word, -1)))
    if word in _BACK or word in _AHEAD:
        return _window(near, i, word in _AHEAD)
    if word == "within" or word in UNITS or text_at(near.tokens, i).isdigit() or word in ("a", "an"):
        return _ago(near, i)
    return None


def _named(near: Near, unit: str, shift: int) -> Stretch | None:
    now = near.published
    if now is None:
        return None
    if unit == "year":
        return calendar.year(now.year + shift)
    if unit == "month":
        return calendar.month_from(now, shift)
    week = calendar.week_of(now, shift)
    return week if unit == "week" else Stretch(_add(week.last, -1), week.last)


def _window(near: Near, i: int, ahead: bool) -> Found | None:
    """`the past 24 hours`, `the last three weeks`, `the coming months`."""
    number, at = near.small(i + 1)
    unit = lower_at(near.tokens, at).removesuffix("s")
    if unit not in _LENGTHS or (number is None and unit == "hour"):
        return None
    if number is None:
        plural = lower_at(near.tokens, at).endswith("s")
        return Found(at + 1, None) if plural else Found(at + 1, _span(near, 1, unit, ahead))
    return Found(at + 1, _span(near, number, unit, ahead))


def _span(near: Near, number: int, unit: str, ahead: bool) -> Stretch | None:
    days = number * _LENGTHS[unit] if unit != "hour" else max(1, round(number / 24))
    if days > 36_500:
        return None
    return _days_on(near, 0, days) if ahead else _days_on(near, -days, 0)


def _ago(near: Near, i: int) -> Found | None:
    """`three days ago`, `a week earlier`."""
    number, at = (1, i + 1) if lower_at(near.tokens, i) in ("a", "an") else near.small(i)
    unit = lower_at(near.tokens, at).removesuffix("s")
    if number is None or unit not in _LENGTHS or lower_at(near.tokens, at + 1) != "ago":
        return None
    if near.published is None:
        return Found(at + 2, None)
    return Found(at + 2, _back(near, number, unit, near.published))


def _back(near: Near, number: int, unit: str, now: date) -> Stretch | None:
    if number > _FARTHEST:
        return None
    if unit in ("hour", "day"):
        return calendar.on(now - timedelta(days=number if unit == "day" else number // 24))
    if unit == "week":
        week = calendar.week_of(now, -number)
        return Stretch(week.first, week.last, True)
    if unit == "month":
        named = calendar.month_from(now, -number)
        return Stretch(named.first, named.last, True)
    years = number if unit == "year" else 10 * number
    return (
        Stretch(f"{now.year - years:04}", f"{now.year - years:04}", True) if years < now.year else None
    )


def _add(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
