"""Rules over single claims and small groups: each is looked at again when a claim of it changed."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from domain.estimates.cells import Place, place_of
from domain.estimates.claims import Claim
from domain.estimates.suspicions.ledger import Ledger
from domain.estimates.suspicions.suspicion import Suspicion

Keys = Callable[[Claim], Iterable[Hashable]]
"""What a claim has in common with others of its place that it is compared with."""
Find = Callable[[Sequence[Claim]], Iterable[Suspicion]]
"""What a group arouses, whatever the order of its claims."""


class Alone:
    """A rule about each claim by itself."""

    def __init__(self, place: int, find: Find) -> None:
        self._place, self._find = place, find
        self._touched = dict[str, Sequence[Claim]]()

    def all(self, claims: Sequence[Claim]) -> Iterable[Suspicion]:
        """What these claims arouse."""
        return self._find(claims)

    def leave(self, claim: Claim) -> None:
        """Remove a claim."""
        self._touched[claim.id] = ()

    def join(self, claim: Claim) -> None:
        """Add a claim."""
        self._touched[claim.id] = (claim,)

    def settle(self, ledger: Ledger) -> None:
        """Look at the claims that changed."""
        for name in self._touched:
            ledger.note((self._place, name), ())
        for each in self._find([claim for claims in self._touched.values() for claim in claims]):
            ledger.note((self._place, each.about[0].id), (each,))
        self._touched.clear()


class Grouped:
    """A rule about two or more claims of one place that have something else in common."""

    def __init__(self, place: int, keys: Keys, find: Find) -> None:
        self._place, self._keys, self._find = place, keys, find
        self._groups = defaultdict[tuple[Place, Hashable], dict[str, Claim]](dict)
        self._touched = dict[tuple[Place, Hashable], None]()

    def all(self, claims: Sequence[Claim]) -> Iterable[Suspicion]:
        """What the claims of one place arouse."""
        groups = defaultdict[Hashable, list[Claim]](list)
        for claim in claims:
            for key in self._keys(claim):
                groups[key].append(claim)
        for members in groups.values():
            if len(members) > 1:
                yield from self._find(members)

    def leave(self, claim: Claim) -> None:
        """Take a claim out of its groups."""
        for key in self._keys(claim):
            group = place_of(claim), key
            del self._groups[group][claim.id]
            self._touched[group] = None

    def join(self, claim: Claim) -> None:
        """Put a claim into its groups."""
        for key in self._keys(claim):
            group = place_of(claim), key
            self._groups[group][claim.id] = claim
            self._touched[group] = None

    def settle(self, ledger: Ledger) -> None:
        """Look at the groups that changed."""
        for key in self._touched:
            members = self._groups[key]
            found = self._find(list(members.values())) if len(members) > 1 else ()
            ledger.note((self._place, key), found)
            if not members:
                del self._groups[key]
        self._touched.clear()
