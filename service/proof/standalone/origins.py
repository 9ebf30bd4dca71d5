"""Which claims are origins, and which of them are independent."""

from fractions import Fraction
from itertools import combinations

from service.proof.standalone.claims import Said, World
from service.proof.standalone.figures import apart, best_of, exact, meet, widened

HIDDEN = ("not-yet-known", "not-yet-published", "beyond-clearance", "withdrawn-by-us")
"""How a root stands for which a relay may stand in."""


def roots(claim: Said, world: World) -> dict[str, int]:
    """The ends of every chain of links from a claim, with the length of the shortest."""
    found: dict[str, int] = {}
    paths = [[claim.id]]
    while paths:
        path = paths.pop()
        parents = world[path[-1]].links if path[-1] in world else frozenset[str]()
        if not parents and len(path) > 1:
            found[path[-1]] = min(found.get(path[-1], len(path)), len(path))
        paths += [[*path, parent] for parent in parents if parent not in path]
    return found


def origins(world: World, indicator: str) -> tuple[list[Said], set[str]]:
    """The claims that count as origins, and those that stand in for a root withdrawn by us.

    A claim that says that there is no figure is among them; one that just gives none is not.
    """
    active = [claim for claim in world.active(indicator) if claim.tells]
    ends = {claim.id: roots(claim, world) for claim in active if claim.links}

    def own(claim: Said) -> list[str]:
        """The roots that a relay may stand in for."""
        return [end for end in ends[claim.id] if world[end].place == claim.place]

    relays = [
        claim
        for claim in active
        if claim.links and all(world[end].standing in HIDDEN for end in ends[claim.id])
    ]
    chosen = dict[str, Said]()
    withdrawn = set[str]()
    for root in {root for claim in relays for root in own(claim)}:
        following = [claim for claim in relays if root in own(claim)]
        closest = min(following, key=lambda claim: (ends[claim.id][root], claim.vintage))
        chosen[closest.id] = closest
        if world[root].standing == "withdrawn-by-us":
            withdrawn.add(closest.id)
    return [claim for claim in active if not claim.links] + list(chosen.values()), withdrawn


# Independence


def ancestors(claim: Said, world: World) -> set[str]:
    """All claims that a claim is derived from or rests on, directly or through others."""
    found = set[str]()
    next_ones = {claim.id}
    while next_ones:
        said = world[next_ones.pop()]
        parents = {*said.links, *said.statement.rests_on} - found
        found |= parents
        next_ones |= parents
    return found


def rests_on(one: Said, other: Said, world: World) -> bool:
    """Whether one claim rests on what the voice of another says of the same thing."""
    return any(
        (world[name].voice, world[name].place) == (other.voice, other.place)
        for name in ancestors(one, world)
    )


def independent(one: Said, other: Said, world: World) -> bool:
    """Whether two origins are of different voices and neither rests on the other."""
    if one.voice == other.voice:
        return False
    return not rests_on(one, other, world) and not rests_on(other, one, world)


def voices_of(used: list[Said], world: World) -> int:
    """The number of voices among origins that rest on no other of them."""
    return len(
        {
            claim.voice
            for claim in used
            if not any(other.voice != claim.voice and rests_on(claim, other, world) for other in used)
        }
    )


def agree(one: Said, other: Said, world: World) -> bool:
    """Whether two origins are independent and confirm each other."""
    if not independent(one, other, world):
        return False
    if one.statement.stance or other.statement.stance:
        return not apart(one, other)
    ranges = widened(one), widened(other)
    closed = all(None not in bounds for bounds in ranges)
    return (closed and meet(*ranges)) or _near(one, other)


def _near(one: Said, other: Said) -> bool:
    """Whether the numbers that two claims give differ by at most a tenth of the larger."""
    first, second = _number(one), _number(other)
    if first is None or second is None:
        return False
    return abs(first - second) * 10 <= max(abs(first), abs(second))


def _number(claim: Said) -> Fraction | None:
    """The best of a claim, else its only bound."""
    best, given = best_of(claim), claim.numbers
    return best if best is not None else exact(given[0]) if len(given) == 1 else None


def support(used: list[Said], contradicted: bool, world: World) -> str | None:
    """How well a figure stands, by the origins that it uses."""
    if not used:
        return None
    if contradicted:
        return "contested"
    firm = [claim for claim in used if not claim.weak]
    good = [claim for claim in firm if claim.reliability in ("A", "B")]
    for three in combinations(good, 3):
        if all(agree(one, other, world) for one, other in combinations(three, 2)):
            return "strong"
    pairs = any(agree(one, other, world) for one, other in combinations(firm, 2))
    return "corroborated" if pairs else "single"
