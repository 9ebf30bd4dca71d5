"""Intervals of figures: from a claim's numbers to bounds, open where the source left them open."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf

from domain.arithmetic import total
from domain.estimates.claims import Claim
from domain.vocabulary import Qualifier

_OPEN_ABOVE = ("at-least", "more-than")
_OPEN_BELOW = ("at-most", "less-than", "up-to")
_LOOSE = ("about", "nearly")
_LOOSENESS = 0.1


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of a figure; None is open."""

    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A best value with bounds; None is open. `known` is False where there is no figure at all."""

    best: float | None = None
    low: float | None = None
    high: float | None = None
    known: bool = True


UNKNOWN = Figure(known=False)


def number_text(value: float) -> str:
    """A number as a person writes it: thousands apart, no fraction where there is none."""
    return f"{int(value):,}" if float(value).is_integer() else f"{value:,}"


def single_number(best: float | None, low: float | None, high: float | None) -> float | None:
    """The one number that stands for a figure: its best, its low where it has none, else its high."""
    return best if best is not None else low if low is not None else high


def interval_of(claim: Claim) -> Interval:
    """The bounds of one claim as its source gave them, even if they contradict its own best."""
    return _interval(claim.low, claim.best, claim.high, claim.qualifier)


def _interval(
    low: float | None, best: float | None, high: float | None, qualifier: Qualifier | None
) -> Interval:
    open_above = qualifier in _OPEN_ABOVE and high is None
    open_below = qualifier in _OPEN_BELOW and low is None
    return Interval(
        None if open_below else best if low is None else low,
        None if open_above else best if high is None else high,
    )


def envelope(intervals: Iterable[Interval]) -> Interval:
    """The smallest interval around all, open where any is open."""
    lows, highs = zip(*((i.low, i.high) for i in intervals), strict=True)
    return Interval(
        None if None in lows else min(lows),
        None if None in highs else max(highs),
    )


def sum_of(intervals: Iterable[Interval]) -> Interval:
    """The interval of a sum, open where any is open."""
    lows, highs = zip(*((i.low, i.high) for i in intervals), strict=True)
    return Interval(sum_or_open(lows), sum_or_open(highs))


def sum_or_open(bounds: Iterable[float | None]) -> float | None:
    """The sum of some bounds; open where any is open."""
    given = list(bounds)
    present = [bound for bound in given if bound is not None]
    return total(present) if len(present) == len(given) else None


def hull_of(claim: Claim) -> tuple[float, float]:
    """The widest range that a claim gave, infinite where it is open."""
    return _hull(claim.low, claim.best, claim.high, claim.qualifier)


def _hull(
    low: float | None, best: float | None, high: float | None, qualifier: Qualifier | None
) -> tuple[float, float]:
    interval = _interval(low, best, high, qualifier)
    given = [x for x in (interval.low, best, interval.high) if x is not None]
    lowest = -inf if interval.low is None or not given else min(given)
    return lowest, inf if interval.high is None or not given else max(given)


def only_number(claim: Claim) -> float | None:
    """The number that a claim gives: its best, else its only bound; None for a range without a best."""
    if claim.best is not None:
        return claim.best
    return claim.low if claim.high is None else claim.high if claim.low is None else None


def compared(claim: Claim) -> tuple[float, float]:
    """The bounds by which claims are compared: `about` and `nearly` widened by a tenth.

    If a claim's own bounds are out of order, its widest range counts, so it contradicts others less.
    A stance is a point, the same for all who share it.
    """
    if claim.asserts is not None:
        return claim.asserts, claim.asserts
    return _compared(claim.low, claim.best, claim.high, claim.qualifier)


@lru_cache(maxsize=65_536)  # in one estimate each claim is compared many times
def _compared(
    low: float | None, best: float | None, high: float | None, qualifier: Qualifier | None
) -> tuple[float, float]:
    lowest, highest = _hull(low, best, high, qualifier)
    if qualifier in _LOOSE:
        return lowest - abs(lowest) * _LOOSENESS, highest + abs(highest) * _LOOSENESS
    return lowest, highest


def meet(one: Claim, other: Claim) -> bool:
    """Whether two claims can both be true: a common point, or the same stance."""
    (low, high), (other_low, other_high) = compared(one), compared(other)
    return low <= other_high and other_low <= high


def below(one: Claim, other: Claim) -> bool:
    """Whether one claim lies wholly below another."""
    return compared(one)[1] < compared(other)[0]


def disjoint_pairs(claims: Sequence[Claim]) -> list[tuple[Claim, Claim]]:
    """Every two of these claims that do not `meet`, in their order, found without trying all."""
    if len(claims) < 2:
        return []
    bounds = [compared(claim) for claim in claims]
    begins, ends = zip(*bounds, strict=True)
    if max(begins) <= min(ends):
        return []  # as mostly: all have a point in common
    rising = sorted(range(len(claims)), key=lambda i: bounds[i][0])
    lows = [bounds[i][0] for i in rising]
    # Two that do not meet lie one wholly above the other, and from that one they are found.
    found = [
        (min(i, above), max(i, above))
        for i, (_, high) in enumerate(bounds)
        for above in rising[bisect_right(lows, high) :]
    ]
    return [(claims[i], claims[j]) for i, j in sorted(found)]
