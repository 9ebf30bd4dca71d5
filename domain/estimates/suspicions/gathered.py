"""Which claims are compared with one another, so that a change matters to no others.

Most rules compare claims about one place. Those about totals that fall and figures that return compare
what one voice said of a cohort, in the order of its cut-offs: a line. Relays compete to stand in for
what we withdrew. A place, a line and the relays are groups; whoever gathers whole groups finds all
that is suspected in them, and nothing else.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, assert_never

from domain.estimates.ageing import AGEING
from domain.estimates.cells import Place, place_of
from domain.estimates.claims import Claim, in_headline
from domain.estimates.flags import FlagCode
from domain.estimates.suspicions.line import Voice, voice_of
from domain.estimates.suspicions.suspicion import Suspicion
from domain.vocabulary import Measure

Scope = Literal["place", "line", "relays"]
"""The kinds of groups."""
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

    def of(self, scope: Scope) -> Sequence[Claim]:
        """The claims that were gathered by groups of a kind."""
        match scope:
            case "place":
                return self.placed
            case "line":
                return self.lined
            case "relays":
                return self.relays
            case _:
                assert_never(scope)


def everything(claims: Sequence[Claim]) -> Gathered:
    """All active claims on an indicator: every group is whole."""
    return Gathered(claims, claims, claims)


def is_own_word(measure: Measure, claim: Claim) -> bool:
    """Whether a claim is unlinked and observed and may be a headline."""
    return not claim.links and not claim.prospective and in_headline(measure, claim.cell)


def lines_of(measure: Measure, claims: Iterable[Claim]) -> set[Voice]:
    """The lines that claims are in; only headlines that grow old have any."""
    if measure not in AGEING:
        return set()
    return {voice_of(claim) for claim in claims if is_own_word(measure, claim)}


def groups_of(measure: Measure, claims: Sequence[Claim]) -> set[Group]:
    """The places and the lines that claims are in."""
    return {*map(place_of, claims), *lines_of(measure, claims)}


def group_of(found: Suspicion) -> Group:
    """The group in which a suspicion was found."""
    first = found.about[0]
    scope = _SCOPES.get(found.flag.code, "place")
    return place_of(first) if scope == "place" else voice_of(first) if scope == "line" else RELAYS
