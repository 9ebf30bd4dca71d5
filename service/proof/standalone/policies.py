"""What each policy makes of the origins that are left."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from service.proof.standalone.claims import Said
from service.proof.standalone.figures import Bounds, best_of, bounds, hull, meet, widened

DEFAULT = "latest-best-source/2"
LATEST_PUBLICATION = "latest-publication/1"
RELIABILITY = ("A", "B", "C", "F", "D", "E")
CREDIBILITY = (1, 2, 3, 6, 4, 5)
RELIABILITY_WEIGHT = {"A": 10, "B": 8, "C": 6, "D": 4, "E": 2}
CREDIBILITY_WEIGHT = {1: 10, 2: 10, 3: 8, 4: 5, 5: 3, 6: 10}
_FAR = datetime.max.replace(tzinfo=UTC)


def source_rank(claim: Said) -> int:
    """How good the source of a claim is: the least is best."""
    return RELIABILITY.index(claim.reliability or "F")


def rank(claim: Said) -> tuple[Any, ...]:
    """How good a claim is: the least is best."""
    return (
        claim.credibility == 4,
        source_rank(claim),
        CREDIBILITY.index(claim.credibility or 6),
        *(_FAR - moment for moment in (claim.cutoff, claim.stated, claim.published)),
        -claim.position,
        -claim.n,
    )


@dataclass(frozen=True)
class Origin:
    """One voice in a figure: a claim, or what lies inside a cell.

    `claim` is what it says, or, of what lies inside, the weakest claim that leads there.
    """

    claim: Said | None
    best: Fraction | None
    given: Bounds
    compared: Bounds
    inside: bool = False

    @property
    def order(self) -> tuple[Any, ...]:
        """Sort key by rank; what has no grade at all comes last."""
        return (1,) if self.claim is None else (0, *rank(self.claim))

    @property
    def reliability(self) -> str | None:
        """The grade of the source."""
        return self.claim.reliability if self.claim else None

    @property
    def hull(self) -> Bounds:
        """The widest range that was given."""
        return self.given if self.claim is None or self.inside else hull(self.claim)

    @property
    def weight(self) -> int:
        """How much it weighs in a median."""
        credibility = self.claim.credibility if self.claim else None
        return RELIABILITY_WEIGHT[self.reliability or "E"] * CREDIBILITY_WEIGHT[credibility or 6]


def origin_of(claim: Said) -> Origin:
    """A claim as an origin."""
    return Origin(claim, best_of(claim), bounds(claim), widened(claim))


@dataclass
class Figure:
    """What a policy answers; `known` is whether there is any range, `left` whom it leaves out.

    `apart` are two origins that leave it without an answer.
    """

    best: Fraction | None
    low: Fraction | None
    high: Fraction | None
    used: list[Origin]
    leading: Origin | None
    known: bool = True
    left: dict[str, list[Origin]] = field(default_factory=dict)
    apart: list[Origin] = field(default_factory=list)


def envelope_of(ranges: Sequence[Bounds]) -> Bounds:
    """The range around all, open where any is open."""
    lows, highs = zip(*ranges, strict=True)
    return None if None in lows else min(lows), None if None in highs else max(highs)


def _first_giving(ordered: Sequence[Origin], best: Fraction | None) -> Origin:
    giving = [origin for origin in ordered if best is not None and origin.best == best]
    return giving[0] if giving else ordered[0]


def latest_best_source(ordered: list[Origin]) -> Figure:
    """The best of the first that gives one, if nobody who ranks before it contradicts it."""
    giving = [origin for origin in ordered if origin.best is not None]
    leading = giving[0] if giving else ordered[0]
    before = ordered[: ordered.index(leading)]
    if not all(meet(leading.compared, origin.compared) for origin in before):
        leading = ordered[0]
    ranges = [leading.given]
    for origin in ordered:
        if None not in origin.given or not meet(origin.compared, leading.compared):
            ranges.append(origin.given)
    low, high = envelope_of(ranges)
    return Figure(leading.best, low, high, ordered, leading)


def envelope(ordered: list[Origin]) -> Figure:
    """The range around all origins."""
    return Figure(None, *envelope_of([origin.given for origin in ordered]), ordered, ordered[0])


def weighted_median(ordered: list[Origin]) -> Figure:
    """The lower median of the bests by the weight of grades."""
    graded = [origin for origin in ordered if origin.reliability not in (None, "F")]
    used = graded or ordered
    left = {"cannot-be-judged": [origin for origin in ordered if origin not in used]}
    weights = [
        (origin.best, origin.weight if graded else 1) for origin in used if origin.best is not None
    ]
    best, whole = None, sum(weight for _, weight in weights)
    for value, _ in weights:
        up_to = sum(weight for other, weight in weights if other <= value)
        if up_to * 2 >= whole and (best is None or value < best):
            best = value
    low, high = envelope_of([origin.given for origin in used])
    return Figure(best, low, high, used, _first_giving(used, best), left=left)


def consensus(ordered: list[Origin]) -> Figure:
    """The range that all origins have in common."""
    lows = [(low, origin) for origin in ordered if (low := origin.hull[0]) is not None]
    highs = [(high, origin) for origin in ordered if (high := origin.hull[1]) is not None]
    low, lowest = max(lows, key=lambda each: each[0], default=(None, None))
    high, highest = min(highs, key=lambda each: each[0], default=(None, None))
    if low is not None and high is not None and low > high:
        apart = [origin for origin in (lowest, highest) if origin]
        return Figure(None, None, None, ordered, ordered[0], known=False, apart=apart)
    return Figure(None, low, high, ordered, ordered[0])


def most_conservative(ordered: list[Origin]) -> Figure:
    """The lowest low among origins that are not graded D or E."""
    used = [origin for origin in ordered if origin.reliability not in ("D", "E")]
    left = {"graded-low": [origin for origin in ordered if origin not in used]}
    if not used:
        return Figure(None, None, None, [], None, known=False, left=left)
    low = envelope_of([origin.given for origin in used])[0]
    leading = next(origin for origin in used if origin.given[0] == low)
    return Figure(low, low, None, used, leading, known=low is not None, left=left)


POLICIES: Mapping[str, Callable[[list[Origin]], Figure]] = {
    DEFAULT: latest_best_source,
    "envelope/1": envelope,
    "weighted-median/1": weighted_median,
    "consensus/1": consensus,
    "most-conservative/1": most_conservative,
}
