"""Who really said it: links followed to their roots, so that five relays count as one origin."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from domain.estimates.claims import Claim, LookUp, Standing
from domain.estimates.independence import NOTHING, Resting, resting

_ABSENT: frozenset[Standing] = frozenset(
    {"not-yet-known", "not-yet-published", "beyond-clearance", "withdrawn-by-us", "redacted"}
)
"""A relay may stand in for an absent root; a root that is out takes its relays with it."""


NAMELESS: frozenset[Standing] = frozenset({"beyond-clearance", "redacted"})
"""Standings of claims that no answer shows: what stands in for them is shown in their place."""


@dataclass(frozen=True, slots=True)
class Relay:
    """A claim that repeats others: never an origin, never moves a figure.

    A root that no answer shows goes by the origin that stands in for it, if one does.
    """

    claim: Claim
    roots: tuple[str, ...]


@dataclass(slots=True)
class Origins:
    """What corroborates, what merely repeats, and which origins stand in for a root withdrawn by us.

    `resting` says which origins rest on other claims, and so are not independent of them.
    """

    origins: list[Claim] = field(default_factory=list)
    relays: list[Relay] = field(default_factory=list)
    rests_on_withdrawn: list[Claim] = field(default_factory=list)
    resting: Resting = NOTHING


@dataclass(frozen=True, slots=True)
class _Root:
    id: str
    distance: int
    claim: Claim | None

    @property
    def absent(self) -> bool:
        return self.claim is not None and self.claim.standing in _ABSENT

    def is_about_that_of(self, relay: Claim) -> bool:
        root = self.claim
        if root is None or root.indicator != relay.indicator:
            return False
        return root.cohort == relay.cohort or root.standing == "redacted"  # whose cohort is gone

    @property
    def withdrawn_by_us(self) -> bool:
        return self.claim is not None and self.claim.standing == "withdrawn-by-us"


def resolve(claims: Iterable[Claim], look_up: LookUp) -> Origins:
    """Split active claims into origins and relays.

    A relay stands in for a root of its own indicator and cohort that is absent: the closest to the
    root first, then the earliest stated. With several roots it stands in only if all are absent,
    whatever they are about.
    """
    result, linked = Origins(), list[tuple[Claim, Sequence[_Root]]]()
    for claim in claims:
        if claim.links:
            linked.append((claim, roots_of(claim, look_up)))
        else:
            result.origins.append(claim)
    standing_in = _standing_in(linked)
    for claim, roots in linked:
        if claim.id not in standing_in:
            result.relays.append(Relay(claim, _named(roots, standing_in)))
            continue
        result.origins.append(claim)
        if standing_in[claim.id] & {root.id for root in roots if root.withdrawn_by_us}:
            result.rests_on_withdrawn.append(claim)
    result.resting = resting(result.origins, look_up)
    return result


def _named(roots: Iterable[_Root], standing_in: Mapping[str, Set[str]]) -> tuple[str, ...]:
    """The roots of a relay by the names that a reader may know them by, each once."""
    names = dict[str, None]()
    for root in roots:
        if root.claim is None or root.claim.standing not in NAMELESS:
            names[root.id] = None
        else:
            names |= {claim: None for claim, ids in standing_in.items() if root.id in ids}
    return tuple(names)


def _standing_in(linked: Iterable[tuple[Claim, Sequence[_Root]]]) -> dict[str, set[str]]:
    """The relays that stand in, each with the roots that it stands in for."""
    closest: dict[str, tuple[int, tuple[int, ...], str]] = {}
    for claim, roots in linked:
        if all(root.absent for root in roots):
            for root in (root for root in roots if root.is_about_that_of(claim)):
                candidate = root.distance, claim.vintage_order, claim.id
                closest[root.id] = min(candidate, closest.get(root.id, candidate))
    standing_in: dict[str, set[str]] = {}
    for root_id, (_, _, claim_id) in closest.items():
        standing_in.setdefault(claim_id, set()).add(root_id)
    return standing_in


def ancestors(claim: Claim, look_up: LookUp) -> set[str]:
    """Every claim that one is derived from, through any number of links."""
    found, waiting = set[str](), list(claim.links)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            parent = look_up(name)
            waiting += parent.links if parent else ()
    return found


def has_withdrawn_root(claim: Claim, look_up: LookUp) -> bool:
    """Whether a claim derives from one that was withdrawn from this log."""
    return any(root.withdrawn_by_us for root in roots_of(claim, look_up))


def roots_of(claim: Claim, look_up: LookUp) -> Sequence[_Root]:
    """The claims at the ends of a claim's links, each with its distance in links."""
    roots, seen, ring, distance = [], {claim.id}, list(claim.links), 0
    while ring:
        distance, following = distance + 1, list[str]()
        for each in ring:
            if each in seen:
                continue
            seen.add(each)
            parent = look_up(each)
            if parent is not None and parent.links:
                following.extend(parent.links)
            else:
                roots.append(_Root(each, distance, parent))
        ring = following
    return roots
