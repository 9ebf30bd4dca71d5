"""Claims of the log from which a figure of a text may have been taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.estimates.figures import number_text, single_number
from domain.estimates.suspicions.relays import RELAY_DAYS, SMALL
from domain.reading.known import KnownClaim
from domain.vocabulary import Quantity


@dataclass(frozen=True, slots=True)
class Link:
    """A claim that a proposed one may be derived from, and why."""

    claim: str
    why: str


def links_of(
    quantity: Quantity,
    originator: str | None,
    published: date | None,
    claims: Sequence[KnownClaim],
) -> tuple[Link, ...]:
    """The same figure of another voice among claims on its indicator, stated lately; oldest first."""
    if published is None or originator is None or not _is_telling(quantity):
        return ()
    found = [
        (published - claim.stated_on, claim)
        for claim in claims
        if claim.originator != originator
        and 0 <= (published - claim.stated_on).days <= RELAY_DAYS
        and _is_same(quantity, claim)
    ]
    found.sort(key=lambda pair: (-pair[0].days, pair[1].id))
    return tuple(Link(claim.id, _why(claim, age.days)) for age, claim in found)


def _is_telling(quantity: Quantity) -> bool:
    """Small figures are often equal by chance."""
    one = single_number(quantity.best, quantity.low, quantity.high)
    return one is not None and one >= SMALL


def _is_same(quantity: Quantity, claim: KnownClaim) -> bool:
    if quantity.qualifier == "range" or claim.qualifier == "range":
        return (quantity.low, quantity.high) == (claim.low, claim.high)
    one = single_number(quantity.best, quantity.low, quantity.high)
    return one == single_number(claim.best, claim.low, claim.high)


def _why(claim: KnownClaim, days: int) -> str:
    figure = single_number(claim.best, claim.low, claim.high) or 0
    when = "on the same day" if not days else f"{days} day{'s' * (days > 1)} before"
    return f"{claim.originator} gave the same {number_text(figure)} {when}"
