"""Sums over cells: which cells of an increment to add, and which would count something twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum, inf

from domain.estimates.claims import Cell
from domain.estimates.figures import UNKNOWN, Figure

Place = tuple[str | None, Cell]
"""A cohort (None is the whole) and a cell of it."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """The cells to add, those inside another, and those that overlap where they must not."""

    added: tuple[Place, ...]
    inside: tuple[Place, ...]
    clashing: tuple[Place, ...]


def tile(places: Iterable[Place]) -> Tiling:
    """Sort cells into those to add, those inside another of their cohort, and those that clash.

    Each part is in order: the whole before its cohorts, cohorts by name, cells by first day.
    """
    by_cohort: dict[str | None, set[Cell]] = {}
    for cohort, cell in places:
        by_cohort.setdefault(cohort, set()).add(cell)
    added, inside, clashing = list[Place](), list[Place](), set[Place]()
    for cohort in sorted(by_cohort, key=lambda name: name or ""):
        farthest: Cell | None = None  # the cell added so far that ends last
        for cell in sorted(by_cohort[cohort], key=_first_then_longest):
            if farthest is not None and within(cell, farthest):
                inside.append((cohort, cell))
                continue
            if farthest is not None and _meet(cell, farthest):
                clashing |= {(cohort, cell), (cohort, farthest)}
            added.append((cohort, cell))
            farthest = cell
    clashing |= _wholes_beside_cohorts(added)
    return Tiling(tuple(added), tuple(inside), tuple(p for p in added if p in clashing))


def _wholes_beside_cohorts(places: Sequence[Place]) -> set[Place]:
    """Wholes and cohorts whose periods overlap: a sum would count them twice."""
    wholes = [place for place in places if place[0] is None]
    cohorts = [place for place in places if place[0] is not None]
    return {
        place
        for beside in cohorts
        for whole in wholes
        if _meet(whole[1], beside[1])
        for place in (whole, beside)
    }


def total(figures: Sequence[Figure]) -> Figure:
    """The sum of the cells' figures; a bound missing in one is missing in the sum."""
    if not figures or not all(figure.known for figure in figures):
        return UNKNOWN
    return Figure(
        best=_sum([figure.best for figure in figures]),
        low=_sum([figure.low for figure in figures]),
        high=_sum([figure.high for figure in figures]),
    )


def within(cell: Cell, outer: Cell) -> bool:
    """Whether a cell lies within another."""
    (start, end), (outer_start, outer_end) = _span(cell), _span(outer)
    return outer_start <= start and end <= outer_end


def _sum(values: Sequence[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return fsum(present) if len(present) == len(values) else None


def _span(cell: Cell) -> tuple[float, float]:
    first, last = cell
    return (-inf if first is None else first), (inf if last is None else last)


def _first_then_longest(cell: Cell) -> tuple[float, float]:
    start, end = _span(cell)
    return start, -end


def _meet(one: Cell, other: Cell) -> bool:
    (start, end), (other_start, other_end) = _span(one), _span(other)
    return start <= other_end and other_start <= end
