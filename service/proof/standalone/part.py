"""What one cell, one headline or one sum comes to, and why claims are not part of it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from service.proof.standalone.claims import Said, World
from service.proof.standalone.policies import Origin
from service.proof.standalone.records import Definition

TIMED = ("stock", "cumulative")
Flags = list[tuple[str, tuple[str, ...]]]
Choose = Callable[[Sequence[Said]], list[Said]]
"""The claims that speak for their voices, at most one a voice."""


class Reasons(defaultdict[str, set[str]]):
    """Why claims are not used, by claim."""

    def __init__(self) -> None:
        super().__init__(set)

    def add(self, reason: str, claims: Iterable[Said]) -> None:
        """Give a reason for some claims."""
        for claim in claims:
            self[claim.id].add(reason)

    def take(self, other: "Reasons") -> None:
        """Take over the reasons of a part."""
        for claim, reasons in other.items():
            self[claim] |= reasons


@dataclass(frozen=True)
class Context:
    """What every step has to know beside the claims."""

    definition: Definition
    world: World
    policy: str
    headline: bool

    @property
    def measure(self) -> str:
        """The measure of the indicator."""
        return str(self.definition.measure)


@dataclass
class Part:
    """What one cell, one headline or one sum comes to.

    `silent` is whether nobody gives a figure, `known` whether there is a range, perhaps open; `own`
    whether there is an origin with a figure; `inside` whether what lies inside is part of the figure;
    `by` are the claims of a cell itself.
    """

    best: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    silent: bool = True
    known: bool = False
    own: bool = False
    inside: bool = False
    used: list[Said] = field(default_factory=list)
    by: list[Said] = field(default_factory=list)
    level: str | None = None
    flags: Flags = field(default_factory=list)
    leading: Origin | None = None
    excluded: Reasons = field(default_factory=Reasons)
    targets: list[str] = field(default_factory=list)
    covered: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    cutoff: date | None = None
    covers: datetime | None = None
    counted: list[Said] = field(default_factory=list)


# One claim a voice


def by_voice(claims: Sequence[Said]) -> list[list[Said]]:
    """The claims of each voice."""
    return [[c for c in claims if c.voice == voice] for voice in sorted({c.voice for c in claims})]


def latest(claims: Sequence[Said]) -> list[Said]:
    """The latest claim of each voice."""
    return [max(said, key=lambda c: c.vintage) for said in by_voice(claims)]


def latest_cutoff(claims: Sequence[Said]) -> list[Said]:
    """The latest claim of each voice in its cell with the latest cut-off."""
    return [max(said, key=lambda c: (c.cutoff, c.vintage)) for said in by_voice(claims)]


def firm_first(claims: Sequence[Said], choose: Choose, why: Reasons) -> list[Said]:
    """One claim a voice; the weak ones only where no other gives a figure."""
    chosen = choose([claim for claim in claims if not claim.weak])
    if any(claim.figure for claim in chosen):
        why.add("weak", (claim for claim in claims if claim.weak))
        return chosen
    return choose(claims)
