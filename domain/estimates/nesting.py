"""Cells of an increment: which lies inside which, and which overlap so that a sum would count twice.

Cells of one cohort nest by their days, a cohort's cell lies inside a cell of the whole, and incidents
lie inside periods. An incident holds no cell but the same incident of a cohort.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from domain.estimates.cells import Place, Span, meet, within

Order = tuple[str, float, float, str]
"""How places are ordered: by cohort, first day, last day (the latest first) and incident."""


@dataclass(frozen=True, slots=True)
class Nest:
    """The days of each place, the places that hold it, and those that lie directly inside it."""

    spans: Mapping[Place, Span]
    holders: Mapping[Place, Collection[Place]]
    inside: Mapping[Place, Sequence[Place]]

    def outermost(self, places: Collection[Place]) -> list[Place]:
        """Those of some places that no other of them holds, in order."""
        return [place for place in places if not any(h in places for h in self.holders.get(place, ()))]


def nested(spans: Mapping[Place, Span]) -> Nest:
    """Find which places lie inside which."""
    if len(spans) < 2:
        return Nest(spans, {}, {})
    cohorts: dict[str | None, list[Place]] = {}
    for place in spans:
        cohorts.setdefault(place.cohort, []).append(place)
    for places in cohorts.values():
        places.sort(key=lambda place: _first_then_longest(spans[place]))
    holders: dict[Place, set[Place]] = {}
    for cohort, places in cohorts.items():
        for by in {cohort, None} & cohorts.keys():
            for place, holder in _held(places, cohorts[by], spans):
                holders.setdefault(place, set()).add(holder)
    _hold_incidents(cohorts, holders)
    inside: dict[Place, list[Place]] = {}
    for place, holding in holders.items():
        for holder in holding:
            if not any(holder in holders.get(other, ()) for other in holding):
                inside.setdefault(holder, []).append(place)
    for each in inside.values():
        each.sort(key=lambda place: order_of(place, spans[place]))
    return Nest(spans, holders, inside)


def in_order(places: Iterable[Place], spans: Mapping[Place, Span]) -> list[Place]:
    """The whole before its cohorts, cohorts by name, places by first day."""
    return sorted(places, key=lambda place: order_of(place, spans[place]))


def order_of(place: Place, days: Span) -> Order:
    """Sort key of a place: the whole before its cohorts, cohorts by name, places by first day."""
    return place.cohort or "", *_first_then_longest(days), place.incident or ""


def _first_then_longest(days: Span) -> tuple[float, float]:
    return days[0], -days[1]


def _held(
    places: Sequence[Place], holders: Sequence[Place], spans: Mapping[Place, Span]
) -> Iterable[tuple[Place, Place]]:
    """Each place with each period that holds it; both are sorted by first day."""
    periods, begun, active = [h for h in holders if h.incident is None], 0, list[Place]()
    for place in places:
        days = spans[place]
        while begun < len(periods) and spans[periods[begun]][0] <= days[0]:
            active.append(periods[begun])
            begun += 1
        active = [holder for holder in active if spans[holder][1] >= days[0]]
        yield from ((place, h) for h in active if h != place and within(days, spans[h]))


def _hold_incidents(
    cohorts: Mapping[str | None, Sequence[Place]], holders: dict[Place, set[Place]]
) -> None:
    """An incident of a cohort lies inside the same incident of the whole, and in what holds that."""
    wholes = {place.incident: place for place in cohorts.get(None, ()) if place.incident}
    for cohort, places in cohorts.items():
        for place in places if wholes and cohort is not None else ():
            if place.incident in wholes:
                whole = wholes[place.incident]
                holders.setdefault(place, set()).update({whole, *holders.get(whole, ())})


def clashing(places: Collection[Place], spans: Mapping[Place, Span]) -> set[Place]:
    """Periods of one level that share a day, of one cohort or one of them of the whole.

    On one level no period of a cohort lies inside another, so that in order of first days their last
    days are in order as well.
    """
    if len(places) < 2:
        return set()
    cohorts: dict[str | None, list[Place]] = {}
    for place in places:
        if place.incident is None:
            cohorts.setdefault(place.cohort, []).append(place)
    for own in cohorts.values():
        own.sort(key=lambda place: spans[place])
    pairs = chain.from_iterable(pairwise(own) for own in cohorts.values())
    found = {place for pair in pairs if meet(*(spans[each] for each in pair)) for place in pair}
    wholes = cohorts.get(None, [])
    begins, ends = [spans[place][0] for place in wholes], [spans[place][1] for place in wholes]
    for place in chain.from_iterable(own for cohort, own in cohorts.items() if cohort is not None):
        first, last = spans[place]
        meeting = wholes[bisect_left(ends, first) : bisect_right(begins, last)]
        if meeting:
            found |= {place, *meeting}
    return found
