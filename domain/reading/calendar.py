"""Days as a text names them, in EDTF: parts of years and months, and what lies relative to a day."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from domain.period import BadPeriod, parse_period

_FIRST_QUARTER = 33
_SEASONS = {"spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11), "winter": (12, 14)}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some days: the dates that begin and end them, as EDTF writes each, and whether roughly.

    The year of a `guessed` one was not in the text, but is the nearest.
    """

    first: str
    last: str
    rough: bool = False
    guessed: bool = False

    @property
    def text(self) -> str:
        """The stretch in EDTF."""
        mark = "~" if self.rough else ""
        if self.first == self.last:
            return f"{self.first}{mark}"
        return f"{self.first}/{self.last}{mark}"


def valid(text: str) -> str | None:
    """A period that exists, else nothing: a text may name 31 June, or July before May."""
    try:
        return parse_period(text).text
    except BadPeriod:
        return None


def joined(one: Stretch, other: Stretch) -> Stretch:
    """From the beginning of the earlier to the end of the later."""
    first, last = sorted((one, other), key=lambda each: each.first)
    return Stretch(first.first, last.last, one.rough or other.rough)


def year(number: int) -> Stretch:
    """A whole year."""
    return Stretch(f"{number:04}", f"{number:04}")


def month(number: int, of: int) -> Stretch:
    """A month; 13 is the January after it."""
    of, number = of + (number - 1) // 12, (number - 1) % 12 + 1
    text = f"{of:04}-{number:02}"
    return Stretch(text, text)


def months(first: int, last: int, of: int, *, rough: bool = False) -> Stretch:
    """From a month to another; 13 is the January after them."""
    return Stretch(month(first, of).first, month(last, of).last, rough)


def quarter(number: int, of: int) -> Stretch:
    """A quarter of a year."""
    text = f"{of:04}-{_FIRST_QUARTER - 1 + number}"
    return Stretch(text, text)


def season(name: str, of: int) -> Stretch:
    """A season of the northern half of the world, roughly."""
    return months(*_SEASONS[name], of, rough=True)


def is_season(word: str) -> bool:
    """Whether a word names a season."""
    return word in _SEASONS


def on(day: date) -> Stretch:
    """One day."""
    return Stretch(day.isoformat(), day.isoformat())


def part_of_year(part: str, of: int) -> Stretch:
    """`early`, `mid`, `late` and the like, of a year."""
    first, last = {"early": (1, 3), "mid": (5, 8), "late": (10, 12), "end": (12, 12)}[part]
    return months(first, last, of, rough=True)


def part_of_month(part: str, number: int, of: int) -> Stretch:
    """`early`, `mid`, `late` and the like, of a month: a third of it."""
    end = monthrange(of, number)[1]
    first, last = {"early": (1, 10), "mid": (11, 20), "late": (21, end), "end": (21, end)}[part]
    return Stretch(f"{of:04}-{number:02}-{first:02}", f"{of:04}-{number:02}-{last:02}", True)


def week_of(day: date, weeks: int) -> Stretch:
    """The week, Monday to Sunday, some weeks from that of a day."""
    monday = day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)
    return Stretch(monday.isoformat(), (monday + timedelta(days=6)).isoformat())


def month_from(day: date, count: int) -> Stretch:
    """The month some months from that of a day."""
    return month(day.month + count, day.year)


def weekday(day: date, which: int, *, ahead: bool) -> Stretch:
    """The last such day of the week up to a day, or the next from it on."""
    back = (day.weekday() - which) % 7
    forth = (which - day.weekday()) % 7
    return on(day + timedelta(days=forth) if ahead else day - timedelta(days=back))
