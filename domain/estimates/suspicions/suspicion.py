"""A suspicion: a flag, and the claims that it is about.

Each is a suggestion to a reader. Nothing merges, links or drops by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from domain.estimates.claims import Claim
from domain.estimates.estimate import Question, concerns
from domain.estimates.flags import Flag, FlagCode


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A flag and the claims that it is about; without any it is about the headline."""

    flag: Flag
    about: tuple[Claim, ...]


def suspicion(code: FlagCode, detail: str, *about: Claim) -> Suspicion:
    """A suspicion about these claims, all of which its flag names."""
    return Suspicion(Flag(code, detail, tuple(claim.id for claim in about)), about)


LISTED: tuple[FlagCode, ...] = (
    "disputed",
    "rests-on-withdrawn",
    "same-moment",
    "taken-back",
    "bad-interval",
    "below-minimum",
    "fall",
    "stale-relay-suspected",
    "relay-suspected",
    "parts-mismatch",
)
"""The codes of suspicions about claims, in the order in which they are listed."""
_RANK = {code: rank for rank, code in enumerate(LISTED)}
Order = tuple[int, int, int, tuple[str, ...]]


def order_of(each: Suspicion) -> Order:
    """Sort key: by code, then by the first claim, in the order of the log."""
    first = each.about[0]
    return _RANK[each.flag.code], first.position, first.n, each.flag.claims


def in_order(found: Iterable[Suspicion]) -> list[Suspicion]:
    """Suspicions about claims as they are listed, however they were found."""
    return sorted(found, key=order_of)


def flags_about(question: Question, found: Iterable[Suspicion]) -> list[Flag]:
    """The flags about what is asked; a question without a cohort covers all cohorts.

    A flag that is about no claim of the indicator is about its headline.
    """

    if question.headline:
        return [each.flag for each in found]

    def asked(claim: Claim) -> bool:
        cohort = claim.cohort if question.cohort is None else question.cohort
        return concerns(replace(question, cohort=cohort), claim)

    return [
        each.flag
        for each in found
        if (any(asked(claim) for claim in each.about) if each.about else question.headline)
    ]
