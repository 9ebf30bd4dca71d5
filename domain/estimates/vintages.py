"""One vintage per voice: of all that a voice said on one cell, what it says now."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from domain.estimates.claims import Claim
from domain.estimates.estimate import Estimate, Exclusion
from domain.estimates.policies import ranking

Order = Callable[[Claim], tuple[float, ...]]
"""A sort key: of one voice's claims the greatest is the vintage."""


def vintages(
    origins: Sequence[Claim], order: Order, result: Estimate | None = None
) -> tuple[Claim, ...]:
    """The vintage of each voice that has a figure, best first; all others are left out.

    Weak claims count only where no firm vintage has a figure. A vintage that is `unknown` leaves its
    voice without one. `result` notes what was left out.
    """
    latest, considered = _counting(origins, order)
    if result is not None:
        _note(origins, considered, latest, result)
    return ranking([claim for claim in latest.values() if claim.has_figure])


def _note(
    origins: Sequence[Claim],
    considered: Sequence[Claim],
    latest: Mapping[str, Claim],
    result: Estimate,
) -> None:
    """Note the claims that are no vintages, each with the reason."""
    if len(considered) < len(origins):
        result.leave_out((claim for claim in origins if claim.weak), "weak")
    for claim in considered:
        vintage = latest[claim.voice]
        if claim is not vintage:
            result.excluded.append(_replaced(claim, vintage))
    result.leave_out((claim for claim in latest.values() if not claim.has_figure), "no-figure")


def _replaced(claim: Claim, vintage: Claim) -> Exclusion:
    if claim.prospective and claim.cell != vintage.cell and not claim.incident:
        return Exclusion(claim, "other-target")
    return Exclusion(claim, "superseded", vintage.id)


def latest_of_voices(origins: Sequence[Claim], order: Order) -> list[Claim]:
    """The vintage of each voice, with a figure or without."""
    return list(_counting(origins, order)[0].values())


def _counting(origins: Sequence[Claim], order: Order) -> tuple[dict[str, Claim], Sequence[Claim]]:
    """The vintage of each voice, and the claims that it was chosen from."""
    firm = [claim for claim in origins if not claim.weak]
    latest = _latest(firm, order)
    for claim in latest.values():
        if claim.has_figure:
            return latest, firm
    return _latest(origins, order), origins


def _latest(claims: Iterable[Claim], order: Order) -> dict[str, Claim]:
    latest: dict[str, Claim] = {}
    for claim in claims:
        before = latest.get(claim.voice)
        if before is None or order(claim) > order(before):
            latest[claim.voice] = claim
    return latest
