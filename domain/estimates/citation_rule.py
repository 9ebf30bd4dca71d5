"""When a figure that somebody cited counts as moved: the rule that a citation carries."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal

from pydantic import Field

from domain.estimates.estimate import Verdict
from domain.estimates.support import Level, strength
from domain.vocabulary import Model, Number

Reason = Literal["figure", "support", "contradiction"]
"""What of an answer left what was cited."""
Percent = Annotated[Number, Field(ge=0, le=1_000)]


class WhenItMoves(Model):
    """By what a cited figure moves.

    Without `by_percent` a best or a bound moves where it no longer rounds to the number that was
    cited, at the last digit of that number which is not a trailing zero: 600 moves at 650, 4,700 at
    4,750. With it a number moves where it differs by more than that part of the cited one. A number
    that appears or vanishes always moves, and so does a verdict. `or_support` adds support that fell,
    `or_flag` a contradiction that was not there.
    """

    by_percent: Percent | None = None
    or_support: bool = True
    or_flag: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer tells of a figure: its numbers or verdict, its support, its contradictions."""

    best: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: Verdict | None = None
    level: Level | None = None
    contradictions: frozenset[tuple[str, ...]] = frozenset()


def left(rule: WhenItMoves, cited: Told, now: Told) -> tuple[Reason, ...]:
    """By what an answer leaves what was cited; empty while it does not."""
    return tuple(_left(rule, cited, now))


def _left(rule: WhenItMoves, cited: Told, now: Told) -> Iterator[Reason]:
    numbers = ((cited.best, now.best), (cited.low, now.low), (cited.high, now.high))
    if cited.verdict != now.verdict or any(_moves(rule, *pair) for pair in numbers):
        yield "figure"
    if rule.or_support and strength(now.level) < strength(cited.level):
        yield "support"
    if rule.or_flag and now.contradictions - cited.contradictions:
        yield "contradiction"


def _moves(rule: WhenItMoves, cited: float | None, now: float | None) -> bool:
    if cited is None or now is None:
        return cited is not now
    was, is_now = Decimal(repr(cited)), Decimal(repr(now))
    if rule.by_percent is not None:
        return abs(is_now - was) * 100 > abs(was) * Decimal(repr(rule.by_percent))
    return rounded(is_now, was) != was


def rounded(number: Decimal, like: Decimal) -> Decimal:
    """A number rounded to the last digit of another one that is not a trailing zero, halves up."""
    exponent = like.normalize().as_tuple().exponent
    assert isinstance(exponent, int), "figures are finite"
    return number.scaleb(-exponent).to_integral_value(ROUND_HALF_UP).scaleb(exponent)
