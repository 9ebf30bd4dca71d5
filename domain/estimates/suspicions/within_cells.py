"""A voice that gave two figures of one cell at once, or that has no figure there any more."""

from collections.abc import Iterator, Sequence

from domain.estimates.claims import Claim, vintage_order
from domain.estimates.suspicions.suspicion import Suspicion, suspicion

Given = tuple[float | None, float | None, float | None, bool | None]
"""What a claim says: its numbers, or its stance."""


def within_cell(claims: Sequence[Claim]) -> Iterator[Suspicion]:
    """Suspicions about the vintages of one voice in one cell."""
    *before, last = sorted(claims, key=vintage_order) or (None,)
    if last is None:
        return
    if before and _at_once(before[-1], last):
        detail = f"{before[-1].id} and {last.id} of {last.originator} differ, and neither is later"
        yield suspicion("same-moment", detail, before[-1], last)
    had = [claim for claim in before if claim.has_figure]
    if had and not last.has_figure:
        detail = f"{last.originator} has no figure any more ({last.id}); before it was {had[-1].id}"
        yield suspicion("taken-back", detail, last, had[-1])


def _at_once(one: Claim, other: Claim) -> bool:
    """Whether two claims were stated and published together and say different things."""
    same = (one.stated, one.published) == (other.stated, other.published)
    return same and given(one) != given(other)


def given(claim: Claim) -> Given:
    """What a claim says."""
    return claim.low, claim.best, claim.high, claim.asserts
