"""Contradictions at every cut-off, not only among the origins of the current headline."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from domain.estimates.claims import Cell, Claim, headline_order, in_headline, vintage_order
from domain.estimates.flags import Flag, contradiction
from domain.estimates.independence import Resting, dependent_pairs, independent
from domain.estimates.origins import Origins
from domain.estimates.support import contradict
from domain.vocabulary import Measure

Key = str | Cell
"""What tells cells apart: an incident, or the days."""


def contradictions_ever(measure: Measure, resolved: Origins) -> list[Flag]:
    """Pairs of independent origins that cannot both be right, in each cohort, ordered by cut-off.

    Each claim is compared with the other voices' claims on the same cell, and with their headlines at
    its cut-off; a prospective claim with those on the same target.
    """
    latest: dict[tuple[object, ...], dict[tuple[str, Key], Claim]] = {}
    for claim in sorted((c for c in resolved.origins if not c.weak), key=vintage_order):
        group = latest.setdefault((claim.cohort, claim.prospective), {})
        group[claim.voice, claim.incident or claim.cell] = claim
    found: dict[tuple[str, str], Flag] = {}
    for (_, prospective), vintages in latest.items():
        said = sorted((c for c in vintages.values() if c.has_figure), key=headline_order)
        pairs = list(_of_one_cell(measure, said))
        if not prospective:
            pairs += _as_each_came(measure, said)
        for one, other in pairs:
            if contradict(measure, one, other) and _independent(one, other, resolved.resting):
                found.setdefault((one.id, other.id), contradiction(one, other))
    return list(found.values())


def _independent(one: Claim, other: Claim, resting: Resting) -> bool:
    pair = one, other
    return independent(*pair, dependent_pairs(pair, resting))


def _of_one_cell(measure: Measure, vintages: Sequence[Claim]) -> Iterator[tuple[Claim, Claim]]:
    """Pairs on one cell; prospective totals with the same last day are about one target."""
    cells: dict[Key, list[Claim]] = {}
    for claim in vintages:
        to_come = measure == "cumulative" and claim.prospective
        cell = (None, claim.cell[1]) if to_come else claim.cell
        cells.setdefault(claim.incident or cell, []).append(claim)
    for same in cells.values():
        yield from combinations(same, 2)


def _as_each_came(measure: Measure, vintages: Sequence[Claim]) -> Iterator[tuple[Claim, Claim]]:
    """Each claim paired with the headline of every other voice then; a sum has no such order."""
    if measure == "increment":
        return
    standing: dict[str, Claim] = {}
    for claim in vintages:
        if in_headline(measure, claim.cell):
            yield from ((other, claim) for name, other in standing.items() if name != claim.voice)
            standing[claim.voice] = claim
