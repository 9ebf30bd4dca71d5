"""What is suspected now, and what was raised and cleared since it was last asked."""

from collections import Counter
from collections.abc import Hashable, Iterable
from itertools import chain

from domain.estimates.flags import FlagKey
from domain.estimates.suspicions.suspicion import Suspicion

Group = tuple[Hashable, ...]
"""What a rule looks at together: the place of the rule, and what its claims have in common."""


class Ledger:
    """Suspicions by the group of claims that they come from; two groups may arouse the same one."""

    def __init__(self) -> None:
        self._found = dict[Group, tuple[Suspicion, ...]]()
        self._held = Counter[FlagKey]()
        self._before = dict[FlagKey, tuple[bool, Suspicion]]()

    def note(self, group: Group, found: Iterable[Suspicion]) -> None:
        """Replace what comes from a group."""
        was, now = self._found.get(group, ()), tuple(found)
        if not was and not now:
            return
        for each, more in chain(((one, -1) for one in was), ((one, 1) for one in now)):
            key = each.flag.key
            self._before.setdefault(key, (self._held[key] > 0, each))
            self._held[key] += more
        self._found[group] = now
        if not now:
            del self._found[group]

    def all(self) -> list[Suspicion]:
        """All that is suspected now."""
        found = chain.from_iterable(self._found.values())
        return list({each.flag.key: each for each in found}.values())

    def changes(self) -> tuple[list[Suspicion], list[Suspicion]]:
        """What was raised and what was cleared since this was last called."""
        raised, cleared = list[Suspicion](), list[Suspicion]()
        for key, (before, each) in self._before.items():
            if (after := self._held[key] > 0) != before:
                (raised if after else cleared).append(each)
            if not after:
                del self._held[key]
        self._before.clear()
        return raised, cleared
