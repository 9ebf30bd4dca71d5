"""The support of an estimate: computed from independent origins, with the reasons."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from domain.estimates.claims import Claim
from domain.estimates.figures import below, compared, disjoint_pairs, meet
from domain.vocabulary import Measure

Level = Literal["single", "corroborated", "strong", "contested"]
_NEAR_DAYS = 3
_STRONG_ORIGINS = 3
_WEAKEST_FIRST: tuple[Level, ...] = ("contested", "single", "corroborated", "strong")


@dataclass(frozen=True, slots=True)
class Support:
    """The level, None without an origin, and the reasons in words."""

    level: Level | None
    reasons: tuple[str, ...]


def contradictions(measure: Measure, origins: Sequence[Claim]) -> list[tuple[Claim, Claim]]:
    """Pairs of independent origins that cannot both be right."""
    return disagreeing(measure, origins)[0]


Pairs = list[tuple[Claim, Claim]]


def disagreeing(measure: Measure, origins: Sequence[Claim]) -> tuple[Pairs, Pairs]:
    """Disjoint pairs of independent origins: those that cannot both be right, and the others."""
    contrary, other = Pairs(), Pairs()
    for pair in disjoint_pairs(origins):
        if pair[0].originator != pair[1].originator:
            (contrary if _contrary(measure, *pair) else other).append(pair)
    return contrary, other


def contradict(measure: Measure, one: Claim, other: Claim) -> bool:
    """Whether two claims are about the same thing and disjoint; totals may not shrink either."""
    return not meet(one, other) and _contrary(measure, one, other)


def _contrary(measure: Measure, one: Claim, other: Claim) -> bool:
    """Whether two disjoint claims cannot both be right."""
    if one.cell == other.cell:
        return True
    if measure == "increment":
        return False
    if abs(one.cutoff_day - other.cutoff_day) <= _NEAR_DAYS:
        return True
    earlier, later = (one, other) if one.cutoff <= other.cutoff else (other, one)
    return measure == "cumulative" and below(later, earlier)


def support(measure: Measure, origins: Sequence[Claim]) -> Support:
    """The support of one figure by the origins used for it."""
    if not origins:
        return Support(None, ("no origin",))
    contrary = contradictions(measure, origins)
    if contrary:
        return Support("contested", tuple(f"{a.id} and {b.id} contradict" for a, b in contrary))
    firm = [claim for claim in origins if not claim.weak]
    together = _most_together(firm)
    good = _most_together([claim for claim in firm if claim.reliability in ("A", "B")])
    if len(good) >= _STRONG_ORIGINS:
        return Support("strong", (f"{_listed(good)} overlap, each graded A or B",))
    if len(together) > 1:
        return Support("corroborated", (f"{_listed(together)} overlap",))
    if not firm:
        return Support("single", ("nothing but relays without a link, which never corroborate",))
    if len(origins) > 1:
        return Support("single", (f"{len(origins)} origins, no two of which overlap",))
    return Support("single", (f"one independent origin: {origins[0].originator}",))


def weakest(supports: Sequence[Support]) -> Support:
    """The support of a sum: the lowest of its cells."""
    if not supports:
        return Support(None, ("no origin",))
    return min(supports, key=lambda each: _WEAKEST_FIRST.index(each.level or "contested"))


def _most_together(claims: Sequence[Claim]) -> list[Claim]:
    """The largest group of claims that share a point; any common point moves down to a lower end."""
    bounds = [compared(claim) for claim in claims]
    lows, highs = sorted(low for low, _ in bounds), sorted(high for _, high in bounds)
    # A point lies in all intervals that begin by it, except those that end before it.
    together = [bisect_right(lows, low) - bisect_left(highs, low) for low, _ in bounds]
    if not together:
        return []
    point, _ = bounds[together.index(max(together))]
    return [claim for claim, (low, high) in zip(claims, bounds, strict=True) if low <= point <= high]


def _listed(claims: Sequence[Claim]) -> str:
    return " and ".join(claim.originator for claim in claims)
