"""How well an estimate stands: computed from independent origins, with the reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from domain.claims import Claim
from domain.figures import below, compared, meet
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
    return [
        (one, other)
        for one, other in combinations(origins, 2)
        if one.originator != other.originator and contradict(measure, one, other)
    ]


def contradict(measure: Measure, one: Claim, other: Claim) -> bool:
    """Whether two claims are about the same thing and lie apart; totals may not shrink either."""
    if meet(one, other):
        return False
    if one.cell == other.cell:
        return True
    if measure == "increment":
        return False
    if abs(one.cutoff_day - other.cutoff_day) <= _NEAR_DAYS:
        return True
    earlier, later = sorted((one, other), key=lambda claim: claim.cutoff)
    return measure == "cumulative" and below(later, earlier)


def support(measure: Measure, origins: Sequence[Claim]) -> Support:
    """The support of one figure by the origins used for it."""
    if not origins:
        return Support(None, ("no origin",))
    apart = contradictions(measure, origins)
    if apart:
        return Support("contested", tuple(f"{a.id} and {b.id} contradict" for a, b in apart))
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
    """The largest group of claims that share a point, or a stance."""
    groups = [[other for other in claims if _covers(other, claim)] for claim in claims]
    return max(groups, key=len, default=[])


def _covers(other: Claim, claim: Claim) -> bool:
    """Whether a claim holds at the lower end of another; any common point moves down to such an end."""
    if claim.asserts is not None:
        return other.asserts is claim.asserts
    low, high = compared(other)
    return low <= compared(claim)[0] <= high


def _listed(claims: Sequence[Claim]) -> str:
    return " and ".join(claim.originator for claim in claims)
