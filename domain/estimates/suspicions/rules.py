"""The rules by which claims are suspected, and which claims each looks at together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from domain.estimates.ageing import AGEING
from domain.estimates.cells import place_of
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

Applies = Callable[[Claim], bool]


class Rule(Protocol):
    """What claims arouse together: all of some, or, change by change, those that join and leave.

    `settle` notes what came of all changes since the last time.
    """

    def all(self, claims: Sequence[Claim]) -> Iterable[Suspicion]: ...
    def join(self, claim: Claim) -> None: ...
    def leave(self, claim: Claim) -> None: ...
    def settle(self, ledger: Ledger) -> None: ...


class Applied(NamedTuple):
    """A rule, the claims that it looks at, and which of them it compares with one another."""

    applies: Applies
    rule: Rule
    scope: Scope = "place"

    def found(self, gathered: Gathered) -> Iterable[Suspicion]:
        """What the claims that were gathered arouse."""
        return self.rule.all([claim for claim in gathered.of(self.scope) if self.applies(claim)])


def rules_of(headline: Question, look_up: LookUp) -> Iterator[Applied]:
    """The rules for claims on an indicator, in the order in which flags are listed."""
    measure, minimum = headline.measure, headline.minimum
    vintage = partial(is_vintage, measure)
    yield Applied(lambda _: True, Alone(0, disputed))
    yield Applied(lambda claim: bool(claim.links) and vintage(claim), StandIns(1, look_up), "relays")
    yield Applied(lambda claim: not claim.links and vintage(claim), Grouped(2, _cell, within_cell))
    if measure == "proposition":
        return
    yield Applied(has_figure, Alone(3, bad_interval))
    if minimum is not None:
        too_low: Find = partial(below_minimum, minimum=minimum)
        yield Applied(has_figure, Alone(4, too_low))
    own = partial(is_own_word, measure)
    if measure == "cumulative":
        yield Applied(lambda claim: own(claim) and vintage(claim), Falls(5), "line")
    if measure in AGEING:
        yield Applied(lambda claim: own(claim) and claim.has_figure, Returns(6), "line")
    yield Applied(has_figure, Grouped(7, alike, partial(suspected_relays, look_up=look_up)))


def has_figure(claim: Claim) -> bool:
    """Whether a claim gives a number or a stance."""
    return claim.has_figure


def _cell(claim: Claim) -> Iterator[tuple[object, ...]]:
    yield claim.voice, place_of(claim)
