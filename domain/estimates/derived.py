"""Steps of a total and running totals of steps: what two or more cells say together, never a claim.

A *step* is what was added between two cut-offs of a total: it lies between its low less the high before
and its high less the low before, open where either is open, and has a best where both have one. It runs
from the day after the cut-off before to its own. Cells with a stated start, with an open end or without
a figure make no step. The first cell has nothing before it, unless the indicator says from which day it
counts: then it is the step from 0.

A *running total* is the sum of all that ended by a day, from the first day of the first cell on. Of
cells inside one another only the outermost counts, and an incident counts where no cell holds it, at
the end of its period. Past a gap between periods, and past a cell without a figure, something unknown
is part of the total: its low goes on with the least that it can be, without a best and open above. From
two cells on that overlap the total is unknown. Cells with an open end are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.arithmetic import difference, total
from domain.estimates.claims import Cell
from domain.estimates.figures import UNKNOWN, Figure

NOTHING = Figure(0, 0, 0)
"""What a total is at the beginning of the day from which it counts."""


class CellFigure(NamedTuple):
    """The figure of a cell, or of an incident with the days on which it was."""

    cell: Cell
    figure: Figure
    incident: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """A figure worked out from others: its days, and the numbers of the cells that it came of.

    `of` are the cells that end where it ends, `before` the one that was taken away, if one was.
    """

    first: int | None
    last: int
    figure: Figure
    of: tuple[int, ...]
    before: tuple[int, ...] = ()


def steps(cells: Sequence[CellFigure], since: int | None = None) -> list[Derived]:
    """The steps of a total, in order; `since` is the day from which the indicator counts."""
    found = list[Derived]()
    before: int | None = None
    for n in sorted(_with_cut_off(cells), key=lambda n: cells[n].cell[1] or 0):
        figure, last = cells[n].figure, cells[n].cell[1]
        assert last is not None  # it has a cut-off
        if before is not None:
            first = (cells[before].cell[1] or 0) + 1
            found.append(Derived(first, last, less(figure, cells[before].figure), (n,), (before,)))
        elif since is not None and since <= last:
            found.append(Derived(since, last, less(figure, NOTHING), (n,)))
        before = n
    return found


def _with_cut_off(cells: Sequence[CellFigure]) -> list[int]:
    """The numbers of the cells with a figure for everything up to a day."""
    return [
        n
        for n, (cell, figure, _) in enumerate(cells)
        if cell[0] is None and cell[1] is not None and figure.known
    ]


def less(figure: Figure, before: Figure) -> Figure:
    """A figure less the one before."""
    return Figure(
        best=_difference(figure.best, before.best),
        low=_difference(figure.low, before.high),
        high=_difference(figure.high, before.low),
    )


def _difference(value: float | None, taken: float | None) -> float | None:
    return None if value is None or taken is None else difference(value, taken)


def running_totals(cells: Sequence[CellFigure], minimum: float | None = 0) -> list[Derived]:
    """The running totals of cells of one cohort, in order, one for each day on which any ends.

    `minimum` is what an unknown addend is at least; None where it has no least.
    """
    outermost, incidents = _that_count(cells)
    if not outermost and not incidents:
        return []
    unknown = Figure(best=None, low=minimum, high=None)
    begins = min(_first(cells[n]) for n in (*outermost, *incidents)) or None
    by_day: dict[int, list[int]] = {}
    for n in (*outermost, *incidents):
        by_day.setdefault(_last(cells[n]), []).append(n)
    so_far, covered, found = NOTHING, None, list[Derived]()
    for day, ending in sorted(by_day.items()):
        for n in ending:
            figure = cells[n].figure
            so_far = plus(so_far, figure if figure.known else unknown)
            if not cells[n].incident:
                if covered is not None and _first(cells[n]) > covered + 1:
                    so_far = plus(so_far, unknown)
                if covered is not None and _first(cells[n]) <= covered:
                    so_far = UNKNOWN
                covered = day
        found.append(Derived(begins, day, so_far, tuple(ending)))
    return found


def plus(figure: Figure, more: Figure) -> Figure:
    """The sum of two figures; what is missing in one is missing in the sum."""
    if not figure.known or not more.known:
        return UNKNOWN
    return Figure(
        best=_sum(figure.best, more.best),
        low=_sum(figure.low, more.low),
        high=_sum(figure.high, more.high),
    )


def _sum(value: float | None, more: float | None) -> float | None:
    return None if value is None or more is None else total((value, more))


def _that_count(cells: Sequence[CellFigure]) -> tuple[list[int], list[int]]:
    """The numbers of the outermost cells, and of the incidents that none of them holds."""
    closed = [n for n, each in enumerate(cells) if each.cell[1] is not None]
    outermost, incidents = list[int](), list[int]()
    ends = 0  # the last day of what was seen so far, which all began before
    for n in sorted(closed, key=lambda n: (_first(cells[n]), -_last(cells[n]), cells[n].incident)):
        if _last(cells[n]) > ends:
            (incidents if cells[n].incident else outermost).append(n)
            if not cells[n].incident:
                ends = _last(cells[n])
    return outermost, incidents


def _first(each: CellFigure) -> int:
    return each.cell[0] or 0


def _last(each: CellFigure) -> int:
    return each.cell[1] or 0
