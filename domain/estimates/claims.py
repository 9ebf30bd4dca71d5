"""A claim as it stands at the times asked: what estimates are made of.

Days are ordinals (1 is 0001-01-01), instants are microseconds since 1970: estimates compare many of
them, and text would be slow.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from domain.period import Period, spanning, upper_instant
from domain.times import DAY, EPOCH, to_micros
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
    "no-figure",
]
"""Whether a claim counts, and if not, why."""

Cell = tuple[int | None, int | None]
"""First and last day of the period that a figure is for; None is open."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim at the times asked, with the grades then in force."""

    id: str
    report: str
    n: int
    position: int
    indicator: str
    cohort: str | None
    originator: str
    basis: Basis
    status: Status
    period: str
    cell: Cell
    cutoff: int
    stated: int
    published: int
    low: float | None = None
    best: float | None = None
    high: float | None = None
    qualifier: Qualifier | None = None
    asserts: bool | None = None
    reliability: Reliability | None = None
    credibility: int | None = None
    marking: Marking = "TLP:CLEAR"
    links: tuple[str, ...] = ()
    disputed_by: tuple[str, ...] = ()
    standing: Standing = "active"

    @property
    def weak(self) -> bool:
        """Whether this is a relay without a link, which never corroborates."""
        return self.basis == "relay" and not self.links

    @property
    def vintage_order(self) -> tuple[int, int, int, int]:
        """Sort key: of one originator's claims on one cell, the greatest is the vintage."""
        return self.stated, self.published, self.position, self.n

    @property
    def headline_order(self) -> tuple[int, int, int, int, int]:
        """Sort key: of one originator's claims on all cells, the greatest is the headline."""
        return self.cutoff, *self.vintage_order

    @property
    def cutoff_day(self) -> int:
        """The UTC day of the cut-off, counted from 1970-01-01."""
        return self.cutoff // DAY

    @property
    def stated_day(self) -> int:
        """The UTC day on which it was stated, counted from 1970-01-01."""
        return self.stated // DAY


def vintage_order(claim: Claim) -> tuple[int, ...]:
    """Sort key for one originator's claims on one cell."""
    return claim.vintage_order


def headline_order(claim: Claim) -> tuple[int, ...]:
    """Sort key for one originator's claims on all cells."""
    return claim.headline_order


def cell_of(measure: Measure, period: Period) -> Cell:
    """The cell of a claim; a cumulative figure for one date counts everything up to it."""
    first, last = period.bounds
    if measure == "cumulative" and not period.interval:
        first = None
    return _ordinal(first), _ordinal(last)


def cell_text(measure: Measure, cell: Cell) -> str | None:
    """A cell as EDTF text; None for all time."""
    begins, ends = (None if day is None else date.fromordinal(day) for day in cell)
    if measure == "cumulative" and begins and ends:
        return f"{begins}/{ends}"  # a date alone would mean everything up to it
    return spanning(begins, ends).text if begins or ends else None


def in_headline(measure: Measure, cell: Cell) -> bool:
    """Whether a cell may be the headline: a total with a stated start never is."""
    return measure != "cumulative" or cell[0] is None


def cut_off(period: Period, stated_at: datetime) -> int:
    """The latest moment that the information covers, in microseconds."""
    upper = upper_instant(period)
    return to_micros(stated_at if upper is None else min(upper, stated_at))


def cutoff_date(cutoff: int) -> date:
    """The UTC date of a cut-off."""
    return date.fromordinal(EPOCH.toordinal() + cutoff // DAY)


def _ordinal(day: date | None) -> int | None:
    return None if day is None else day.toordinal()
