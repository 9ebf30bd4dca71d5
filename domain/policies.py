"""Estimate policies: pure, named, versioned functions from origins to a figure.

Each takes the origins that are left after links, vintages and freshness, one an originator, and
answers the figure with the claim that it rests on first. None of them sees a clock or a log.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.claims import Claim
from domain.figures import UNKNOWN, Figure, envelope, interval_of

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

CREDIBILITY_RANK: Mapping[int | None, int] = {1: 0, 2: 1, 3: 2, 6: 3, None: 3, 4: 4, 5: 5}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a policy made of the origins: the figure, the claims used (the leading one first), why."""

    figure: Figure
    used: tuple[Claim, ...]
    steps: tuple[str, ...]


Policy = Callable[[Sequence[Claim]], Judgement]


def reliability_rank(claim: Claim) -> int:
    """How reliable a claim's originator is: 0 is best."""
    return RELIABILITY_RANK[claim.reliability]


def preference(claim: Claim) -> tuple[int, ...]:
    """Best graded first, then the latest information: the least is the top-ranked."""
    return (
        reliability_rank(claim),
        CREDIBILITY_RANK[claim.credibility],
        *(-part for part in claim.headline_order),
    )


def latest_best_source(origins: Sequence[Claim]) -> Judgement:
    """The best of the top-ranked origin, within the envelope of all."""
    if not origins:
        return Judgement(UNKNOWN, (), ("no origin: unknown",))
    ranked = tuple(sorted(origins, key=preference))
    top = ranked[0]
    bounds = envelope(interval_of(claim) for claim in ranked)
    grade = f"{top.reliability or 'ungraded'}{top.credibility or ''}"
    steps = (
        f"best: {_shown(top.best)} of {top.originator} ({top.id}), top-ranked at {grade}",
        f"range: envelope of {len(ranked)} origin{'s' * (len(ranked) > 1)}",
    )
    return Judgement(Figure(top.best, bounds.low, bounds.high), ranked, steps)


def _shown(best: float | None) -> str:
    return "none given" if best is None else f"{best:,}"


POLICIES: Mapping[str, Policy] = {"latest-best-source/1": latest_best_source}
"""Every policy by its name and version; a new rule is a new version, never a changed one."""
