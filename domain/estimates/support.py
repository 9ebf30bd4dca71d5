"""The support of an estimate: computed from independent origins, with the reasons.

Two origins agree where both give a closed range and these have a common point, or where the numbers
that they give lie close together. A bound alone confirms nothing: "at least 10" agrees with everything
above 10.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import combinations
from math import inf
from typing import Literal

from domain.estimates.claims import Claim
from domain.estimates.figures import below, compared, disjoint_pairs, meet, only_number
from domain.estimates.independence import NOTHING, Pair, Resting, dependent_pairs, independent
from domain.vocabulary import Measure

Level = Literal["single", "corroborated", "strong", "contested"]
NEAR_DAYS = 3
"""Maximum number of days between the cut-offs of two figures that are about the same time."""
_CLOSE = 0.1
_STRONG_ORIGINS = 3
WEAKEST_FIRST: tuple[Level, ...] = ("contested", "single", "corroborated", "strong")
"""Every level; a sum has the first that any of its cells has."""


def strength(level: Level | None) -> int:
    """How strong a level is among all, -1 for none."""
    return -1 if level is None else WEAKEST_FIRST.index(level)


@dataclass(frozen=True, slots=True)
class Support:
    """The level, None without an origin, and the reasons in words."""

    level: Level | None
    reasons: tuple[str, ...]


NO_ORIGIN = Support(None, ("no origin",))
Pairs = list[tuple[Claim, Claim]]


def disagreeing(
    measure: Measure, origins: Sequence[Claim], on: Resting = NOTHING
) -> tuple[Pairs, Pairs]:
    """Disjoint pairs of independent origins: those that cannot both be right, and the others."""
    contrary, other = Pairs(), Pairs()
    if len(origins) < 2:
        return contrary, other
    dependent = dependent_pairs(origins, on)
    for pair in disjoint_pairs(origins):
        if independent(*pair, dependent):
            (contrary if _contrary(measure, *pair) else other).append(pair)
    return contrary, other


def contradict(measure: Measure, one: Claim, other: Claim) -> bool:
    """Whether two claims are about the same thing and disjoint; totals may not shrink either."""
    return not meet(one, other) and _contrary(measure, one, other)


def _contrary(measure: Measure, one: Claim, other: Claim) -> bool:
    """Whether two disjoint claims cannot both be right."""
    if one.prospective != other.prospective:
        return False  # what is planned does not contradict what is
    if one.prospective or _same_cell(one, other):
        return True
    if measure == "increment":
        return False
    if abs(one.cutoff_day - other.cutoff_day) <= NEAR_DAYS:
        return True
    earlier, later = (one, other) if one.cutoff <= other.cutoff else (other, one)
    return measure == "cumulative" and below(later, earlier)


def _same_cell(one: Claim, other: Claim) -> bool:
    if one.incident or other.incident:
        return one.incident == other.incident
    return one.cell == other.cell


def agree(one: Claim, other: Claim) -> bool:
    """Whether one claim confirms the other: a common point of two closed ranges, or close numbers."""
    bounds = compared(one), compared(other)
    if all(map(_is_closed, bounds)) and meet(one, other):
        return True
    numbers = only_number(one), only_number(other)
    return None not in numbers and _close(*numbers)  # type: ignore[arg-type]


def _is_closed(bounds: tuple[float, float]) -> bool:
    return -inf < bounds[0] and bounds[1] < inf


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= _CLOSE * max(abs(one), abs(other))


def support(measure: Measure, origins: Sequence[Claim], on: Resting = NOTHING) -> Support:
    """The support of one figure by the origins used for it."""
    return support_beside(disagreeing(measure, origins, on)[0], origins, on)


def support_beside(contrary: Pairs, origins: Sequence[Claim], on: Resting) -> Support:
    """The support of a figure by origins of which some pairs cannot both be right."""
    if not origins:
        return NO_ORIGIN
    if contrary:
        return Support("contested", tuple(f"{a.id} and {b.id} contradict" for a, b in contrary))
    firm, dependent = [claim for claim in origins if not claim.weak], dependent_pairs(origins, on)
    good = [claim for claim in firm if claim.reliability in ("A", "B")]
    three = _agreeing(good, _STRONG_ORIGINS, dependent)
    if three:
        return Support("strong", (f"{_listed(three)} agree, each graded A or B",))
    two = _agreeing(firm, 2, dependent)
    if two:
        return Support("corroborated", (f"{_listed(two)} agree",))
    return Support("single", (_why_single(origins, firm),))


def _why_single(origins: Sequence[Claim], firm: Sequence[Claim]) -> str:
    if not firm:
        return "nothing but weak claims (relays without a link or improbable), which never corroborate"
    if len(origins) > 1:
        return f"{len(origins)} origins, no two of which confirm each other"
    return f"one independent origin: {origins[0].voice}"


def weakest(supports: Sequence[Support]) -> Support:
    """The support of a sum: the lowest of its cells."""
    given = [each for each in supports if each.level is not None]
    if not given:
        return NO_ORIGIN
    return min(given, key=lambda each: WEAKEST_FIRST.index(each.level or "contested"))


def _agreeing(claims: Sequence[Claim], wanted: int, dependent: Set[Pair]) -> Sequence[Claim]:
    """So many independent claims of which every two agree; empty where there are none."""
    if len(claims) < wanted:
        return ()
    if not dependent and len({claim.voice for claim in claims}) == len(claims):
        together = _most_together(claims)  # found without trying all pairs
        if len(together) >= wanted:
            return together
    return _found_by_pairs(claims, wanted, dependent)


def _most_together(claims: Sequence[Claim]) -> list[Claim]:
    """The largest group of closed ranges that share a point; one such point is a lower end."""
    ranges = zip(claims, map(compared, claims), strict=True)
    closed = [(claim, bounds) for claim, bounds in ranges if _is_closed(bounds)]
    bounds = [each for _, each in closed]
    lows, highs = sorted([low for low, _ in bounds]), sorted([high for _, high in bounds])
    if lows and lows[-1] <= highs[0]:
        return [claim for claim, _ in closed]  # as mostly: the last to begin is a point of all
    # A point lies in all ranges that begin by it, except those that end before it.
    together = [bisect_right(lows, low) - bisect_left(highs, low) for low, _ in bounds]
    if not together:
        return []
    point, _ = bounds[together.index(max(together))]
    return [claim for claim, (low, high) in closed if low <= point <= high]


def _found_by_pairs(claims: Sequence[Claim], wanted: int, dependent: Set[Pair]) -> Sequence[Claim]:
    pairs = [
        (i, j)
        for (i, one), (j, other) in combinations(enumerate(claims), 2)
        if independent(one, other, dependent) and agree(one, other)
    ]
    if wanted == 2:
        return [claims[i] for i in pairs[0]] if pairs else ()
    beside: dict[int, set[int]] = {}
    for i, j in pairs:
        beside.setdefault(i, set()).add(j)
    for i, j in pairs:
        third = beside[i] & beside.get(j, set())
        if third:
            return [claims[i], claims[j], claims[min(third)]]
    return ()


def _listed(claims: Sequence[Claim]) -> str:
    return " and ".join(claim.originator for claim in claims)
