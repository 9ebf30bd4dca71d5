"""Numbers, days and cells: what of two claims is compared, and how."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from service.proof.standalone.claims import Said
from service.proof.standalone.periods import BadPeriod, Period, parse_period
from service.proof.standalone.records import Definition

Bounds = tuple[Fraction | None, Fraction | None]
"""Low and high, None where open."""
Days = tuple[date | None, date | None]
"""First and last day, None where open."""
DAY = timedelta(days=1)


def exact(number: float) -> Fraction:
    """A number as it is written in decimals."""
    return Fraction(str(number))


def shown(number: Fraction | None) -> float | None:
    """A number as an answer has it."""
    return None if number is None else float(number)


# Figures


def best_of(claim: Said) -> Fraction | None:
    """The best value, where the source gave one."""
    q = claim.statement.quantity
    return exact(q.best) if q and q.best is not None else None


def bounds(claim: Said) -> Bounds:
    """Low and high of a claim as given, None where it is open."""
    q = claim.statement.quantity
    assert q is not None
    low = q.low if q.low is not None else q.best
    high = q.high if q.high is not None else q.best
    if q.qualifier in ("at-least", "more-than") and q.high is None:
        high = None
    if q.qualifier in ("at-most", "less-than", "up-to") and q.low is None:
        low = None
    return None if low is None else exact(low), None if high is None else exact(high)


def hull(claim: Said) -> Bounds:
    """The bounds; if they are out of order, the widest range that was given."""
    low, high = bounds(claim)
    given = [exact(x) for x in claim.numbers]
    return None if low is None else min(given), None if high is None else max(given)


def widened(claim: Said) -> Bounds:
    """The hull, a tenth wider on both sides where the figure is a rough one."""
    low, high = hull(claim)
    q = claim.statement.quantity
    if q is None or q.qualifier not in ("about", "nearly"):
        return low, high
    return (
        None if low is None else low - abs(low) / 10,
        None if high is None else high + abs(high) / 10,
    )


def below(one: Bounds, other: Bounds) -> bool:
    """Whether one range lies wholly below another."""
    return one[1] is not None and other[0] is not None and one[1] < other[0]


def meet(one: Bounds, other: Bounds) -> bool:
    """Whether two ranges have a common point."""
    return not below(one, other) and not below(other, one)


def apart(one: Said, other: Said) -> bool:
    """Whether two claims have no point in common."""
    if one.statement.stance and other.statement.stance:
        return bool(one.statement.stance.asserts != other.statement.stance.asserts)
    return not meet(widened(one), widened(other))


def single_number(claim: Said) -> Fraction | None:
    """The one number that stands for a claim: its best, else its low, else its high."""
    q = claim.statement.quantity
    given = [x for x in (q.best, q.low, q.high) if x is not None] if q else []
    return exact(given[0]) if given else None


def total(values: Iterable[Fraction | None]) -> Fraction | None:
    """The sum; None where one of them is missing."""
    found = list(values)
    if None in found:
        return None
    return sum((value for value in found if value is not None), Fraction(0))


# Days


def within(days: Days, outer: Days) -> bool:
    """Whether some days all lie within others."""
    (first, last), (outer_first, outer_last) = days, outer
    begins = outer_first is None or (first is not None and first >= outer_first)
    ends = outer_last is None or (last is not None and last <= outer_last)
    return begins and ends


def share_a_day(one: Days, other: Days) -> bool:
    """Whether two periods have a day in common."""
    return not any(
        last is not None and first is not None and last < first
        for last, first in ((one[1], other[0]), (other[1], one[0]))
    )


def common_days(one: Days, other: Days) -> Days:
    """The days that two periods share."""
    firsts = [day for day in (one[0], other[0]) if day]
    lasts = [day for day in (one[1], other[1]) if day]
    return max(firsts, default=None), min(lasts, default=None)


def around(periods: Iterable[Days]) -> Days:
    """The first and the last day of all the periods together."""
    firsts, lasts = zip(*periods, strict=True)
    return (None if None in firsts else min(firsts), None if None in lasts else max(lasts))


def merged(periods: Iterable[Days]) -> list[Days]:
    """The same days as few periods, in order."""
    found = list[Days]()
    for first, last in sorted(periods, key=lambda days: days[0] or date.min):
        if found and _reaches(found[-1][1], first):
            found[-1] = around([found[-1], (found[-1][0], last)])
        else:
            found.append((first, last))
    return found


def _reaches(last: date | None, first: date | None) -> bool:
    return last is None or first is None or first <= last or first - last == DAY


def left_over(days: Days, taken: Iterable[Days]) -> list[Days]:
    """The days that none of the periods has."""
    first, last = days
    found = list[Days]()
    for start, end in merged(other for other in taken if share_a_day(other, days)):
        if start is not None and (first is None or first < start):
            found.append((first, start - DAY))
        if end is None or (last is not None and end >= last):
            return found
        first = end + DAY
    return [*found, (first, last)]


def text_of(days: Days) -> str:
    """Days in EDTF: a year, a month or a day where they are one, else from day to day."""
    first, last = days
    if first and last:
        for text in (f"{first:%Y}", f"{first:%Y-%m}", first.isoformat()):
            if _bounds_of(text) == days:
                return text
    return "/".join(day.isoformat() if day else ".." for day in days)


def _bounds_of(text: str) -> Days | None:
    try:
        return parse_period(text).bounds
    except BadPeriod:
        return None


# Cells


@dataclass(frozen=True)
class Cell:
    """What a figure is for: a cohort and some days, or an incident; observed or yet to come."""

    cohort: str | None
    first: date | None
    last: date | None
    incident: str | None
    prospective: bool

    @property
    def days(self) -> Days:
        """The days of a cell that is no incident."""
        return self.first, self.last


def cell(measure: str, period: Period, since: str | None = None) -> Days:
    """The days of a cell; a total for a date, or from `since`, means everything up to it."""
    if measure == "cumulative" and ("/" not in period.text or _begins(period, since)):
        return None, period.last
    return period.first, period.last


def _begins(period: Period, since: str | None) -> bool:
    return since is not None and period.first == date.fromisoformat(since)


def cell_of(definition: Definition, claim: Said) -> Cell:
    """The cell of a claim."""
    cohort, incident = claim.statement.cohort, claim.statement.incident
    if incident is not None:
        return Cell(cohort, None, None, incident, claim.prospective)
    days = cell(definition.measure, claim.period, definition.since)
    return Cell(cohort, *days, None, claim.prospective)


def asked_for(definition: Definition, claim: Said, period: Period) -> bool:
    """Whether a claim's cell is that of a period."""
    days = cell(definition.measure, period, definition.since)
    return cell_of(definition, claim).days == days
