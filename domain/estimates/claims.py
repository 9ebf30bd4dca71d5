"""A claim as it stands at the times asked: what estimates are made of.

Days are ordinals (1 is 0001-01-01), instants are microseconds since 1970: estimates compare many of
them, and text would be slow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Literal

from domain.period import Period, spanning
from domain.times import DAY, EPOCH, upper_micros
from domain.vocabulary import Basis, Marking, Measure, Qualifier, Reliability, Status

Standing = Literal[
    "active",
    "withdrawn",
    "withdrawn-by-us",
    "held",
    "corrected",
    "not-yet-known",
    "not-yet-published",
    "beyond-valid-at",
    "beyond-clearance",
    "redacted",
    "no-figure",
]
"""Whether a claim counts, and if not, why."""

IMPROBABLE = 5
"""The credibility of a claim that counts only where no other does."""

PROSPECTIVE: frozenset[Status] = frozenset({"planned", "announced", "forecast"})
"""Statuses of what has not happened yet."""

Cell = tuple[int | None, int | None]
"""First and last day of the period that a figure is for; None is open."""


@dataclass(slots=True, unsafe_hash=True)
class Claim:
    """One claim at the times asked, with the grades then in force."""

    # `Final` has the type checker refuse a change. A frozen class refuses it when it runs, and takes
    # five times as long to make; an answer may make a hundred thousand.

    id: Final[str]
    report: Final[str]
    n: Final[int]
    position: Final[int]
    indicator: Final[str]
    cohort: Final[str | None]
    incident: Final[str | None]
    originator: Final[str]
    voice: Final[str]
    basis: Final[Basis]
    status: Final[Status]
    period: Final[str]
    cell: Final[Cell]
    prospective: Final[bool]
    cutoff: Final[int]
    stated: Final[int]
    stated_on: Final[int]
    published: Final[int]
    low: Final[float | None] = None
    best: Final[float | None] = None
    high: Final[float | None] = None
    qualifier: Final[Qualifier | None] = None
    asserts: Final[bool | None] = None
    reliability: Final[Reliability | None] = None
    credibility: Final[int | None] = None
    marking: Final[Marking] = "TLP:CLEAR"
    links: Final[tuple[str, ...]] = ()
    rests_on: Final[tuple[str, ...]] = ()
    disputed_by: Final[tuple[str, ...]] = ()
    quote: Final[str] = ""
    standing: Final[Standing] = "active"

    @property
    def weak(self) -> bool:
        """Whether this counts only where nothing else does, and never corroborates."""
        return is_weak(self.basis, bool(self.links), self.credibility)

    @property
    def has_figure(self) -> bool:
        """Whether it gives a number or a stance."""
        return self.asserts is not None or not self.low is self.best is self.high is None

    @property
    def covers_until(self) -> int:
        """The last day that the information covers, as it was written."""
        last = self.cell[1]
        return self.stated_on if last is None else min(last, self.stated_on)

    @property
    def vintage_order(self) -> tuple[int, int, int, int]:
        """Sort key: of one originator's claims on one cell, the greatest is the vintage."""
        return self.stated, self.published, self.position, self.n

    @property
    def headline_order(self) -> tuple[int, int, int, int, int]:
        """Sort key: of one originator's claims on all cells, the greatest is the headline."""
        return self.cutoff, self.stated, self.published, self.position, self.n

    @property
    def cutoff_day(self) -> int:
        """The UTC day of the cut-off, counted from 1970-01-01."""
        return self.cutoff // DAY

    @property
    def stated_day(self) -> int:
        """The UTC day on which it was stated, counted from 1970-01-01."""
        return self.stated // DAY


LookUp = Callable[[str], Claim | None]
"""Returns any claim by its id as it stands at the times asked, whether it counts or not."""


def is_weak(basis: Basis, linked: bool, credibility: int | None) -> bool:
    """Whether a claim is weak: a relay without a link, or one that is graded improbable."""
    return (basis == "relay" and not linked) or credibility == IMPROBABLE


def vintage_order(claim: Claim) -> tuple[int, ...]:
    """Sort key for one originator's claims on one cell."""
    return claim.vintage_order


def headline_order(claim: Claim) -> tuple[int, ...]:
    """Sort key for one originator's claims on all cells."""
    return claim.headline_order


def cell_of(measure: Measure, period: Period, since: date | None = None) -> Cell:
    """The cell of a period.

    A total for one date counts everything up to it, and so does one from the day `since` which the
    indicator counts.
    """
    first, last = period.bounds
    if measure == "cumulative" and (not period.interval or first == since):
        first = None
    return _ordinal(first), _ordinal(last)


@lru_cache(maxsize=65_536)  # the days that sums cover, and their gaps
def cell_text(measure: Measure, cell: Cell) -> str | None:
    """A cell as EDTF text; None for all time."""
    begins, ends = (None if day is None else date.fromordinal(day) for day in cell)
    if measure == "cumulative" and begins and ends:
        return f"{begins}/{ends}"  # a date alone would mean everything up to it
    return spanning(begins, ends).text if begins or ends else None


def in_headline(measure: Measure, cell: Cell, prospective: bool = False) -> bool:
    """Whether a cell may be the headline: an observed total with a stated start never is."""
    return measure != "cumulative" or cell[0] is None or prospective


def is_prospective(status: Status, period: Period, stated_on: date) -> bool:
    """Whether a claim is about days after it was stated; its period is then its target."""
    return status in PROSPECTIVE and (period.last is None or period.last > stated_on)


def cut_off(period: Period, stated: int) -> int:
    """The latest moment that the information covers, of what was stated then; in microseconds."""
    return cut_off_by(upper_micros(period), stated)


def cut_off_by(upper: int | None, stated: int) -> int:
    """The same of information whose period ends at a moment; None is an open end."""
    return stated if upper is None or stated < upper else upper


def cutoff_date(cutoff: int) -> date:
    """The UTC date of a cut-off."""
    return date.fromordinal(EPOCH.toordinal() + cutoff // DAY)


def _ordinal(day: date | None) -> int | None:
    return None if day is None else day.toordinal()
