"""What time does to the origins of a headline: they grow stale, and a total outgrows older ones."""

from collections.abc import Sequence
from itertools import accumulate
from math import inf

from domain.estimates.claims import Claim, headline_order
from domain.estimates.estimate import Estimate, Exclusion
from domain.estimates.figures import hull_of
from domain.estimates.policies import DOUBTFUL, reliability_rank
from domain.estimates.support import NEAR_DAYS
from domain.vocabulary import Measure

AGEING: frozenset[Measure] = frozenset({"stock", "cumulative"})
"""Measures whose headlines grow stale."""


def fresh(vintages: Sequence[Claim], fresh_days: int, result: Estimate) -> list[Claim]:
    """The origins without those for which a source at least as good has much later information."""
    latest: dict[int, Claim] = {}
    for claim in vintages:
        rank = reliability_rank(claim)
        latest[rank] = max(latest.get(rank, claim), claim, key=headline_order)
    ranks = sorted(latest)
    leading = dict(zip(ranks, accumulate((latest[r] for r in ranks), _later), strict=True))
    kept = list[Claim]()
    for claim in vintages:
        by = leading[reliability_rank(claim)]
        if by.cutoff_day - claim.cutoff_day > fresh_days:
            result.excluded.append(Exclusion(claim, "stale", by.id))
        else:
            kept.append(claim)
    return kept


def _later(one: Claim, other: Claim) -> Claim:
    return max(one, other, key=headline_order)


def not_outgrown(vintages: Sequence[Claim], result: Estimate) -> list[Claim]:
    """The origins of a total without the older ones that a later one has outgrown.

    A total grows: an older figure wholly below a later one of a source at least as good is no other
    opinion of today's total. A doubtful claim outgrows none.
    """
    outgrown_by: dict[str, Claim] = {}
    highest: dict[int, Claim] = {}
    newer = sorted(vintages, key=lambda claim: -claim.cutoff_day)
    added = 0
    for claim in newer:  # the latest first, so that `highest` holds the ends of the later ones
        while newer[added].cutoff_day - claim.cutoff_day > NEAR_DAYS:
            _raise(highest, newer[added])
            added += 1
        rank, high = reliability_rank(claim), hull_of(claim)[1]
        for other_rank in sorted(highest):
            by = highest[other_rank]
            if other_rank <= rank and high < inf and hull_of(by)[0] >= high:
                outgrown_by.setdefault(claim.id, by)
    result.excluded += [
        Exclusion(claim, "outgrown", outgrown_by[claim.id].id)
        for claim in vintages
        if claim.id in outgrown_by
    ]
    return [claim for claim in vintages if claim.id not in outgrown_by]


def _raise(highest: dict[int, Claim], claim: Claim) -> None:
    rank = reliability_rank(claim)
    if claim.credibility != DOUBTFUL and hull_of(claim)[0] > -inf:
        before = highest.get(rank)
        if before is None or hull_of(claim)[0] > hull_of(before)[0]:
            highest[rank] = claim
