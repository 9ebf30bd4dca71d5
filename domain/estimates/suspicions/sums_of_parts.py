"""A whole and all its parts, of one cell in one report or by one voice, that do not add up."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from math import isinf

from domain.arithmetic import total
from domain.estimates.claims import Claim, vintage_order
from domain.estimates.figures import hull_of
from domain.estimates.suspicions.suspicion import Suspicion, suspicion


def together(claim: Claim) -> Iterator[Hashable]:
    """What claims of one place are added up with: those in one report, or by one voice."""
    yield claim.report, None
    if not claim.links:  # a relay is nobody's own word
        yield None, claim.voice


def mismatch(
    claims: Sequence[Claim], part_of: Mapping[str, str], parts: Sequence[str]
) -> Iterator[Suspicion]:
    """The suspicion that the latest claim on a whole is not the sum of those on its parts.

    `part_of` says by id which claims are on a part.
    """
    latest = {part_of.get(claim.id): claim for claim in sorted(claims, key=vintage_order)}
    whole, found = latest.get(None), [latest[name] for name in parts if name in latest]
    if whole and len(found) == len(parts) and _apart(whole, found):
        yield suspicion("parts-mismatch", f"the parts do not sum to {whole.id}", whole, *found)


def _apart(whole: Claim, parts: Sequence[Claim]) -> bool:
    """Whether a whole and the sum of its parts have no point in common."""
    (low, high), ends = hull_of(whole), [hull_of(part) for part in parts]
    least, most = (_sum(bounds) for bounds in zip(*ends, strict=True))
    return high < least or most < low


def _sum(bounds: Iterable[float]) -> float:
    given = list(bounds)
    infinite = [bound for bound in given if isinf(bound)]
    return infinite[0] if infinite else total(given)
