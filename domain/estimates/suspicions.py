"""Flags over all active claims of an indicator: what a careful analyst would check again.

Each is a suggestion to a reader. Nothing merges, links or drops by itself.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isinf

from domain.arithmetic import total
from domain.estimates.ageing import AGEING
from domain.estimates.cells import place_of
from domain.estimates.claims import Cell, Claim, LookUp, headline_order, in_headline, vintage_order
from domain.estimates.estimate import Question, concerns
from domain.estimates.estimation import with_figure
from domain.estimates.figures import below, hull_of, number_text, single_number
from domain.estimates.flags import Flag, FlagCode
from domain.estimates.origins import ancestors, resolve
from domain.vocabulary import Measure

RELAY_DAYS = 14
"""Maximum days between two equal figures for the later one to be suspected as a relay."""

SMALL = 10
"""Figures below this are often equal by chance: they are not suspected as relays."""

Parts = Mapping[str, Sequence[Claim]]
"""The active claims of each part of an indicator."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A flag and the claims that it is about."""

    flag: Flag
    about: tuple[Claim, ...]


def suspicions(
    headline: Question, claims: Sequence[Claim], parts: Parts, look_up: LookUp
) -> list[Suspicion]:
    """Every suspicion over active claims, relays and those without a figure included.

    `headline` is the question for the headline of their indicator.
    """
    measure = headline.measure
    vintages, _ = with_figure(measure, claims)
    found = [*_disputed(claims), *_resting_on_withdrawn(vintages, look_up)]
    found += _within_cells(vintages)
    if measure == "proposition":
        return found
    figures = [claim for claim in vintages if claim.has_figure]
    found += _bad_intervals(figures)
    if headline.minimum is not None:
        found += _below_minimum(figures, headline.minimum)
    if measure == "cumulative":
        found += _falls(vintages)
    if measure in AGEING:
        found += _stale_relays(measure, figures)
    found += _suspected_relays(figures, look_up)
    found += _parts_mismatches(figures, parts)
    return found


def flags_about(question: Question, found: Iterable[Suspicion]) -> list[Flag]:
    """The flags about what is asked; a question without a cohort covers all cohorts.

    A flag that is about no claim of the indicator is about its headline.
    """

    def asked(claim: Claim) -> bool:
        cohort = claim.cohort if question.cohort is None else question.cohort
        return concerns(replace(question, cohort=cohort), claim)

    return [
        each.flag
        for each in found
        if (any(asked(claim) for claim in each.about) if each.about else question.headline)
    ]


def _suspicion(code: FlagCode, detail: str, *about: Claim) -> Suspicion:
    return Suspicion(Flag(code, detail, tuple(claim.id for claim in about)), about)


def _disputed(claims: Iterable[Claim]) -> Iterator[Suspicion]:
    """Somebody disputes a claim."""
    for claim in claims:
        if claim.disputed_by:
            names = " and ".join(claim.disputed_by)
            yield _suspicion("disputed", f"{claim.id} is disputed by {names}", claim)


def _bad_intervals(claims: Iterable[Claim]) -> Iterator[Suspicion]:
    """A source's own bounds contradict its best, or each other; real files have them."""
    for claim in claims:
        given = [x for x in (claim.low, claim.best, claim.high) if x is not None]
        if given != sorted(given):
            detail = f"low, best and high of {claim.id} are out of order, as its source gave them"
            yield _suspicion("bad-interval", detail, claim)


def _below_minimum(claims: Iterable[Claim], minimum: float) -> Iterator[Suspicion]:
    """A figure that the indicator cannot have."""
    for claim in claims:
        if min(x for x in (claim.low, claim.best, claim.high) if x is not None) < minimum:
            detail = f"{claim.id} is below {number_text(minimum)}, the minimum of its indicator"
            yield _suspicion("below-minimum", detail, claim)


def _resting_on_withdrawn(claims: Iterable[Claim], look_up: LookUp) -> Iterator[Suspicion]:
    """A relay stands in for a claim that we withdrew."""
    for claim in resolve(claims, look_up).rests_on_withdrawn:
        detail = f"{claim.id} stands in for a claim that was withdrawn from this log"
        yield _suspicion("rests-on-withdrawn", detail, claim)


def _within_cells(claims: Iterable[Claim]) -> Iterator[Suspicion]:
    """A voice that gave two figures of one cell at once, or that has no figure there any more."""
    cells: dict[object, list[Claim]] = {}
    for claim in sorted((claim for claim in claims if not claim.links), key=vintage_order):
        cells.setdefault((claim.voice, place_of(claim)), []).append(claim)
    for said in cells.values():
        last, before = said[-1], said[:-1]
        if before and _at_once(before[-1], last):
            detail = f"{before[-1].id} and {last.id} of {last.originator} differ, and neither is later"
            yield _suspicion("same-moment", detail, before[-1], last)
        had = [claim for claim in before if claim.has_figure]
        if had and not last.has_figure:
            detail = f"{last.originator} has no figure any more ({last.id}); before it was {had[-1].id}"
            yield _suspicion("taken-back", detail, last, had[-1])


def _at_once(one: Claim, other: Claim) -> bool:
    """Whether two claims were stated and published together and say different things."""
    same = (one.stated, one.published) == (other.stated, other.published)
    return same and _figure(one) != _figure(other)


def _figure(claim: Claim) -> tuple[object, ...]:
    return claim.low, claim.best, claim.high, claim.asserts


def _falls(claims: Iterable[Claim]) -> Iterator[Suspicion]:
    """An originator's total became smaller from one cut-off to a later one."""
    cells: dict[tuple[str, str | None], dict[Cell, Claim]] = {}
    for claim in _own_words("cumulative", claims):
        cells.setdefault((claim.voice, claim.cohort), {})[claim.cell] = claim
    for latest in cells.values():
        figures = [claim for claim in latest.values() if claim.has_figure]
        for before, after in pairwise(sorted(figures, key=headline_order)):
            if below(after, before):
                detail = f"the total of {after.originator} falls from {before.id} to {after.id}"
                yield _suspicion("fall", detail, before, after)


def _stale_relays(measure: Measure, claims: Iterable[Claim]) -> Iterator[Suspicion]:
    """An old figure published again: it equals an earlier one, with another between the two."""
    voices: dict[tuple[str, str | None], list[Claim]] = {}
    for claim in _own_words(measure, claims):
        voices.setdefault((claim.voice, claim.cohort), []).append(claim)
    for said in voices.values():
        yield from _returns(sorted(said, key=headline_order))


def _returns(said: Sequence[Claim]) -> Iterator[Suspicion]:
    """Claims that repeat a value of the same originator, with another at a cut-off in between."""
    values = [single_number(claim.best, claim.low, claim.high) for claim in said]
    cutoffs = [claim.cutoff for claim in said]
    first, run_starts = dict[float | None, Claim](), list[int]()
    for i, (claim, value) in enumerate(zip(said, values, strict=True)):
        run_starts.append(run_starts[-1] if i and values[i - 1] == value else i)
        before = first.setdefault(value, claim)
        start, last = bisect_right(cutoffs, before.cutoff), bisect_left(cutoffs, claim.cutoff) - 1
        if start <= last and (values[last] != value or run_starts[last] > start):
            detail = f"{claim.id} gives the figure of {before.id} again, though another lies between"
            yield _suspicion("stale-relay-suspected", detail, claim, before)


def _own_words(measure: Measure, claims: Iterable[Claim]) -> list[Claim]:
    """Unlinked observed claims that may be a headline, in the order in which they were said."""
    own = [c for c in claims if not c.links and not c.prospective and in_headline(measure, c.cell)]
    return sorted(own, key=vintage_order)


def _suspected_relays(claims: Iterable[Claim], look_up: LookUp) -> Iterator[Suspicion]:
    """A figure equal to that of another voice shortly before, on the same cell."""
    alike: dict[object, list[Claim]] = {}
    for claim in claims:
        if max(abs(x) for x in (claim.low, claim.best, claim.high) if x is not None) >= SMALL:
            alike.setdefault((place_of(claim), *_figure(claim)), []).append(claim)
    for same in alike.values():
        # One originator's claims with the same links all derive from another claim, or none does.
        latest: dict[tuple[str, tuple[str, ...]], Claim] = {}
        for claim in sorted(same, key=vintage_order):
            source = None if claim.links else _perhaps_from(claim, latest.values(), look_up)
            if source:
                detail = f"{claim.id} equals {source.id} of {source.originator}: taken from there?"
                yield _suspicion("relay-suspected", detail, claim, source)
            latest[claim.voice, claim.links] = claim


def _perhaps_from(claim: Claim, latest: Iterable[Claim], look_up: LookUp) -> Claim | None:
    """The first claim of another voice that gave the figure shortly before, not from this one."""
    others = [
        other
        for other in latest
        if other.voice != claim.voice
        and claim.stated_day - other.stated_day <= RELAY_DAYS
        and claim.id not in ancestors(other, look_up)
    ]
    return min(others, key=vintage_order, default=None)


Grouping = Callable[[Claim], str | None]
_GROUPINGS: tuple[Grouping, ...] = (
    lambda claim: claim.report,
    lambda claim: None if claim.links else claim.voice,  # a relay is nobody's own word
)


def _parts_mismatches(claims: Sequence[Claim], parts: Parts) -> Iterator[Suspicion]:
    """A whole and all its parts, of one cell in one report or by one originator, do not add up."""
    if not parts:
        return
    reported = set[tuple[str, ...]]()
    for grouping in _GROUPINGS:
        of_parts = [_latest(each, grouping) for each in parts.values()]
        for place, whole in _latest(claims, grouping).items():
            found = [part[place] for part in of_parts if place in part]
            about = (whole, *found)
            ids = tuple(claim.id for claim in about)
            if len(found) == len(parts) and ids not in reported and _apart(whole, found):
                reported.add(ids)
                yield _suspicion("parts-mismatch", f"the parts do not sum to {whole.id}", *about)


def _latest(claims: Iterable[Claim], grouping: Grouping) -> dict[object, Claim]:
    said = sorted((claim for claim in claims if grouping(claim)), key=vintage_order)
    return {(grouping(claim), place_of(claim)): claim for claim in said}


def _apart(whole: Claim, parts: Sequence[Claim]) -> bool:
    """Whether a whole and the sum of its parts have no point in common."""
    (low, high), ends = hull_of(whole), [hull_of(part) for part in parts]
    least, most = (_sum(bounds) for bounds in zip(*ends, strict=True))
    return high < least or most < low


def _sum(bounds: Iterable[float]) -> float:
    given = list(bounds)
    infinite = [bound for bound in given if isinf(bound)]
    return infinite[0] if infinite else total(given)
