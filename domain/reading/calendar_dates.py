"""Dates as a calendar has them: days, months and years, in digits and in words."""

from domain.reading import calendar
from domain.reading.calendar import Stretch, valid
from domain.reading.date_words import Found, Near, guessed, is_year
from domain.reading.number_words import MONTHS, WEEKDAYS
from domain.reading.tokens import lower_at, text_at, touching
from domain.reading.word_lists import words

_YEAR_BEFORE = words(
    "in since until till during of by from before after early late mid through throughout for "
    "to and late between around about circa spring summer autumn fall winter year fiscal vs "
    "than"
)
CLOSED = words(
    "in on at of to for from by with and or but as was were is are has have had will would "
    "said that the a an it he she they when while after before its his her their this these "
    "who which"
)


def written(near: Near, i: int) -> Found | None:
    token = near.tokens[i]
    if token.kind != "date":
        return None
    return Found(i + 1, _stretch_of(token.text))


def day_first(near: Near, i: int) -> Found | None:
    """`26 June 2025`, `26th of June`, `26 to 28 June`."""
    days, at = near.day_numbers(i)
    if days is None:
        return None
    at += lower_at(near.tokens, at) == "of"
    month = near.month(at)
    if month is None:
        return None
    return _days(near, days, month[0], month[1])


def month_first(near: Near, i: int) -> Found | None:
    """`June 26, 2025`, `June 26`, `June 2025`, `June`."""
    month = near.month(i)
    if month is None:
        return None
    days, at = near.day_numbers(month[1])
    if days is not None and not _counts(near, at):
        return _days(near, days, month[0], at)
    return _of_month(near, i, month[0], month[1])


def _counts(near: Near, at: int) -> bool:
    """Whether a number behind a month counts something: `in June 12 soldiers`."""
    word = lower_at(near.tokens, at)
    plural = word.endswith("s") and word not in WEEKDAYS and word not in ("was", "has", "is", "s")
    return plural or word in ("people", "men", "women", "%", "percent", "million", "dead", "more")


def _of_month(near: Near, i: int, month: int, at: int) -> Found | None:
    year, after = near.year(at)
    if year is not None:
        return Found(after, calendar.month(month, year))
    if not _is_month_alone(near, i):
        return None
    year = near.nearest_year(month)
    return Found(after, guessed(None if year is None else calendar.month(month, year)))


def _is_month_alone(near: Near, i: int) -> bool:
    """May, March and short names are months only where a date is expected."""
    word = lower_at(near.tokens, i)
    expected = lower_at(near.tokens, i - 1) in (
        *(
            "in",
            "since",
            "until",
            "till",
            "by",
            "from",
            "of",
            "late",
            "early",
            "mid",
            "last",
            "this",
        ),
        *(
            "next",
            "between",
            "and",
            "to",
            "-",
            "\u2013",
            "during",
            "through",
            "before",
            "after",
            "end",
        ),
    )
    return expected if word in ("may", "march") or len(word) < 4 else True


def _days(near: Near, days: tuple[int, int], month: int, at: int) -> Found | None:
    given, after = near.year(at)
    year = near.nearest_year(month) if given is None else given
    if year is None:
        return Found(after, None)
    first, last = (f"{year:04}-{month:02}-{day:02}" for day in days)
    if not valid(f"{first}/{last}"):
        return None
    stretch = Stretch(first, last)
    return Found(after, guessed(stretch) if given is None else stretch)


def plain_year(near: Near, i: int) -> Found | None:
    """`2024`, `2024-25`, `fiscal 2024`, where a year is expected."""
    text = text_at(near.tokens, i)
    if not is_year(text) or (
        touching(near.tokens, i) and text_at(near.tokens, i - 1) not in "-\u2013(\"'“"
    ):
        return None
    at = i + 1
    if touching(near.tokens, at) and text_at(near.tokens, at) in ("-", "\u2013", "/"):
        end = text_at(near.tokens, at + 1)
        if len(end) == 2 and end.isdigit() and int(end) == (int(text) + 1) % 100:
            return Found(at + 2, Stretch(text, f"{int(text) + 1:04}"))
    if touching(near.tokens, at) and lower_at(near.tokens, at) in (
        "s",
        "km",
        "m",
        "%",
        "rpm",
        "kg",
    ):
        return None
    return Found(at, calendar.year(int(text))) if _year_is_meant(near, i) else None


def _year_is_meant(near: Near, i: int) -> bool:
    before, following = lower_at(near.tokens, i - 1), lower_at(near.tokens, i + 1)
    if before in ("about", "around", "some", "than", "over", "least", "nearly", "almost", "to"):
        return False
    if before in ("of", "for", "and"):
        return not _counted(near, i + 1)
    if before in _YEAR_BEFORE or before in MONTHS or before in ("(", ",", "-", "\u2013", "'s", ""):
        return before in ("in", "since", "during", "mid", "early", "late") or not _counted(near, i + 1)
    return following not in ("to", "or") and not _counted(near, i + 1)


def _counted(near: Near, at: int) -> bool:
    """Whether a lower-case noun in the plural, or a unit, follows."""
    for i in range(at, min(at + 3, len(near.tokens))):
        word = text_at(near.tokens, i)
        if word in ("%", "percent", "per", "people", "men", "women", "troops", "km", "personnel"):
            return True
        if not word.isalpha() or word[0].isupper() or word in CLOSED:
            return False
        if word.endswith("s") and not word.endswith(("ss", "us", "is")):
            return True
    return False


def _stretch_of(text: str) -> Stretch | None:
    """A date in digits; of 6/26/2025 and 26/6/2025 the one that exists, and of two none."""
    if "-" in text:
        return Stretch(text[:10], text[:10]) if valid(text[:10]) else None
    one, two, year = (int(part) for part in text.replace("/", ".").split("."))
    if year < 100:
        return None
    day_first, month_first = (
        valid(f"{year:04}-{month:02}-{day:02}") for day, month in ((one, two), (two, one))
    )
    day = day_first if "." in text or day_first == month_first else day_first or month_first
    if day is None or (day_first and month_first and day_first != month_first and "/" in text):
        return None
    return Stretch(day, day)
