"""Cells of increments: which lie inside one another, and which overlap."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from service.proof.standalone.claims import Said
from service.proof.standalone.figures import Cell, Days, around, cell_of, share_a_day, within
from service.proof.standalone.part import Context, Reasons, firm_first, latest


@dataclass(frozen=True)
class Addend:
    """A cell with its claims: origins, and unlinked claims that just give no number."""

    cell: Cell
    days: Days
    claims: tuple[Said, ...]

    @property
    def origins(self) -> list[Said]:
        """The claims that speak for a voice."""
        return [claim for claim in self.claims if claim.tells]

    @property
    def weak(self) -> bool:
        """Whether all its claims are weak."""
        return all(claim.weak for claim in self.claims)


def addends(context: Context, claims: Sequence[Said]) -> list[Addend]:
    """The cells of some claims; an incident's days are those around its vintages."""
    found = list[Addend]()
    for cell in dict.fromkeys(cell_of(context.definition, claim) for claim in claims):
        said = tuple(claim for claim in claims if cell_of(context.definition, claim) == cell)
        found.append(Addend(cell, _days(cell, said), said))
    return found


def _days(cell: Cell, claims: Sequence[Said]) -> Days:
    if cell.incident is None:
        return cell.days
    origins = [claim for claim in claims if claim.tells]
    vintages = firm_first(origins, latest, Reasons()) or claims
    return around(claim.period.bounds for claim in vintages)


def belongs(one: Addend, other: Addend) -> bool:
    """Whether one cell belongs to another by its own days and incident."""
    if one is other:
        return False
    if one.cell.cohort == other.cell.cohort:
        return other.cell.incident is None and within(one.days, other.days)
    if other.cell.cohort is not None:
        return False
    if other.cell.incident is not None:
        return one.cell.incident == other.cell.incident
    return within(one.days, other.days)


def lies_inside(one: Addend, other: Addend, cells: Sequence[Addend]) -> bool:
    """Whether one of some cells belongs to another, or to a third that belongs to it.

    An incident of a cohort lies in what holds the same incident of the whole, whatever its own days.
    """
    return belongs(one, other) or any(belongs(one, via) and belongs(via, other) for via in cells)


def outermost(some: Sequence[Addend], cells: Sequence[Addend]) -> list[Addend]:
    """Those of some cells that lie inside no other of them."""
    return [one for one in some if not any(lies_inside(one, other, cells) for other in some)]


def clashing(level: Sequence[Addend]) -> list[Addend]:
    """The cells of one level that overlap."""
    found = list[Addend]()
    for one, other in combinations(level, 2):
        cohorts = one.cell.cohort, other.cell.cohort
        periods = one.cell.incident is None and other.cell.incident is None
        if periods and (cohorts[0] == cohorts[1] or None in cohorts):
            found += [one, other] if share_a_day(one.days, other.days) else []
    return [cell for cell in level if cell in found]


def without_weak(cells: Sequence[Addend], why: Reasons) -> list[Addend]:
    """The cells but for the weak ones that hold a firm one or lie inside one."""

    def left_out(cell: Addend) -> bool:
        return cell.weak and any(
            lies_inside(cell, other, cells) or lies_inside(other, cell, cells)
            for other in cells
            if not other.weak
        )

    for cell in filter(left_out, cells):
        why.add("weak", cell.claims)
    return [cell for cell in cells if not left_out(cell)]
