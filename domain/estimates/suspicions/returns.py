"""Old figures published again: a claim that equals an earlier one of its voice, another between.

Where several such claims of a voice follow one another, as a level that goes up and down has them, they
are one run and arouse one suspicion.
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from domain.estimates.claims import Claim
from domain.estimates.figures import single_number
from domain.estimates.flags import Flag
from domain.estimates.suspicions.ledger import Ledger
from domain.estimates.suspicions.line import Line, Voice, voice_of
from domain.estimates.suspicions.suspicion import Suspicion


class Returns:
    """What each voice said, by its cut-offs; only what a change may matter to is compared."""

    def __init__(self, place: int) -> None:
        self._place = place
        self._said = defaultdict[Voice, Line](Line)
        self._alike = defaultdict[tuple[Voice, float], Line](Line)
        self._again = defaultdict[Voice, Line](Line)
        self._touched = dict[tuple[Voice, tuple[int, ...], str], Claim]()
        self._whole = set[tuple[Voice, float | None, int | None]]()
        """Figures and cut-offs of which all claims are touched: a report of many touches them once."""

    def all(self, claims: Sequence[Claim]) -> Iterator[Suspicion]:
        """What the claims of one line arouse, in the order of their cut-offs."""
        return _returns(claims)

    def join(self, claim: Claim) -> None:
        """Add an unlinked observed claim with a figure that may be a headline."""
        self._said[voice_of(claim)].add(claim)
        self._same(claim).add(claim)
        self._touch(claim)

    def leave(self, claim: Claim) -> None:
        """Remove a claim that was added."""
        self._touch(claim)
        self._said[voice_of(claim)].remove(claim)
        self._same(claim).remove(claim)

    def settle(self, ledger: Ledger) -> None:
        """Compare the claims that a change may matter to."""
        for claim in self._touched.values():
            self._settle(claim)
        around = [each for claim in self._touched.values() for each in self._around(claim)]
        found: dict[str, Sequence[Suspicion]] = {each.id: () for each in around}
        for id, run in (found | self._runs(around)).items():
            ledger.note((self._place, id), run)
        self._touched.clear()
        self._whole.clear()

    def _touch(self, claim: Claim) -> None:
        """Note what a claim that is there matters to: itself, its equals, and others around it."""
        voice, figure = voice_of(claim), _number(claim)
        self._touched[voice, claim.headline_order, claim.id] = claim
        if self._same(claim)[0].id == claim.id:
            self._touch_all(voice, figure, None)
        for each, cutoff in self._perhaps_between(claim):
            self._touch_all(voice, each, cutoff)

    def _touch_all(self, voice: Voice, figure: float | None, cutoff: int | None) -> None:
        """Note all claims of a voice with a figure or with any, of one cut-off or of all."""
        group = voice, figure, cutoff
        if group in self._whole:
            return  # what joined it or left it since was noted by itself
        self._whole.add(group)
        line = self._said[voice] if figure is None else self._alike[voice, figure]
        for each in line.span(*((0, len(line)) if cutoff is None else line.places(cutoff))):
            self._touched[voice, each.headline_order, each.id] = each

    def _perhaps_between(self, claim: Claim) -> Iterator[tuple[float | None, int]]:
        """The figures and cut-offs of later claims that a claim may matter to; None is any figure.

        It may be the only other figure since theirs was first given. All that lies between must be
        theirs, so the search ends where there are two figures.
        """
        said, figure = self._said[voice_of(claim)], None
        at = said.after(claim.cutoff)
        while at < len(said):
            first = said[at]
            yield figure, first.cutoff
            end, number = said.after(first.cutoff), _number(first)
            others = end - at > len(range(*self._same(first).places(first.cutoff)))
            if others or number == _number(claim) or figure not in (None, number):
                return
            figure = number
            if self._others_since(claim, first) != 1:
                return
            at = end

    def _others_since(self, claim: Claim, later: Claim) -> int:
        """How many other figures lie between a later claim and where its own was first given.

        0 where `claim`, which is between otherwise, lies before that.
        """
        first = self._same(later)[0]
        return 0 if first.cutoff >= claim.cutoff else self._between(first, later)

    def _settle(self, claim: Claim) -> None:
        """Find whether a claim repeats an earlier one, if it is there."""
        again = self._again[voice_of(claim)]
        if claim in again:
            again.remove(claim)
        alike = self._same(claim)
        if claim in alike and self._between(alike[0], claim):
            again.add(claim)

    def _around(self, claim: Claim) -> list[Claim]:
        """A claim, there or not, and those before and after it, whose runs it may join or part."""
        said = self._said[voice_of(claim)]
        at = said.place(claim)
        return [claim, *said.span(max(at - 1, 0), at + 2)]

    def _runs(self, claims: Iterable[Claim]) -> dict[str, Sequence[Suspicion]]:
        """The runs that these claims are in, by the first claim of each."""
        found, seen = dict[str, Sequence[Suspicion]](), defaultdict[Voice, _Places](_Places)
        for claim in claims:
            voice = voice_of(claim)
            again, said = self._again[voice], self._said[voice]
            at = again.place(claim)
            there = at < len(again) and again[at].id == claim.id
            if there and at not in seen[voice]:
                places = _run(again, said, at)
                seen[voice].add(places)
                first, last = again[places.start], again[places.stop - 1]
                ends = (first,) if len(places) == 1 else (first, last)
                found[first.id] = (_repeated(ends, len(places), self._same(first)[0]),)
        return found

    def _between(self, first: Claim, last: Claim) -> int:
        """How many claims with another figure have cut-offs between those of two equal ones."""
        said, alike = self._said[voice_of(last)], self._same(last)
        days = first.cutoff, last.cutoff
        return said.between(*days) - alike.between(*days)

    def _same(self, claim: Claim) -> Line:
        return self._alike[voice_of(claim), _number(claim)]


class _Places:
    """Runs of places that do not overlap; of a voice there may be ten thousand."""

    def __init__(self) -> None:
        self._starts, self._ends = list[int](), dict[int, int]()

    def add(self, places: range) -> None:
        """Add places, none of which is among these."""
        insort(self._starts, places.start)
        self._ends[places.start] = places.stop

    def __contains__(self, place: int) -> bool:
        before = bisect_right(self._starts, place)
        return before > 0 and place < self._ends[self._starts[before - 1]]


def _run(again: Line, said: Line, place: int) -> range:
    """The places in `again` of the run of a claim there: in `said` nothing lies between."""
    others = range(len(again))

    def others_before(at: int) -> int:
        return said.before(again, at) - at

    here = others_before(place)
    return range(*(find(others, here, key=others_before) for find in (bisect_left, bisect_right)))


def _returns(said: Sequence[Claim]) -> Iterator[Suspicion]:
    """The runs of claims of one voice, by cut-off, that repeat a figure with another in between."""
    numbered = enumerate(_repeats(said))
    for _, run in groupby(numbered, key=lambda each: each[1].place - each[0]):
        repeats = [repeat for _, repeat in run]
        claims = [said[each.place] for each in repeats]
        yield _repeated(claims, len(claims), repeats[0].before)


class _Repeat(NamedTuple):
    """Where a claim stands that gives the figure of `before` again."""

    place: int
    before: Claim


def _repeats(said: Sequence[Claim]) -> Iterator[_Repeat]:
    values, cutoffs = [_number(claim) for claim in said], [claim.cutoff for claim in said]
    first, run_starts = dict[float, int](), list[int]()
    run = last = -1  # where the run of equal figures starts, and the last claim of an earlier cut-off
    for i, value in enumerate(values):
        if not i or values[i - 1] != value:
            run = i
        if i and cutoffs[i - 1] != cutoffs[i]:
            last = i - 1
        run_starts.append(run)
        before = first.setdefault(value, i)
        if cutoffs[before] < cutoffs[i]:
            start = bisect_right(cutoffs, cutoffs[before])
            if start <= last and (values[last] != value or run_starts[last] > start):
                yield _Repeat(i, said[before])


def _repeated(run: Sequence[Claim], length: int, before: Claim) -> Suspicion:
    """The suspicion that a run arouses, of which all claims are given or the first and the last.

    The first of it repeats the figure of `before`.

    Its flag names no more than these two, however long the run is, so it stays the same as it grows.
    """
    first, last, more = run[0], run[-1], length - 1
    detail = f"{first.id} gives the figure of {before.id} again, though another lies between"
    if more:
        others = "the next claim does" if more == 1 else f"the next {more} do"
        detail += f"; so {others} with earlier figures, up to {last.id}"
    flag = Flag("stale-relay-suspected", detail, (first.id, before.id))
    return Suspicion(flag, (*run, before))


def _number(claim: Claim) -> float:
    number = single_number(claim.best, claim.low, claim.high)
    assert number is not None
    return number
