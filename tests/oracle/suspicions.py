"""Flags over all active claims of an indicator: what a careful analyst would check again."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import Any

from service.proof.standalone.assessments import Judged
from service.proof.standalone.claims import Said, Times, World
from service.proof.standalone.figures import (
    Bounds,
    below,
    cell_of,
    exact,
    hull,
    single_number,
    total,
    widened,
)
from service.proof.standalone.origins import origins
from service.proof.standalone.part import Flags, Part
from service.proof.standalone.parts import from_parts
from service.proof.standalone.question import HEADLINE, Asked, Question, part_of
from service.proof.standalone.records import Definition
from service.proof.standalone.sums import least
from tests.oracle.assessments import Read, changed_since

SUSPICIONS = (
    *("disputed", "bad-interval", "below-minimum", "same-moment", "taken-back", "fall"),
    *("parts-mismatch", "parts-exceed-whole", "rests-on-withdrawn", "relay-suspected"),
    *("stale-relay-suspected", "inputs-changed"),
)
"""The flags over all active claims that `suspicions` works out."""


@dataclass(frozen=True)
class Suspicion:
    """A flag, the claims that it is compared by, and those of which one must be asked for."""

    code: str
    claims: tuple[str, ...]
    about: tuple[Said, ...]


def suspicions(
    definition: Definition,
    indicator: str,
    judged: Judged | None,
    times: Times,
    read: Read,
    asked: Asked = HEADLINE,
) -> Flags:
    """The suspicions about what was asked; a question without a cohort covers all."""
    question = Question(indicator, definition, read(times), asked)

    def about(claim: Said) -> bool:
        cohort = claim.statement.cohort if asked.cohort is None else asked.cohort
        measure = question.world.definitions[claim.place[0]]
        wide = replace(question, definition=measure, asked=replace(asked, cohort=cohort))
        return wide.about(claim)

    found: Flags = [
        (each.code, tuple(sorted(each.claims)))
        for each in suspected(question)
        if any(about(claim) for claim in each.about)
    ]
    if exceeds(question):
        found.append(("parts-exceed-whole", ()))
    changed = changed_since(judged, times, read) if judged else ()
    if changed and replace(asked, policy=None) == HEADLINE:
        found.append(("inputs-changed", tuple(sorted(changed))))
    return sorted(set(found))


def suspected(question: Question) -> list[Suspicion]:
    """Every suspicion about single claims, whatever is asked of the indicator."""
    active = question.world.active(question.name)
    found = [_one("disputed", claim) for claim in active if claim.disputed]
    ours = origins(question.world, question.name)[1]
    found += [_one("rests-on-withdrawn", claim) for claim in active if claim.id in ours]
    own = [claim for claim in active if not claim.links and (claim.tells)]
    found += _same_moments(question.definition, own)
    if question.measure == "proposition":
        return found
    found += [_one("bad-interval", claim) for claim in active if _disordered(claim)]
    floor = least(question.definition)
    found += [_one("below-minimum", claim) for claim in active if _too_low(claim, floor)]
    found += _taken_back(question.definition, own)
    found += _relays(question, active)
    if question.measure == "cumulative":
        found += _falls(question.definition, own)
    if question.measure in ("stock", "cumulative"):
        found += _stale_relays(question.definition, own)
    return found + _mismatches(question)


def _one(code: str, claim: Said, *others: Said) -> Suspicion:
    """A suspicion that is compared by its first claim."""
    return Suspicion(code, (claim.id,), (claim, *others))


def _both(code: str, *claims: Said) -> Suspicion:
    return Suspicion(code, tuple(claim.id for claim in claims), claims)


def _disordered(claim: Said) -> bool:
    return any(one > other for one, other in combinations(claim.numbers, 2))


def _too_low(claim: Said, floor: Fraction | None) -> bool:
    return floor is not None and any(exact(number) < floor for number in claim.numbers)


# One voice


def _cells(definition: Definition, claims: Iterable[Said]) -> list[list[Said]]:
    """The claims of each voice on each cell, in the order in which they count."""
    found: dict[Any, list[Said]] = {}
    for claim in sorted(claims, key=lambda c: c.vintage):
        found.setdefault((claim.voice, cell_of(definition, claim)), []).append(claim)
    return list(found.values())


def _says(claim: Said) -> tuple[Any, ...]:
    q, stance = claim.statement.quantity, claim.statement.stance
    return (q.low, q.best, q.high) if q else (stance and stance.asserts,)


def _same_moments(definition: Definition, own: Sequence[Said]) -> list[Suspicion]:
    """The last two of a voice on a cell differ, and neither is later."""
    lasts = [said[-2:] for said in _cells(definition, own) if len(said) > 1]
    return [
        _both("same-moment", *last)
        for last in lasts
        if last[0].vintage[:2] == last[1].vintage[:2] and _says(last[0]) != _says(last[1])
    ]


def _taken_back(definition: Definition, own: Sequence[Said]) -> list[Suspicion]:
    """A voice says that it has no figure where it had one."""
    return [
        _one("taken-back", said[-1], *(claim for claim in said if claim.figure))
        for said in _cells(definition, own)
        if said[-1].unknown and any(claim.figure for claim in said)
    ]


def _falls(definition: Definition, own: Sequence[Said]) -> list[Suspicion]:
    """A voice's total is smaller at a later cut-off."""
    latest = [said[-1] for said in _cells(definition, own)]
    totals = [c for c in latest if c.figure and not c.prospective and not cell_of(definition, c).first]
    totals.sort(key=lambda c: (c.cutoff, c.vintage))
    groups: dict[Any, list[Said]] = {}
    for claim in totals:
        groups.setdefault((claim.voice, claim.statement.cohort), []).append(claim)
    return [
        _both("fall", before, after)
        for said in groups.values()
        for before, after in pairwise(said)
        if below(widened(after), widened(before))
    ]


def _stale_relays(definition: Definition, own: Sequence[Said]) -> list[Suspicion]:
    """Runs of a voice's old figures given again, though a different one lies between."""
    said = [
        claim
        for claim in own
        if claim.figure and not claim.prospective
        if definition.measure == "stock" or not cell_of(definition, claim).first
    ]

    def between(early: Said, late: Said) -> bool:
        return early.cutoff < late.cutoff and any(
            (c.voice, c.place) == (late.voice, late.place)
            and early.cutoff < c.cutoff < late.cutoff
            and single_number(c) != single_number(late)
            for c in said
        )

    again = {
        late.id: early
        for early, late in product(sorted(said, key=_spoken, reverse=True), said)
        if (early.voice, early.place) == (late.voice, late.place)
        if single_number(early) == single_number(late) and between(early, late)
    }
    runs, before = list[list[Said]](), dict[Any, Said]()
    for claim in sorted(said, key=_spoken):
        previous = before.get((claim.voice, claim.place))
        before[claim.voice, claim.place] = claim
        if claim.id in again and previous is not None and previous.id in again:
            next(run for run in runs if run[-1] is previous).append(claim)
        elif claim.id in again:
            runs.append([claim])
    return [_one("stale-relay-suspected", *run, again[run[0].id]) for run in runs]


def _spoken(claim: Said) -> Any:
    return claim.cutoff, claim.vintage


# Two voices


def _relays(question: Question, active: Sequence[Said]) -> list[Suspicion]:
    """A figure equal to that of another voice shortly before, on the same cell."""
    found = list[Suspicion]()
    for claim, other in product(active, active):
        days = (claim.stated.date() - other.stated.date()).days
        if (
            claim.numbers
            and not claim.links
            and claim.voice != other.voice
            and other.vintage < claim.vintage
            and days <= 14
            and _says(claim)[:3] == _says(other)[:3]
            and max(map(abs, claim.numbers)) >= 10
            and cell_of(question.definition, claim) == cell_of(question.definition, other)
            and claim.id not in _derived_from(other, question.world)
        ):
            found.append(_one("relay-suspected", claim, other))
    return found


def _derived_from(claim: Said, world: World) -> set[str]:
    """The claims that a claim is derived from, directly or through others."""
    found = set(claim.links)
    for _ in world:
        found |= {parent for name in found for parent in world[name].links}
    return found


# A whole and its parts

Key = Callable[[Said], str | None]
GROUPINGS: tuple[Key, ...] = (
    lambda claim: claim.report,
    lambda claim: None if claim.links else claim.voice,  # a relay is nobody's own word
)


def _mismatches(question: Question) -> list[Suspicion]:
    """A whole and all its parts, of one cell in one report or by one voice, do not add up."""
    names = [name for name in question.definition.parts if name in question.world.definitions]
    if not names or len(names) < len(question.definition.parts):
        return []
    found = list[Suspicion]()
    for key in GROUPINGS:
        wholes = _latest(question.world, question.name, key)
        parts = [_latest(question.world, name, key) for name in names]
        for place, whole in wholes.items():
            if all(place in part for part in parts):
                said = [part[place] for part in parts]
                if _differ(hull(whole), _sum(said)):
                    found.append(_both("parts-mismatch", whole, *said))
    return found


def _latest(world: World, name: str, key: Key) -> dict[Any, Said]:
    """The latest figure of each group on each cell."""
    said = [claim for claim in world.active(name) if claim.numbers and key(claim)]
    said.sort(key=lambda c: c.vintage)
    return {(key(claim), cell_of(world.definitions[name], claim)): claim for claim in said}


def _sum(claims: Sequence[Said]) -> Bounds:
    lows, highs = zip(*map(hull, claims), strict=True)
    return total(lows), total(highs)


def _differ(one: Bounds, other: Bounds) -> bool:
    return below(one, other) or below(other, one)


def exceeds(question: Question) -> bool:
    """Whether the parts' lows together lie above the whole's high, whoever said them.

    They are added as where they stand for the whole: of a level, those of about one time.
    """
    asked, names = question.asked, question.definition.parts
    narrow = asked.originator or asked.incident or (asked.period and question.measure != "increment")
    if question.measure == "proposition" or narrow or not names:
        return False
    plain = replace(question, asked=replace(asked, policy=None))
    whole, known = part_of(plain), question.world.definitions
    asked_parts = [replace(plain, name=n, definition=known[n]) for n in names if n in known]
    parts = [_answer(each) for each in asked_parts]
    late = not asked.period and any(_later(part, whole) for part in parts)
    if whole.high is None or not whole.own or late:
        return False
    together = from_parts(plain, frozenset())
    return together is not None and together.low is not None and together.low > whole.high


def _answer(question: Question) -> Part:
    part = part_of(question)
    return part if part.own else from_parts(question, frozenset()) or part


def _later(part: Part, whole: Part) -> bool:
    """Whether a part's cut-off is more than 3 days after the whole's."""
    one, other = _covers(part), _covers(whole)
    return one is not None and other is not None and (one - other).days > 3


def _covers(part: Part) -> date | None:
    """The UTC day of the leading claim's cut-off, of several cells the latest."""
    if part.leading and part.leading.claim and not part.leading.inside:
        return part.leading.claim.cutoff.date()
    return max((claim.cutoff.date() for claim in part.used), default=None)
