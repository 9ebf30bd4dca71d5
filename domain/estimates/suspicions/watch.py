"""Every suspicion over the active claims of an indicator, kept up to date claim by claim.

Each rule looks again only at what a change can matter to, so that a history of many events is followed
at a cost that hardly grows with the claims before it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain

from domain.estimates.claims import Claim, LookUp, headline_order
from domain.estimates.estimate import Question
from domain.estimates.suspicions.gathered import Gathered, everything, in_places
from domain.estimates.suspicions.grouped import Grouped
from domain.estimates.suspicions.ledger import Changes, Ledger
from domain.estimates.suspicions.lineage import Lineage
from domain.estimates.suspicions.rules import Applied, found_by, has_figure, rules_of
from domain.estimates.suspicions.sums_of_parts import mismatch, together
from domain.estimates.suspicions.suspicion import Suspicion, in_order

LAST = 8
"""The place of the rule about parts, after those of `rules_of`."""
Parts = Mapping[str, Sequence[Claim]]
"""The active claims of each part of an indicator."""
Changed = Mapping[str, Claim | None]
"""Claims that changed, by id; None is one that does not count, or not here."""


class _Finding:
    """How claims are looked up at the moment.

    Rules keep this and not their watch: if each led to the other, a watch that nobody needs any more
    would stay in memory until the interpreter looks for such cycles.
    """

    def __init__(self) -> None:
        self.find: LookUp = dict[str, Claim]().get

    def look_up(self, name: str) -> Claim | None:
        """The claim of an id."""
        return self.find(name)


class Watch:
    """The suspicions about one indicator, while its definition and all voices stay as they are.

    `headline` is the question for its headline, `parts` are the indicators that it is the sum of.
    `pause` is called between claims: whoever has no time for all of them may raise there. Of a run of
    old figures a suspicion is about the first and the last alone, since a run may be all that was said.
    """

    def __init__(
        self, headline: Question, parts: Sequence[str] = (), pause: Callable[[], None] = lambda: None
    ) -> None:
        self._pause = pause
        self._finding = _Finding()
        self._own = list(rules_of(headline, self._finding.look_up))
        self._of_parts = list[Applied]()
        self._part_of = dict[str, str]()
        if parts:
            self._of_parts.append(Applied(has_figure, sums_rule(parts, self._part_of), "place"))
        self._seen = dict[str, tuple[Claim, Sequence[Applied]]]()
        self._lineage = Lineage()
        self._ledger = Ledger()

    def load(self, claims: Sequence[Claim], parts: Parts, find: LookUp) -> None:
        """Take in all claims at once, before any of them changes."""
        self.update(_by_id(claims), find, {name: _by_id(each) for name, each in parts.items()})

    def update(
        self,
        own: Changed,
        find: LookUp,
        parts: Mapping[str, Changed] | None = None,
        elsewhere: Iterable[str] = (),
    ) -> None:
        """Take in the claims that changed, on the indicator and on each part; `find` looks up any.

        `elsewhere` are those that are about none of these: claims here may derive from them.
        """
        self._finding.find = find
        again = self._lineage.descendants(chain(own, elsewhere)) - set(own)
        rules = (*self._own, *self._of_parts)
        for name, claim in (*own.items(), *((name, self._seen[name][0]) for name in again)):
            self._pause()
            self._set(name, claim, rules)
            self._part_of.pop(name, None)
            self._lineage.note(name, claim, find)
        for part, changed in (parts or {}).items():
            for name, claim in changed.items():
                self._set(name, claim, self._of_parts)
                self._part_of[name] = part
        for each in rules:
            self._pause()
            each.rule.settle(self._ledger)

    def all(self) -> list[Suspicion]:
        """All that is suspected now, in the order of lists."""
        return in_order(self._ledger.all())

    def changes(self) -> Changes:
        """What became of suspicions since this was last called."""
        return self._ledger.changes()

    def _set(self, name: str, claim: Claim | None, rules: Sequence[Applied]) -> None:
        if name in self._seen:
            gone, those = self._seen.pop(name)
            for each in those:
                if each.takes(gone):
                    each.rule.leave(gone)
        if claim is not None:
            self._seen[name] = claim, rules
            for each in rules:
                if each.takes(claim):
                    each.rule.join(claim)


def sums_rule(parts: Sequence[str], part_of: Mapping[str, str]) -> Grouped:
    """The rule that parts add up to their whole; `part_of` says by id which claims are on a part."""
    return Grouped(LAST, together, partial(mismatch, part_of=part_of, parts=parts))


def suspicions(
    headline: Question, claims: Sequence[Claim], parts: Parts, look_up: LookUp
) -> list[Suspicion]:
    """Every suspicion over active claims, relays and those without a figure included.

    `headline` is the question for the headline of their indicator.
    """
    return suspicions_in(headline, everything(claims), parts, look_up)


def suspicions_in(
    headline: Question, gathered: Gathered, parts: Parts, look_up: LookUp
) -> list[Suspicion]:
    """Every suspicion in the groups that were gathered, in the order of lists.

    `parts` are the claims on the parts of the indicator, at least those in the places gathered.
    """
    found = [*found_by(rules_of(headline, look_up), gathered, headline.measure)]
    if parts:
        part_of = {claim.id: part for part, those in parts.items() for claim in those}
        placed = [*gathered.placed, *(claim for those in parts.values() for claim in those)]
        rule = sums_rule(tuple(parts), part_of)
        for group in in_places(claim for claim in placed if claim.has_figure):
            found += rule.all(group)
    return in_order({each.flag.key: each for each in found}.values())


def _by_id(claims: Sequence[Claim]) -> Changed:
    # In this order each comes after all that it is compared to, which is quickest.
    return {claim.id: claim for claim in sorted(claims, key=headline_order)}
