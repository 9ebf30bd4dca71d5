"""Prospective claims: their targets, and which one of them a headline is about."""

from collections.abc import Sequence

from domain.estimates.cells import meet, span
from domain.estimates.claims import Cell, Claim
from domain.estimates.estimate import Estimate, Question
from domain.estimates.vintages import vintages
from domain.times import EPOCH
from domain.vocabulary import Measure, Status

PLANS: frozenset[Status] = frozenset({"planned", "announced"})
"""A voice's later plan replaces its earlier one; forecasts stand side by side."""


def observed_first(origins: Sequence[Claim], result: Estimate) -> list[Claim]:
    """The observed claims where there are any, else the prospective ones."""
    observed = [claim for claim in origins if not claim.prospective]
    if not observed:
        return [*origins]
    result.leave_out((claim for claim in origins if claim.prospective), "prospective")
    return observed


def standing_plans(claims: Sequence[Claim], result: Estimate) -> list[Claim]:
    """Prospective claims without the plans that their voice has replaced by a later one."""
    latest: dict[str, int] = {}
    for claim in claims:
        if claim.status in PLANS:
            latest[claim.voice] = max(claim.stated, latest.get(claim.voice, claim.stated))
    replanned = [c for c in claims if c.status in PLANS and c.stated < latest[c.voice]]
    result.leave_out(replanned, "replanned")
    gone = {claim.id for claim in replanned}
    return [claim for claim in claims if claim.id not in gone]


def of_next_target(question: Question, claims: Sequence[Claim], result: Estimate) -> Sequence[Claim]:
    """The vintages of the next target among prospective claims; the others are left out.

    Of one voice the claim with the target's own bounds counts, else the one that ends first.
    """
    standing = standing_plans(claims, result)
    if not standing:
        return []
    targets = sorted({claim.cell for claim in standing}, key=_end_then_start)
    target = _next(targets, max(claim.stated_day for claim in standing))
    result.targets = tuple(targets)
    belonging, others = list[Claim](), list[Claim]()
    for claim in standing:
        belongs = _belongs(question.measure, claim.cell, target)
        (belonging if belongs else others).append(claim)
    result.leave_out(others, "other-target")

    def order(claim: Claim) -> tuple[float, ...]:
        return claim.cell == target, -span(claim.cell)[1], *claim.vintage_order

    return vintages(belonging, order, result)


def _next(targets: Sequence[Cell], stated_day: int) -> Cell:
    """The earliest target whose last day is not before the latest statement; else the last one."""
    today = EPOCH.toordinal() + stated_day
    return next((target for target in targets if span(target)[1] >= today), targets[-1])


def _belongs(measure: Measure, cell: Cell, target: Cell) -> bool:
    return cell[1] == target[1] if measure == "cumulative" else meet(span(cell), span(target))


def _end_then_start(cell: Cell) -> tuple[float, float]:
    start, end = span(cell)
    return end, start
