"""The rules by which claims are suspected, and which claims each looks at together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from domain.estimates.ageing import AGEING
from domain.estimates.claims import Claim, LookUp
from domain.estimates.estimate import Question
from domain.estimates.estimation import is_vintage
from domain.estimates.suspicions.falls import Falls
from domain.estimates.suspicions.gathered import Gathered, Scope, is_own_word
from domain.estimates.suspicions.grouped import Alone, Find, Grouped
from domain.estimates.suspicions.ledger import Ledger
from domain.estimates.suspicions.relays import StandIns, alike, suspected_relays
from domain.estimates.suspicions.returns import Returns
from domain.estimates.suspicions.single import bad_interval, below_minimum, disputed
from domain.estimates.suspicions.suspicion import Suspicion
from domain.estimates.suspicions.within_cells import within_cell
from domain.vocabulary import Measure

Applies = Callable[[Claim], bool]


class Rule(Protocol):
    """What claims arouse together: all of a group, or, change by change, those that join and leave.

    `settle` notes what came of all changes since the last time.
    """

    def all(self, claims: Sequence[Claim]) -> Iterable[Suspicion]: ...
    def join(self, claim: Claim) -> None: ...
    def leave(self, claim: Claim) -> None: ...
    def settle(self, ledger: Ledger) -> None: ...


class Applied(NamedTuple):
    """A rule, the claims of a group that it looks at, and which groups it compares claims in.

    `grouped` is whether a claim is in any such group.
    """

    applies: Applies
    rule: Rule
    scope: Scope
    grouped: Applies = lambda _: True

    def takes(self, claim: Claim) -> bool:
        """Whether the rule looks at a claim."""
        return self.grouped(claim) and self.applies(claim)


def found_by(rules: Iterable[Applied], gathered: Gathered, measure: Measure) -> Iterator[Suspicion]:
    """What some rules find in the groups that were gathered."""
    groups = gathered.groups(measure)
    chosen = dict[tuple[Applies, Scope], list[list[Claim]]]()
    for applies, rule, scope, _ in rules:
        those = applies, scope
        if those not in chosen:
            chosen[those] = [[claim for claim in group if applies(claim)] for group in groups[scope]]
        for group in chosen[those]:
            yield from rule.all(group)


def rules_of(headline: Question, look_up: LookUp) -> Iterator[Applied]:
    """The rules for claims on an indicator, in the order in which flags are listed."""
    measure, minimum = headline.measure, headline.minimum
    vintage = partial(is_vintage, measure)
    yield Applied(lambda claim: bool(claim.disputed_by), Alone(0, disputed), "claim")
    yield Applied(vintage, StandIns(1, look_up), "relays", lambda claim: bool(claim.links))
    own_words = Grouped(2, lambda claim: (claim.voice,), within_cell)
    yield Applied(lambda claim: not claim.links and vintage(claim), own_words, "place")
    if measure == "proposition":
        return
    yield Applied(has_figure, Alone(3, bad_interval), "claim")
    if minimum is not None:
        too_low: Find = partial(below_minimum, minimum=minimum)
        yield Applied(has_figure, Alone(4, too_low), "claim")
    own = partial(is_own_word, measure)
    if measure == "cumulative":
        yield Applied(vintage, Falls(5), "line", own)
    if measure in AGEING:
        yield Applied(has_figure, Returns(6), "line", own)
    equal = Grouped(7, alike, partial(suspected_relays, look_up=look_up))
    yield Applied(has_figure, equal, "place")


def has_figure(claim: Claim) -> bool:
    """Whether a claim gives a number or a stance."""
    return claim.has_figure
