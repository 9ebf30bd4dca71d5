"""Contradictions at every cut-off, not only among the origins of the current headline."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from domain.estimates.claims import Cell, Claim, headline_order, in_headline, vintage_order
from domain.estimates.flags import Flag, contradiction
from domain.estimates.support import contradict
from domain.vocabulary import Measure


def contradictions_ever(measure: Measure, origins: Iterable[Claim]) -> list[Flag]:
    """Pairs of independent origins that cannot both be right, in each cohort, ordered by cut-off.

    Each claim is compared with the other originators' claims on the same cell, and with their
    headlines at its cut-off.
    """
    cohorts: dict[str | None, dict[tuple[str, Cell], Claim]] = {}
    for claim in sorted((c for c in origins if not c.weak), key=vintage_order):
        cohorts.setdefault(claim.cohort, {})[claim.originator, claim.cell] = claim
    found: dict[tuple[str, str], Flag] = {}
    for latest in cohorts.values():
        vintages = sorted(latest.values(), key=headline_order)
        for one, other in (*_of_one_cell(vintages), *_as_each_came(measure, vintages)):
            if contradict(measure, one, other):
                found.setdefault((one.id, other.id), contradiction(one, other))
    return list(found.values())


def _of_one_cell(vintages: Sequence[Claim]) -> Iterator[tuple[Claim, Claim]]:
    cells: dict[Cell, list[Claim]] = {}
    for claim in vintages:
        cells.setdefault(claim.cell, []).append(claim)
    for same in cells.values():
        yield from combinations(same, 2)


def _as_each_came(measure: Measure, vintages: Sequence[Claim]) -> Iterator[tuple[Claim, Claim]]:
    """Each claim paired with the headline of every other originator then; a sum has no such order."""
    if measure == "increment":
        return
    standing: dict[str, Claim] = {}
    for claim in vintages:
        if in_headline(measure, claim.cell):
            yield from ((other, claim) for name, other in standing.items() if name != claim.originator)
            standing[claim.originator] = claim
