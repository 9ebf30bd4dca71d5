"""Flags: suggestions to a reader; nothing merges, links or drops by itself.

These are about the origins used; flags over all active claims are in `suspicions`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.estimates.claims import Claim
from domain.estimates.figures import meet
from domain.estimates.support import disagreeing
from domain.vocabulary import Measure

FlagCode = Literal[
    "contradiction",
    "divergence",
    "overlap",
    "newer-elsewhere",
    "grade-1-unsupported",
    "rests-on-withdrawn",
    "disputed",
    "bad-interval",
    "fall",
    "parts-mismatch",
    "stale-relay-suspected",
    "relay-suspected",
    "inputs-changed",
]

MEANING: Mapping[FlagCode, str] = {
    "contradiction": "independent origins that cannot both be right",
    "divergence": "totals on different days that differ; a total may grow",
    "overlap": "periods that overlap, so a sum would count some of it twice",
    "newer-elsewhere": "a lower-ranked source has much more recent information",
    "grade-1-unsupported": "graded as confirmed by other sources, but no other origin agrees",
    "rests-on-withdrawn": "relies on a relay of a claim that was withdrawn from this log",
    "disputed": "a source says that the claim is wrong",
    "bad-interval": "low, best and high are out of order, as the source gave them",
    "fall": "a total by the same originator that became smaller",
    "parts-mismatch": "parts that do not add up to their whole",
    "stale-relay-suspected": "possibly an old figure repeated: the originator gave another since",
    "relay-suspected": "possibly taken from another claim: the same figure soon after it",
    "inputs-changed": "an assessment rests on claims that have changed since",
}
"""What each code means, for readers."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing a reader should know about an estimate: a code, a line of text, the claims."""

    code: FlagCode
    detail: str
    claims: tuple[str, ...]


def disagreements(measure: Measure, origins: Sequence[Claim]) -> list[Flag]:
    """Contradictions, and for totals the divergences that time explains."""
    contrary, others = disagreeing(measure, origins)
    flags = [contradiction(*pair) for pair in contrary]
    if measure == "cumulative":
        flags += [_divergence(*pair) for pair in others]
    return flags


def contradiction(one: Claim, other: Claim) -> Flag:
    """Two independent origins that cannot both be right."""
    detail = f"{one.originator} and {other.originator} cannot both be right"
    return Flag("contradiction", detail, (one.id, other.id))


def _divergence(one: Claim, other: Claim) -> Flag:
    """Two origins differ, and time explains it."""
    detail = f"{one.originator} and {other.originator} differ at different cut-offs; a total may grow"
    return Flag("divergence", detail, (one.id, other.id))


def nothing_in_common(claims: Sequence[Claim]) -> Flag:
    """Origins share no point where a consensus of them is asked."""
    names = " and ".join(claim.originator for claim in claims)
    return Flag("contradiction", f"{names} have nothing in common", tuple(claim.id for claim in claims))


def overlap(claims: Iterable[str]) -> Flag:
    """Cells that meet where they must not: their sum is unknown."""
    return Flag("overlap", "periods overlap, so the sum would count some twice: unknown", tuple(claims))


def newer_elsewhere(best: Claim, origins: Sequence[Claim], fresh_days: int) -> list[Flag]:
    """A lower-ranked origin covers much later days than the one whose figure is the best."""
    return [
        Flag(
            "newer-elsewhere",
            f"{claim.originator} covers {claim.cutoff_day - best.cutoff_day} days more than "
            f"{best.originator}, but ranks lower",
            (claim.id, best.id),
        )
        for claim in origins
        if claim.cutoff_day - best.cutoff_day > fresh_days
    ]


def unsupported_grades(origins: Sequence[Claim]) -> list[Flag]:
    """A claim graded 1, confirmed by other sources, that no other independent origin agrees with."""
    return [
        Flag(
            "grade-1-unsupported",
            f"{claim.id} is graded 1, confirmed by others, but no other origin agrees with it",
            (claim.id,),
        )
        for claim in origins
        if claim.credibility == 1 and not any(_confirms(other, claim) for other in origins)
    ]


def _confirms(other: Claim, claim: Claim) -> bool:
    return other.originator != claim.originator and not other.weak and meet(other, claim)


def rests_on_withdrawn(stand_ins: Sequence[Claim]) -> list[Flag]:
    """A relay stands in for a claim that we withdrew."""
    return [
        Flag(
            "rests-on-withdrawn",
            f"{claim.id} stands in for a claim that was withdrawn from this log",
            (claim.id,),
        )
        for claim in stand_ins
    ]
