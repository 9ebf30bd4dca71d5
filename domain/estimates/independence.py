"""Which origins are independent: of different voices, and neither rests on the other."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from domain.estimates.claims import Claim, LookUp

Subject = tuple[str, str, str | None]
"""A voice, an indicator and a cohort: resting on a claim is resting on what its voice says of these."""
Pair = frozenset[str]
"""The ids of two claims."""


@dataclass(frozen=True, slots=True)
class Resting:
    """For each origin that rests on other claims, by its id, what it rests on."""

    subjects: Mapping[str, Set[Subject]] = field(default_factory=dict)

    def among(self, origins: Sequence[Claim]) -> Mapping[str, Set[str]]:
        """For each of these origins that rests on others of them, which; directly or through others."""
        if not any(origin.id in self.subjects for origin in origins):
            return {}
        on = {one.id: {other.id for other in origins if self._rests(one, other)} for one in origins}
        return {name: _closure(name, on) for name in on if on[name]}

    def _rests(self, one: Claim, other: Claim) -> bool:
        subject = other.voice, other.indicator, other.cohort
        return one.voice != other.voice and subject in self.subjects.get(one.id, ())


NOTHING = Resting()


def _closure(name: str, on: Mapping[str, Set[str]]) -> set[str]:
    found, waiting = set[str](), [name]
    while waiting:
        fresh = on[waiting.pop()] - found
        found |= fresh
        waiting += fresh
    return found - {name}


def resting(origins: Sequence[Claim], look_up: LookUp) -> Resting:
    """What each of these origins rests on, through `rests_on` and `derived_from`."""
    found = {
        origin.id: _reached(origin, look_up) for origin in origins if origin.rests_on or origin.links
    }
    return Resting(found) if found else NOTHING


def _reached(claim: Claim, look_up: LookUp) -> set[Subject]:
    seen, waiting, subjects = set[str](), [*claim.rests_on, *claim.links], set[Subject]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        reached = look_up(name)
        if reached is not None:
            subjects.add((reached.voice, reached.indicator, reached.cohort))
            waiting += [*reached.rests_on, *reached.links]
    return subjects


def dependent_pairs(origins: Sequence[Claim], on: Resting) -> Set[Pair]:
    """The pairs of these origins of which one rests on the other."""
    if not on.subjects or len(origins) < 2:
        return frozenset()
    among = on.among(origins)
    return {frozenset((one, other)) for one, others in among.items() for other in others}


def independent(one: Claim, other: Claim, dependent: Set[Pair]) -> bool:
    """Whether two origins confirm or contradict each other at all."""
    if one.voice == other.voice:
        return False
    return not dependent or frozenset((one.id, other.id)) not in dependent


def independent_voices(origins: Sequence[Claim], on: Resting) -> int:
    """The number of voices among these origins that rest on no other of them."""
    among = on.among(origins)
    voices = {origin.voice for origin in origins if origin.id not in among}
    return len(voices) or min(1, len(origins))
