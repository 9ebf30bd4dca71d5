"""Prospective claims: their targets, and which one of them a headline is about."""

from collections.abc import Iterable, Sequence
from math import inf

from domain.estimates.cells import meet, span
from domain.estimates.claims import Cell, Claim
from domain.estimates.estimate import Estimate, Question
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


def of_next_target(question: Question, claims: Sequence[Claim], result: Estimate) -> list[Claim]:
    """The prospective claims that belong to the next target; the others are left out."""
    standing = standing_plans(claims, result)
    if not standing:
        return []
    targets = sorted({claim.cell for claim in standing}, key=_end_then_start)
    target = _next(targets, max(claim.stated_day for claim in standing))
    result.targets = tuple(targets)
    kept = list[Claim]()
    voices: dict[str, list[Claim]] = {}
    for claim in standing:
        if _belongs(question.measure, claim.cell, target):
            voices.setdefault(claim.voice, []).append(claim)
    for said in voices.values():
        kept += [c for c in said if c.cell == target] or _ending_first(said)
    ids = {claim.id for claim in kept}
    result.leave_out((claim for claim in standing if claim.id not in ids), "other-target")
    return kept


def _next(targets: Sequence[Cell], stated_day: int) -> Cell:
    """The earliest target whose last day is not before the latest statement; else the last one."""
    today = EPOCH.toordinal() + stated_day
    return next((target for target in targets if span(target)[1] >= today), targets[-1])


def _belongs(measure: Measure, cell: Cell, target: Cell) -> bool:
    return cell[1] == target[1] if measure == "cumulative" else meet(span(cell), span(target))


def _ending_first(claims: Iterable[Claim]) -> list[Claim]:
    said = list(claims)
    first = min((span(claim.cell)[1] for claim in said), default=inf)
    return [claim for claim in said if span(claim.cell)[1] == first]


def _end_then_start(cell: Cell) -> tuple[float, float]:
    start, end = span(cell)
    return end, start
