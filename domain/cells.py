"""Sums over cells: which cells of an increment may be added, and which count something twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

from domain.claims import Cell
from domain.figures import UNKNOWN, Figure

Place = tuple[str | None, Cell]
"""A cohort (None is the whole) and a cell of it."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """The cells to add, those that lie inside another, and those that meet where they must not."""

    added: tuple[Place, ...]
    inside: tuple[Place, ...]
    clashing: tuple[Place, ...]


def tile(places: Iterable[Place]) -> Tiling:
    """Sort cells into those to add, those inside another of their cohort, and clashes."""
    by_cohort: dict[str | None, list[Cell]] = {}
    for cohort, cell in places:
        by_cohort.setdefault(cohort, []).append(cell)
    added, inside, clashing = list[Place](), list[Place](), list[Place]()
    for cohort, cells in by_cohort.items():
        last_end, previous = -inf, None
        for cell in sorted(cells, key=_first_then_longest):
            start, end = _span(cell)
            if end <= last_end:
                inside.append((cohort, cell))
                continue
            if start <= last_end:
                clashing += [(cohort, cell), (cohort, previous or cell)]
            added.append((cohort, cell))
            last_end, previous = end, cell
    clashing += _wholes_beside_cohorts(added)
    return Tiling(tuple(added), tuple(inside), tuple(dict.fromkeys(clashing)))


def _wholes_beside_cohorts(places: Sequence[Place]) -> list[Place]:
    """A whole beside cohorts whose periods meet it would count them twice."""
    wholes = [_span(cell) for cohort, cell in places if cohort is None]
    if not wholes:
        return []
    return [
        (cohort, cell)
        for cohort, cell in places
        if cohort is not None and any(_meet(_span(cell), whole) for whole in wholes)
    ]


def total(figures: Sequence[Figure]) -> Figure:
    """The sum of the cells' figures; what is missing in one is missing in the sum."""
    if not figures:
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
    return sum(present) if len(present) == len(values) else None


def _span(cell: Cell) -> tuple[float, float]:
    first, last = cell
    return (-inf if first is None else first), (inf if last is None else last)


def _first_then_longest(cell: Cell) -> tuple[float, float]:
    start, end = _span(cell)
    return start, -end


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]
