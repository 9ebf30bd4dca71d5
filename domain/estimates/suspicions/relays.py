"""Claims that may come from others: equal figures, and relays that stand in for what we withdrew."""

from collections.abc import Iterable, Iterator, Sequence

from domain.estimates.claims import Claim, LookUp, vintage_order
from domain.estimates.origins import ancestors, has_withdrawn_root, resolve
from domain.estimates.suspicions.ledger import Ledger
from domain.estimates.suspicions.single import numbers
from domain.estimates.suspicions.suspicion import Suspicion, suspicion
from domain.estimates.suspicions.within_cells import Given, given

RELAY_DAYS = 14
"""Maximum days between two equal figures for the later one to be suspected as a relay."""

SMALL = 10
"""Figures below this are often equal by chance: they are not suspected as relays."""


def alike(claim: Claim) -> Sequence[Given]:
    """What a claim says, if equal ones are not equal by chance."""
    for number in numbers(claim):
        if abs(number) >= SMALL:
            return (given(claim),)
    return ()


def suspected_relays(same: Sequence[Claim], look_up: LookUp) -> Iterator[Suspicion]:
    """A figure equal to that of another voice shortly before, on the same cell."""
    # One originator's claims with the same links all derive from another claim, or none does.
    latest: dict[tuple[str, tuple[str, ...]], Claim] = {}
    for claim in sorted(same, key=vintage_order):
        source = None if claim.links else _perhaps_from(claim, latest.values(), look_up)
        if source:
            detail = f"{claim.id} equals {source.id} of {source.originator}: taken from there?"
            yield suspicion("relay-suspected", detail, claim, source)
        latest[claim.voice, claim.links] = claim


def _perhaps_from(claim: Claim, latest: Iterable[Claim], look_up: LookUp) -> Claim | None:
    """The first claim of another voice that gave the figure shortly before, not from this one."""
    others = [
        other
        for other in latest
        if other.voice != claim.voice
        and claim.stated_day - other.stated_day <= RELAY_DAYS
        and claim.id not in ancestors(other, look_up)
    ]
    return min(others, key=vintage_order, default=None)


class StandIns:
    """Relays that stand in for a claim that we withdrew."""

    def __init__(self, place: int, look_up: LookUp) -> None:
        self._place, self._look_up = place, look_up
        self._touched = dict[str, Claim | None]()
        self._withdrawn = dict[str, Claim]()

    def all(self, claims: Sequence[Claim]) -> Iterator[Suspicion]:
        """What relays arouse."""
        for claim in resolve(claims, self._look_up).rests_on_withdrawn:
            detail = f"{claim.id} stands in for a claim that was withdrawn from this log"
            yield suspicion("rests-on-withdrawn", detail, claim)

    def join(self, claim: Claim) -> None:
        """Add a claim with links."""
        self._touched[claim.id] = claim

    def leave(self, claim: Claim) -> None:
        """Remove a claim that was added."""
        self._touched[claim.id] = None

    def settle(self, ledger: Ledger) -> None:
        """Find out which of the relays whose root we withdrew stand in for it."""
        for name, claim in self._touched.items():
            self._withdrawn.pop(name, None)
            if claim is not None and has_withdrawn_root(claim, self._look_up):
                self._withdrawn[name] = claim
        if self._touched:
            # No other shares a root that we withdrew with these, so none comes before one of them.
            ledger.note((self._place,), self.all(list(self._withdrawn.values())))
        self._touched.clear()
