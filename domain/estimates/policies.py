"""Estimate policies: pure, named, versioned functions from origins to a figure.

Each takes the origins that remain after links, vintages, freshness and growth, one per voice, and
returns the figure with the origin that leads it first; only `latest-publication/1` takes claims as they
were published. No policy reads a clock or a log. `docs/estimates.md` says why the default is as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from operator import neg
from typing import Literal

from domain.estimates.claims import Claim
from domain.estimates.figures import (
    UNKNOWN,
    Figure,
    Interval,
    envelope,
    hull_of,
    interval_of,
    meet,
    number_text,
)

RELIABILITY_RANK: Mapping[str | None, int] = {
    "A": 0,
    "B": 1,
    "C": 2,
    "F": 3,
    None: 3,
    "D": 4,
    "E": 5,
}
"""F and ungraded cannot be judged: between the usable and the doubtful, never a number of their own."""

DOUBTFUL = 4
"""The credibility of a claim that ranks after all others and outgrows none."""

CREDIBILITY_RANK: Mapping[int | None, int] = {1: 0, 2: 1, 3: 2, 6: 3, None: 3, 4: 4, 5: 5}

RELIABILITY_WEIGHT: Mapping[str | None, int] = {"A": 10, "B": 8, "C": 6, "D": 4, "E": 2}
CREDIBILITY_WEIGHT: Mapping[int | None, int] = {1: 10, 2: 10, 3: 8, 4: 5, 5: 3, 6: 10, None: 10}


INSIDE = ""
"""The id of what lies inside a cell of a sum: a policy takes it as one origin more."""

DEFAULT_POLICY = "latest-best-source/2"
REPLACED: Mapping[str, str] = {"latest-best-source/1": DEFAULT_POLICY}
"""Policies that are no longer kept, each with the one that replaces it."""
LATEST_PUBLICATION = "latest-publication/1"
CONSENSUS = "consensus/1"
ASSESSMENT = "assessment/1"
"""The latest judgement of an analyst: of what was recorded, so no function of claims."""
Unusable = Literal["cannot-be-judged", "doubtful"]
"""Why a policy could not use an origin."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a policy made of the origins: the figure, the claims used (the leading one first), why.

    `ranked` are those used in the order of their rank. `left_out` are origins that the policy could not
    use, each with its reason; `irreconcilable` are two claims that leave it without an answer.
    """

    figure: Figure
    used: tuple[Claim, ...]
    steps: tuple[str, ...]
    left_out: tuple[tuple[Claim, Unusable], ...] = ()
    irreconcilable: tuple[Claim, ...] = ()

    @property
    def ranked(self) -> tuple[Claim, ...]:
        """The claims used, the best one first."""
        return ranking(self.used)


Policy = Callable[[Sequence[Claim]], Judgement]
NO_ORIGIN = Judgement(UNKNOWN, (), ("no origin: unknown",))


def reliability_rank(claim: Claim) -> int:
    """How reliable a claim's originator is: 0 is best."""
    return RELIABILITY_RANK[claim.reliability]


def preference(claim: Claim) -> tuple[int, ...]:
    """Best graded first, then the latest information: the least is the top-ranked."""
    return (
        int(claim.credibility == DOUBTFUL),
        reliability_rank(claim),
        CREDIBILITY_RANK[claim.credibility],
        *map(neg, claim.headline_order),
    )


def latest_best_source(origins: Sequence[Claim]) -> Judgement:
    """The best of the top-ranked origin that gives one, with the range of all that widen it.

    There is no best where an origin ranked before it cannot be right beside it. A bound that is merely
    compatible widens nothing.
    """
    if not origins:
        return NO_ORIGIN
    ranked = ranking(origins)
    giving = _first_with_best(ranked)
    agreed = giving is not None and all(meet(ranked[giving], before) for before in ranked[:giving])
    leading = ranked[giving if giving is not None and agreed else 0]
    bounds = _widened(leading, ranked)
    grade = f"{leading.reliability or 'ungraded'}{leading.credibility or ''}"
    steps = (
        f"best: {_shown(leading.best)} of {leading.originator} ({leading.id or 'the cells inside'}), "
        f"leading at {grade}",
        f"range: of {leading.originator}, with what contradicts or bounds it on both sides among "
        f"{len(ranked)} origin{'s' * (len(ranked) > 1)}",
    )
    if giving is not None and not agreed:
        other = ranked[giving]
        steps = (f"no best: {other.originator} gives one that {leading.originator} excludes", steps[1])
    best = leading.best if agreed else None
    others = [claim for claim in ranked if claim is not leading]
    return Judgement(Figure(best, bounds.low, bounds.high), (leading, *others), steps)


def _first_with_best(ranked: Sequence[Claim]) -> int | None:
    for i, claim in enumerate(ranked):
        if claim.best is not None:
            return i
    return None


def _widened(leading: Claim, origins: Sequence[Claim]) -> Interval:
    """The range of the leading origin, widened by closed ranges and by bounds that exclude it."""
    widening = [
        interval
        for claim in origins
        if claim is not leading
        for interval in [interval_of(claim)]
        if None not in (interval.low, interval.high) or not meet(claim, leading)
    ]
    return envelope([interval_of(leading), *widening]) if widening else interval_of(leading)


def envelope_of_all(origins: Sequence[Claim]) -> Judgement:
    """No best; the envelope of all."""
    if not origins:
        return NO_ORIGIN
    ranked = ranking(origins)
    bounds = _envelope(ranked)
    return Judgement(Figure(None, bounds.low, bounds.high), ranked, (_envelope_step(ranked),))


def weighted_median(origins: Sequence[Claim]) -> Judgement:
    """The weighted lower median of the bests, within the envelope of those that can be judged."""
    if not origins:
        return NO_ORIGIN
    judged = [claim for claim in origins if claim.reliability in RELIABILITY_WEIGHT]
    ranked = ranking(judged or origins)
    weights = {c.id: _weight(c) if judged else 1 for c in ranked}
    best, bounds = _lower_median(ranked, weights), _envelope(ranked)
    weighed = ", ".join(
        f"{c.originator} {_shown(c.best)} x {weights[c.id]}" for c in ranked if c.best is not None
    )
    steps = (f"best: weighted lower median of {weighed or 'nothing'}", _envelope_step(ranked))
    left_out = _left_out(origins, ranked, "cannot-be-judged")
    leading = sorted(ranked, key=lambda claim: best is None or claim.best != best)
    return Judgement(Figure(best, bounds.low, bounds.high), tuple(leading), steps, left_out)


def consensus(origins: Sequence[Claim]) -> Judgement:
    """No best; the range that all origins agree on, unknown if there is none."""
    if not origins:
        return NO_ORIGIN
    ranked = ranking(origins)
    lowest = max(ranked, key=lambda claim: hull_of(claim)[0])
    highest = min(ranked, key=lambda claim: hull_of(claim)[1])
    common = Interval(_bound(hull_of(lowest)[0]), _bound(hull_of(highest)[1]))
    if common.low is not None and common.high is not None and common.low > common.high:
        step = f"nothing in common: {lowest.originator} and {highest.originator} lie apart"
        return Judgement(UNKNOWN, ranked, (step,), irreconcilable=(lowest, highest))
    step = f"range: what {len(ranked)} origins have in common"
    return Judgement(Figure(None, common.low, common.high), ranked, (step,))


def most_conservative(origins: Sequence[Claim]) -> Judgement:
    """The lowest low among origins that are not doubtful, and open above."""
    usable = [claim for claim in origins if claim.reliability not in ("D", "E")]
    left_out = _left_out(origins, usable, "doubtful")
    if not usable:
        return Judgement(UNKNOWN, (), ("no origin that is not doubtful: unknown",), left_out)
    ranked = ranking(usable)
    lowest = min(ranked, key=lambda claim: _or(interval_of(claim).low, float("-inf")))
    low = interval_of(lowest).low
    ordered = (lowest, *(claim for claim in ranked if claim is not lowest))
    if low is None:
        step = f"{lowest.originator} leaves its low open: unknown"
        return Judgement(UNKNOWN, ordered, (step,), left_out)
    step = f"best: the lowest low, {_shown(low)} of {lowest.originator} ({lowest.id}); open above"
    return Judgement(Figure(low, low, None), ordered, (step,), left_out)


def latest_publication(claims: Sequence[Claim]) -> Judgement:
    """The claim published last, relays included: what a reader of feeds would believe."""
    if not claims:
        return NO_ORIGIN
    last = max(claims, key=publication_order)
    if last.qualifier == "unknown":
        return Judgement(UNKNOWN, (), (f"published last: {last.id}, which has no figure",))
    bounds = interval_of(last)
    step = f"published last: {last.id}, {_shown(last.best)} by {last.originator}"
    return Judgement(Figure(last.best, bounds.low, bounds.high), (last,), (step,))


def publication_order(claim: Claim) -> tuple[int, int, int]:
    """The greatest was published last."""
    return claim.published, claim.position, claim.n


def ranking(origins: Sequence[Claim]) -> tuple[Claim, ...]:
    """Origins, the top-ranked first."""
    return tuple(sorted(origins, key=preference) if len(origins) > 1 else origins)


def _left_out(
    origins: Sequence[Claim], kept: Sequence[Claim], why: Unusable
) -> tuple[tuple[Claim, Unusable], ...]:
    return tuple((claim, why) for claim in origins if claim not in kept)


def _weight(claim: Claim) -> int:
    return RELIABILITY_WEIGHT[claim.reliability] * CREDIBILITY_WEIGHT[claim.credibility]


def _lower_median(claims: Sequence[Claim], weights: Mapping[str, int]) -> float | None:
    """The least value at which half the weight is reached, in whole numbers."""
    valued = sorted((claim.best, weights[claim.id]) for claim in claims if claim.best is not None)
    whole, reached = sum(weight for _, weight in valued), 0
    for value, weight in valued:
        reached += weight
        if 2 * reached >= whole:
            return value
    return None


def _envelope(claims: Sequence[Claim]) -> Interval:
    return envelope(interval_of(claim) for claim in claims)


def _envelope_step(claims: Sequence[Claim]) -> str:
    return f"range: envelope of {len(claims)} origin{'s' * (len(claims) > 1)}"


def _bound(value: float) -> float | None:
    return value if isfinite(value) else None


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _shown(best: float | None) -> str:
    return "none given" if best is None else number_text(best)


POLICIES: Mapping[str, Policy] = {
    DEFAULT_POLICY: latest_best_source,
    "envelope/1": envelope_of_all,
    "weighted-median/1": weighted_median,
    CONSENSUS: consensus,
    "most-conservative/1": most_conservative,
    LATEST_PUBLICATION: latest_publication,
}
"""Every policy by its name and version; a new rule is a new version, never a changed one."""

POLICY_NAMES = (*POLICIES, ASSESSMENT)
"""The name of every policy that may be asked for."""
