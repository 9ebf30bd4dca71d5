"""What is suspected now, and what was raised, cleared or put otherwise since it was last asked."""

from collections import Counter
from collections.abc import Hashable, Iterable
from itertools import chain
from typing import NamedTuple

from domain.estimates.flags import FlagKey
from domain.estimates.suspicions.suspicion import Suspicion

Group = tuple[Hashable, ...]
"""What a rule looks at together: the place of the rule, and what its claims have in common."""


class Changes(NamedTuple):
    """Suspicions that were raised and cleared, and those that stay in other words: before, after."""

    raised: list[Suspicion]
    cleared: list[Suspicion]
    altered: list[tuple[Suspicion, Suspicion]]


def changes_between(before: Iterable[Suspicion], after: Iterable[Suspicion]) -> Changes:
    """What became of some suspicions."""
    was, now = ({each.flag.key: each for each in found} for found in (before, after))
    return Changes(
        [each for key, each in now.items() if key not in was],
        [each for key, each in was.items() if key not in now],
        [(was[key], now[key]) for key in now if key in was and was[key].flag != now[key].flag],
    )


class Ledger:
    """Suspicions by the group of claims that they come from; two groups may arouse the same one."""

    def __init__(self) -> None:
        self._found = dict[Group, tuple[Suspicion, ...]]()
        self._held = Counter[FlagKey]()
        self._latest = dict[FlagKey, Suspicion]()
        self._before = dict[FlagKey, Suspicion | None]()

    def note(self, group: Group, found: Iterable[Suspicion]) -> None:
        """Replace what comes from a group."""
        was, now = self._found.get(group, ()), tuple(found)
        if not was and not now:
            return
        for each, more in chain(((one, -1) for one in was), ((one, 1) for one in now)):
            key = each.flag.key
            self._before.setdefault(key, self._latest.get(key))
            self._held[key] += more
            if more > 0:
                self._latest[key] = each
        self._found[group] = now
        if not now:
            del self._found[group]

    def all(self) -> list[Suspicion]:
        """All that is suspected now."""
        found = chain.from_iterable(self._found.values())
        return list({each.flag.key: each for each in found}.values())

    def changes(self) -> Changes:
        """What became of suspicions since this was last called."""
        before = [each for each in self._before.values() if each is not None]
        held = [key for key in self._before if self._held[key] > 0]
        changes = changes_between(before, [self._latest[key] for key in held])
        for key in self._before.keys() - held:
            del self._held[key], self._latest[key]
        self._before.clear()
        return changes
