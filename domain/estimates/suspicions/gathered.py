"""Which claims are compared with one another, so that a change matters to no others.

Most rules compare claims about one place. Those about totals that fall and figures that return compare
what one voice said of a cohort, in the order of its cut-offs: a line. Relays compete to stand in for
what we withdrew. A place, a line and the relays are groups; whoever gathers whole groups finds all
that is suspected in them, and nothing else.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Literal, NamedTuple, TypeVar

from domain.estimates.ageing import AGEING
from domain.estimates.cells import Place, place_of
from domain.estimates.claims import Claim, headline_order, in_headline
from domain.estimates.flags import FlagCode
from domain.estimates.suspicions.line import Voice, voice_of
from domain.estimates.suspicions.suspicion import Suspicion
from domain.vocabulary import Measure

T = TypeVar("T", bound=Hashable)
Scope = Literal["claim", "place", "line", "relays"]
"""The kinds of groups, beside a claim by itself."""
RELAYS: tuple[()] = ()
"""The group of all relays that may stand in for what we withdrew."""
Group = Place | Voice | tuple[()]
"""A place, a line or the relays."""
_SCOPES: dict[FlagCode, Scope] = {
    "fall": "line",
    "stale-relay-suspected": "line",
    "rests-on-withdrawn": "relays",
}


class Gathered(NamedTuple):
    """Active claims on an indicator: those of whole places, of whole lines, and the relays."""

    placed: Sequence[Claim]
    lined: Sequence[Claim]
    relays: Sequence[Claim]

    def groups(self, measure: Measure) -> dict[Scope, list[Sequence[Claim]]]:
        """The groups of each kind: a line in the order of its cut-offs, a place if it has company."""
        lines = _grouped(lined_by(measure, self.lined), voice_of)
        return {
            "claim": [self.placed],
            "place": [claims for claims in in_places(self.placed) if len(claims) > 1],
            "line": [sorted(said, key=headline_order) for said in lines],
            "relays": [[claim for claim in self.relays if claim.links]],
        }


def everything(claims: Sequence[Claim]) -> Gathered:
    """All active claims on an indicator: every group is whole."""
    return Gathered(claims, claims, claims)


def is_own_word(measure: Measure, claim: Claim) -> bool:
    """Whether a claim is unlinked and observed and may be a headline."""
    return not (claim.links or claim.prospective) and in_headline(measure, claim.cell)


def lined_by(measure: Measure, claims: Iterable[Claim]) -> list[Claim]:
    """Those claims that are in lines; only headlines that grow old have any."""
    if measure not in AGEING:
        return []
    return [claim for claim in claims if is_own_word(measure, claim)]


def lines_of(measure: Measure, claims: Iterable[Claim]) -> set[Voice]:
    """The lines that claims are in."""
    return set(map(voice_of, lined_by(measure, claims)))


def in_places(claims: Iterable[Claim]) -> Iterable[list[Claim]]:
    """Claims by their places."""
    return _grouped(claims, place_of)


def _grouped(claims: Iterable[Claim], key: Callable[[Claim], T]) -> Iterable[list[Claim]]:
    found = defaultdict[T, list[Claim]](list)
    for claim in claims:
        found[key(claim)].append(claim)
    return found.values()


def groups_of(measure: Measure, claims: Sequence[Claim]) -> set[Group]:
    """The places and the lines that claims are in."""
    return {*map(place_of, claims), *lines_of(measure, claims)}


def group_of(found: Suspicion) -> Group:
    """The group in which a suspicion was found."""
    first = found.about[0]
    scope = _SCOPES.get(found.flag.code, "place")
    return place_of(first) if scope == "place" else voice_of(first) if scope == "line" else RELAYS
