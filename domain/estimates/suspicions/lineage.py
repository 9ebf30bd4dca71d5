"""Which claims derive from which: a change of one may matter to all that derive from it."""

from collections import defaultdict
from collections.abc import Iterable

from domain.estimates.claims import Claim, LookUp
from domain.estimates.origins import ancestors


class Lineage:
    """Claims with links, by the claims that they derive from through any number of links."""

    def __init__(self) -> None:
        self._above = dict[str, set[str]]()
        self._below = defaultdict[str, set[str]](set)

    def note(self, name: str, claim: Claim | None, look_up: LookUp) -> None:
        """Set what a claim derives from; None derives from nothing."""
        for each in self._above.pop(name, ()):
            self._below[each].discard(name)
        if claim is not None and claim.links:
            self._above[name] = ancestors(claim, look_up)
            for each in self._above[name]:
                self._below[each].add(name)

    def descendants(self, names: Iterable[str]) -> set[str]:
        """The claims noted that derive from any of these."""
        found = (self._below[name] for name in names if name in self._below)
        return set[str]().union(*found)
