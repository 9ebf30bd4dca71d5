"""Who really said it: links followed to their roots, so that five relays count as one origin."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from domain.claims import Claim, Standing

LookUp = Callable[[str], Claim | None]
"""Any claim by its id as it stands at the times asked, counting or not."""

_ABSENT: frozenset[Standing] = frozenset(
    {"not-yet-known", "not-yet-published", "beyond-clearance", "withdrawn-by-us"}
)
"""A root that is absent may be stood in for; one that is out takes its relays with it."""


@dataclass(frozen=True, slots=True)
class Relay:
    """A claim that repeats others: never an origin, never moves a figure."""

    claim: Claim
    roots: tuple[str, ...]


@dataclass(slots=True)
class Origins:
    """What corroborates, what merely repeats, and which relays stand in for an absent root."""

    origins: list[Claim] = field(default_factory=list)
    relays: list[Relay] = field(default_factory=list)
    rests_on_withdrawn: list[Claim] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Root:
    id: str
    distance: int
    claim: Claim | None

    def absent_for(self, relay: Claim) -> bool:
        root = self.claim
        return (
            root is not None
            and root.standing in _ABSENT
            and (root.indicator, root.cohort) == (relay.indicator, relay.cohort)
        )


def resolve(claims: Iterable[Claim], look_up: LookUp) -> Origins:
    """Split active claims into origins and relays.

    A relay stands in for a root of its own indicator and cohort that is absent: the closest to the
    root first, then the earliest stated. With several roots it stands in only if none is there.
    """
    result = Origins()
    waiting: dict[str, list[tuple[int, tuple[int, ...], Claim]]] = {}
    by_us: set[str] = set()
    for claim in claims:
        if not claim.links:
            result.origins.append(claim)
            continue
        roots = roots_of(claim, look_up)
        result.relays.append(Relay(claim, tuple(root.id for root in roots)))
        if all(root.absent_for(claim) for root in roots):
            for root in roots:
                waiting.setdefault(root.id, []).append((root.distance, claim.vintage_order, claim))
                if root.claim and root.claim.standing == "withdrawn-by-us":
                    by_us.add(root.id)
    for root_id, candidates in waiting.items():
        _stand_in(result, min(candidates)[2], root_id in by_us)
    return result


def _stand_in(result: Origins, claim: Claim, by_us: bool) -> None:
    if claim not in result.origins:
        result.origins.append(claim)
        result.relays = [relay for relay in result.relays if relay.claim is not claim]
    if by_us:
        result.rests_on_withdrawn.append(claim)


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
