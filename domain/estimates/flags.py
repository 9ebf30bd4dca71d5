"""Flags: suggestions to a reader; nothing merges, links or drops by itself.

These are about the origins used; flags over all active claims are in `suspicions`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.estimates.claims import Claim
from domain.estimates.figures import compared, number_text
from domain.estimates.independence import NOTHING, Pair, Resting, dependent_pairs, independent
from domain.estimates.support import Pairs, agree
from domain.vocabulary import Measure

CONFIRMED = 1
"""The credibility of a claim that other sources confirm."""
_MOST_NAMED = 20

FlagCode = Literal[
    "contradiction",
    "divergence",
    "overlap",
    "unknown-addend",
    "whole-below-parts",
    "newer-elsewhere",
    "grade-1-unsupported",
    "rests-on-withdrawn",
    "disputed",
    "bad-interval",
    "below-minimum",
    "same-moment",
    "taken-back",
    "fall",
    "parts-mismatch",
    "parts-exceed-whole",
    "stale-relay-suspected",
    "relay-suspected",
    "inputs-changed",
    "inputs-redacted",
]

RELAYS: tuple[FlagCode, ...] = ("relay-suspected", "stale-relay-suspected")
"""Flags whose first claim may be taken from the second, and should then be linked to it."""
MEANING: Mapping[FlagCode, str] = {
    "contradiction": "independent origins that cannot both be right",
    "divergence": "totals on different days that differ; a total may grow",
    "overlap": "periods that overlap, so a sum would count some of it twice",
    "unknown-addend": "part of a sum without a figure, so that the sum is only a lower bound",
    "whole-below-parts": "a figure below the sum of what lies inside it",
    "newer-elsewhere": "a lower-ranked source has much more recent information",
    "grade-1-unsupported": "graded as confirmed by other sources, but no other origin agrees",
    "rests-on-withdrawn": "relies on a relay of a claim that was withdrawn from this log",
    "disputed": "a source says that the claim is wrong",
    "bad-interval": "low, best and high are out of order, as the source gave them",
    "below-minimum": "a figure below what the indicator can be",
    "same-moment": "two figures by the same originator at the same moment; neither is later",
    "taken-back": "the originator says that it has no figure any more",
    "fall": "a total by the same originator that became smaller",
    "parts-mismatch": "parts that do not add up to their whole",
    "parts-exceed-whole": "parts that together are at least more than their whole",
    "stale-relay-suspected": "possibly an old figure again, or several in a row: another lies between",
    "relay-suspected": "possibly taken from another claim: the same figure soon after it",
    "inputs-changed": "an assessment rests on claims that have changed since",
    "inputs-redacted": "a report that this figure rested on was redacted",
}
"""What each code means, for readers."""


FlagKey = tuple[FlagCode, tuple[str, ...]]
"""The code of a flag and its claims in order."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing a reader should know about an estimate: a code, a line of text, the claims."""

    code: FlagCode
    detail: str
    claims: tuple[str, ...]

    @property
    def key(self) -> FlagKey:
        """What tells it from other flags of an indicator."""
        return self.code, tuple(sorted(self.claims))


def disagreements(measure: Measure, contrary: Pairs, others: Pairs) -> list[Flag]:
    """Contradictions, and for totals the divergences that time explains."""
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


def inputs_redacted(reports: Sequence[tuple[str, str]]) -> Flag:
    """Reports that made claims on the indicator were redacted, each on a day, and count no longer."""
    named = [f"report {report}, which was redacted on {day}" for report, day in reports[:_MOST_NAMED]]
    more = len(reports) - len(named)
    said = " and ".join([*named, *([f"{more} more"] if more else [])])
    return Flag("inputs-redacted", f"the figure rested on {said}", ())


def nothing_in_common(claims: Sequence[Claim]) -> list[Flag]:
    """Origins share no point where a consensus of them is asked."""
    if not claims:
        return []
    names = " and ".join(claim.originator for claim in claims)
    return [Flag("contradiction", f"{names} have nothing in common", tuple(c.id for c in claims))]


def overlap(claims: Iterable[str]) -> Flag:
    """Cells that meet where they must not: their sum is unknown."""
    about = tuple(dict.fromkeys(claims))
    return Flag("overlap", "periods overlap, so the sum would count some twice: unknown", about)


def unknown_addend(claims: Iterable[str], name: str = "one cell") -> Flag:
    """Part of a sum has no figure: the sum is a lower bound."""
    return Flag("unknown-addend", f"{name} has no figure, so the sum is a lower bound", tuple(claims))


def whole_below_parts(
    origins: Iterable[Claim], low: float | None, inside: Sequence[Claim]
) -> list[Flag]:
    """Origins of a cell that lie wholly below what lies inside it."""
    return [
        Flag(
            "whole-below-parts",
            f"{claim.id} is below the sum of what lies inside it, at least {number_text(low)}",
            (claim.id, *(each.id for each in inside[:_MOST_NAMED])),
        )
        for claim in origins
        if low is not None and compared(claim)[1] < low
    ]


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


def unsupported_grades(origins: Sequence[Claim], resting: Resting = NOTHING) -> list[Flag]:
    """A claim graded 1, confirmed by other sources, that no other independent origin agrees with."""
    graded = [claim for claim in origins if claim.credibility == CONFIRMED]
    dependent = dependent_pairs(origins, resting) if graded else frozenset[Pair]()
    return [
        Flag(
            "grade-1-unsupported",
            f"{claim.id} is graded 1, confirmed by others, but no other origin agrees with it",
            (claim.id,),
        )
        for claim in graded
        if not any(
            not other.weak and independent(other, claim, dependent) and agree(other, claim)
            for other in origins
        )
    ]
