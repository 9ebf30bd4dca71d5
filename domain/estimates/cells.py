"""Cells as spans of days: which lie within another, which meet, which days they cover."""

from collections.abc import Iterable, Iterator
from math import inf
from typing import NamedTuple

from domain.estimates.claims import Cell, Claim

Span = tuple[float, float]
"""First and last day of a cell, infinite where it is open."""


class Place(NamedTuple):
    """What a figure is about: a cohort (None is the whole), and a cell or an incident.

    Prospective and observed figures are never about the same place.
    """

    cohort: str | None
    incident: str | None
    cell: Cell | None
    prospective: bool = False


def place_of(claim: Claim) -> Place:
    """The incident or the cell that a claim is about."""
    cell = None if claim.incident else claim.cell
    return Place._make((claim.cohort, claim.incident, cell, claim.prospective))


def span(cell: Cell) -> Span:
    """The days of a cell as numbers that can be compared."""
    first, last = cell
    return (-inf if first is None else first), (inf if last is None else last)


def cell_of_span(days: Span) -> Cell:
    """The cell of some days."""
    first, last = days
    return (None if first == -inf else int(first)), (None if last == inf else int(last))


def within(inner: Span, outer: Span) -> bool:
    """Whether some days all lie within others."""
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def meet(one: Span, other: Span) -> bool:
    """Whether some days and others have a day in common."""
    return one[0] <= other[1] and other[0] <= one[1]


def hull(spans: Iterable[Span]) -> Span:
    """From the first day of all to the last."""
    firsts, lasts = zip(*spans, strict=True)
    return min(firsts), max(lasts)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Days merged into as few spans as possible, in order; adjacent ones become one."""
    found = list[Span]()
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found


def between(spans: Iterable[Span], within_days: Span) -> Iterator[Span]:
    """The days of a span that none of these spans covers."""
    begins, ends = within_days
    for first, last in merged(spans):
        if first > begins:
            yield begins, min(first - 1, ends)
        if last >= ends:
            return
        begins = max(begins, last + 1)
    if begins <= ends:
        yield begins, ends
