"""Suspicions about one claim by itself."""

from collections.abc import Iterator, Sequence

from domain.estimates.claims import Claim
from domain.estimates.figures import number_text
from domain.estimates.suspicions.suspicion import Suspicion, suspicion


def disputed(claims: Sequence[Claim]) -> Iterator[Suspicion]:
    """Somebody disputes each of these claims."""
    for claim in claims:
        names = " and ".join(claim.disputed_by)
        yield suspicion("disputed", f"{claim.id} is disputed by {names}", claim)


def bad_interval(claims: Sequence[Claim]) -> Iterator[Suspicion]:
    """A source's own bounds contradict its best, or each other; real files have them."""
    for claim in claims:
        given = numbers(claim)
        if len(given) > 1 and given != sorted(given):
            detail = f"low, best and high of {claim.id} are out of order, as its source gave them"
            yield suspicion("bad-interval", detail, claim)


def below_minimum(claims: Sequence[Claim], minimum: float) -> Iterator[Suspicion]:
    """A figure that the indicator cannot have."""
    for claim in claims:
        if min(numbers(claim)) < minimum:
            detail = f"{claim.id} is below {number_text(minimum)}, the minimum of its indicator"
            yield suspicion("below-minimum", detail, claim)


def numbers(claim: Claim) -> list[float]:
    """The low, the best and the high of a claim, as far as they were given."""
    low, best, high = claim.low, claim.best, claim.high
    if low is high is None:  # most claims give one number
        return [] if best is None else [best]
    return [x for x in (low, best, high) if x is not None]
