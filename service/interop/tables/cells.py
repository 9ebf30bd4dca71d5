"""The cells of a table: what they may hold, and how one is read as a text, a number or a day.

A sheet has numbers and dates of its own, which are taken as they are. Everything else is text, which is
read by the rules that the mapping gives for its column.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import TypeVar

from domain.times import parse_date

Cell = str | int | float | bool | date
"""A cell; a `datetime` is a `date` too."""

_SPACES = " \u00a0\u2009\u202f"
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?=$|[Tt ])")
_NAIVE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?")
_EXCEL_EPOCH = date(1899, 12, 30)
"""Day 0 of a spreadsheet; right for every day from March 1900 on."""
_LONGEST_NUMBER = _LONGEST_DATE = 100
Given = TypeVar("Given")
Found = TypeVar("Found")
MOST_SHOWN = 200
"""Characters of a refused value that are shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its number, as a spreadsheet shows it, and its cells."""

    number: int
    cells: Sequence[Cell]


class Unfit(Exception):
    """A cell or a row that no command can be made of, with a stable code and a message of one line."""

    def __init__(
        self, code: str, message: str, column: str | None = None, value: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.column = column
        self.value = value if value is None else shortened(value)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read, as far as it was, and why."""

    row: Row
    unfit: Unfit


def shortened(text: str) -> str:
    """A text that is short enough to be shown."""
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 3] + "..."


def text_of(cell: Cell) -> str:
    """A cell as text, the same for a number or a date whether it comes from a sheet or from text."""
    if type(cell) is str:
        return cell  # without space around it, as the readers give it
    match cell:
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and isfinite(cell):
            return str(int(cell))
        case datetime() if cell.tzinfo is None and cell.time() == time.min:
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


def number_of(cell: Cell, decimal: str, thousands: str, times: int | float) -> int | float:
    """A cell as a number, multiplied by `times`; raises `Unfit`."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        found = Decimal(str(cell))
    else:
        found = _parsed_number(text_of(cell), decimal, thousands)
    if times != 1:
        found *= Decimal(str(times))
    return int(found) if found.is_finite() and found == found.to_integral_value() else float(found)


def _parsed_number(text: str, decimal: str, thousands: str) -> Decimal:
    plain = text.replace("\u2212", "-")
    match = _number_pattern(decimal, thousands).fullmatch(plain[: _LONGEST_NUMBER + 1])
    if match is None or len(plain) > _LONGEST_NUMBER:
        raise Unfit("not-a-number", f"is not a number{_number_hint(plain, decimal, thousands)}")
    for gap in _gaps(thousands):
        plain = plain.replace(gap, "")
    return Decimal(plain.replace(decimal, "."))


def _gaps(thousands: str) -> str:
    return _SPACES if thousands == " " else thousands


@lru_cache
def _number_pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    whole, point = "[0-9]+", re.escape(decimal)
    if thousands:
        gap = f"(?P<gap>[{re.escape(_gaps(thousands))}])"
        whole = f"(?:[0-9]{{1,3}}{gap}[0-9]{{3}}(?:(?P=gap)[0-9]{{3}})*|{whole})"
    return re.compile(f"[+-]?(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]{{1,3}})?")


def _number_hint(text: str, decimal: str, thousands: str) -> str:
    """What setting would make a number of a text, if a common one would."""
    for other_decimal, other_thousands in ((".", ","), (",", "."), (".", " "), (",", " "), (".", "'")):
        if _number_pattern(other_decimal, other_thousands).fullmatch(text[:_LONGEST_NUMBER]):
            return f'; set decimal = "{other_decimal}" and thousands = "{other_thousands}" if it is one'
    return ""


def day_of(cell: Cell, written: str, zone: str | None) -> str:
    """A cell as a date or time of the log: as it is where it is ISO 8601, else as `written`.

    `written` is a pattern of strptime, `excel` for days since 1899-12-30, `unix` for seconds since 1970
    in UTC, or `iso`. A time without an offset gets that of `zone`. Raises `Unfit`.
    """
    text = text_of(cell)[:_LONGEST_DATE]
    try:
        return _with_offset(text, zone) if _ISO_DAY.match(text) else _read_day(text, written, zone)
    except (ValueError, OverflowError):
        raise Unfit("not-a-date", f"is not a date written as {written}") from None


@lru_cache(maxsize=4_096)
def _read_day(text: str, written: str, zone: str | None) -> str:
    match written:
        case "iso":
            raise ValueError
        case "excel":
            return _excel_day(float(text), zone)
        case "unix":
            return datetime.fromtimestamp(float(text), UTC).isoformat().replace("+00:00", "Z")
        case _:
            moment = datetime.strptime(text, written)
    if moment.tzinfo is None and moment.time() == time.min:
        return moment.date().isoformat()
    return _with_offset(moment.isoformat(), zone)


def _excel_day(serial: float, zone: str | None) -> str:
    if not 1 <= serial < 2_958_466:
        raise ValueError
    moment = datetime.combine(_EXCEL_EPOCH, time.min) + timedelta(seconds=round(serial * 86_400))
    text = text_of(moment)
    return text if len(text) == 10 else _with_offset(text, zone)


def _with_offset(text: str, zone: str | None) -> str:
    """A time of ISO 8601 with an offset; one that has none gets that of the zone, a date stays."""
    if len(text) == 10:
        parse_date(text)
        return text
    if not _NAIVE.fullmatch(text):
        return text
    if zone is None:
        raise Unfit("not-a-date", 'has no offset from UTC; set zone = "+00:00" or the right one')
    seconds = "" if text.count(":") > 1 else ":00"
    return f"{text.replace(' ', 'T')}{seconds}{zone}"


def remembered(read: Callable[[Given], Found]) -> Callable[[Given], Found]:
    """A function that remembers what it returned for short texts, and for what is no text."""
    remembering = lru_cache(maxsize=4_096, typed=True)(read)

    def known(given: Given) -> Found:
        if isinstance(given, str) and len(given) > MOST_SHOWN:
            return read(given)
        return remembering(given)

    return known


def tagged(cell: object) -> dict[str, str]:
    """A day or a moment of a sheet as JSON, which has neither."""
    assert isinstance(cell, date)
    return {"moment" if isinstance(cell, datetime) else "day": cell.isoformat()}


def untagged(told: dict[str, str]) -> date:
    """A day or a moment that was tagged."""
    if "day" in told:
        return date.fromisoformat(told["day"])
    return datetime.fromisoformat(told["moment"])
