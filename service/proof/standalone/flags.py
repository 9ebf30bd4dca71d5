"""Flags among the origins that are used together."""

from datetime import datetime
from itertools import combinations

from service.proof.standalone.claims import Said
from service.proof.standalone.figures import apart, below, cell_of, widened
from service.proof.standalone.origins import agree, independent
from service.proof.standalone.part import TIMED, Context, Flags, Part
from service.proof.standalone.policies import DEFAULT


def days_after(one: datetime, other: datetime) -> int:
    """The days from the second to the first."""
    return (one.date() - other.date()).days


def contradictory(context: Context, one: Said, other: Said) -> bool:
    """Whether two claims used together contradict each other."""
    if not apart(one, other) or not independent(one, other, context.world):
        return False
    if one.prospective and other.prospective:
        return True
    if cell_of(context.definition, one) == cell_of(context.definition, other):
        return True
    if context.measure == "increment":
        return False
    if abs(days_after(one.cutoff, other.cutoff)) <= 3:
        return True
    earlier, later = sorted((one, other), key=lambda claim: claim.cutoff)
    return context.measure == "cumulative" and below(widened(later), widened(earlier))


def flags_of(context: Context, part: Part) -> Flags:
    flags: Flags = []
    for one, other in combinations(part.used, 2):
        ids = (one.id, other.id)
        if contradictory(context, one, other):
            flags.append(("contradiction", ids))
        elif _diverge(context, one, other):
            flags.append(("divergence", ids))
    flags += _newer_elsewhere(context, part)
    for claim in part.used:
        firm = [other for other in part.used if other is not claim and not other.weak]
        if claim.credibility == 1 and not any(agree(claim, c, context.world) for c in firm):
            flags.append(("grade-1-unsupported", (claim.id,)))
    return flags


def _diverge(context: Context, one: Said, other: Said) -> bool:
    """Whether two totals that do not contradict each other are apart."""
    apart_in_time = context.measure == "cumulative" and apart(one, other)
    return apart_in_time and independent(one, other, context.world)


def _newer_elsewhere(context: Context, part: Part) -> Flags:
    leading = part.leading.claim if part.leading else None
    timed = context.headline and context.measure in TIMED and context.policy == DEFAULT
    if leading is None or not timed:
        return []
    after = part.used[part.used.index(leading) + 1 :]
    days = context.definition.fresh_days
    return [
        ("newer-elsewhere", (other.id, leading.id))
        for other in after
        if days_after(other.cutoff, leading.cutoff) > days
    ]
