"""Totals that became smaller from one cut-off of a voice to its next."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from domain.estimates.claims import Cell, Claim
from domain.estimates.figures import below
from domain.estimates.suspicions.ledger import Ledger
from domain.estimates.suspicions.line import Line, Voice, voice_of
from domain.estimates.suspicions.suspicion import Suspicion, suspicion


class Falls:
    """The latest vintages of each voice by their cut-offs, each compared to the one before."""

    def __init__(self, place: int) -> None:
        self._place = place
        self._cells = defaultdict[tuple[Voice, Cell], list[tuple[tuple[int, ...], Claim]]](list)
        self._lines = defaultdict[Voice, Line](Line)
        self._touched = dict[str, Claim]()

    def all(self, claims: Sequence[Claim]) -> Iterator[Suspicion]:
        """What the claims of one line arouse, in the order of their cut-offs."""
        latest = dict[Cell, Claim]()
        for claim in claims:
            other = latest.setdefault(claim.cell, claim)
            if claim.vintage_order > other.vintage_order:
                latest[claim.cell] = claim
        line = [claim for claim in claims if latest[claim.cell] is claim and claim.has_figure]
        for before, after in pairwise(line):
            yield from fall(before, after)

    def join(self, claim: Claim) -> None:
        """Add an unlinked observed claim that may be a headline."""
        cell, entry = self._cells[voice_of(claim), claim.cell], (claim.vintage_order, claim)
        latest = cell[-1][1] if cell else None
        insort(cell, entry)
        if cell[-1] is entry:
            self._replace(latest, claim)

    def leave(self, claim: Claim) -> None:
        """Remove a claim that was added."""
        cell = self._cells[voice_of(claim), claim.cell]
        was_latest = cell[-1][1].id == claim.id
        del cell[bisect_left(cell, (claim.vintage_order,))]
        if was_latest:
            self._replace(claim, cell[-1][1] if cell else None)

    def settle(self, ledger: Ledger) -> None:
        """Compare the claims whose neighbour before changed."""
        for claim in self._touched.values():
            ledger.note((self._place, claim.id), self._fall(claim))
        self._touched.clear()

    def _replace(self, was: Claim | None, now: Claim | None) -> None:
        """Have another claim be the latest of a cell."""
        if was is not None and was.has_figure:
            self._touched[was.id] = was
            self._touch_next(was, self._lines[voice_of(was)].remove(was))
        if now is not None and now.has_figure:
            self._touched[now.id] = now
            self._touch_next(now, self._lines[voice_of(now)].add(now) + 1)

    def _touch_next(self, claim: Claim, place: int) -> None:
        line = self._lines[voice_of(claim)]
        if place < len(line):
            self._touched[line[place].id] = line[place]

    def _fall(self, claim: Claim) -> list[Suspicion]:
        """The suspicion that a claim falls below the one before it, while it is in its line."""
        line = self._lines[voice_of(claim)]
        at = line.place(claim)
        there = 0 < at < len(line) and line[at].id == claim.id
        return fall(line[at - 1], line[at]) if there else []


def fall(before: Claim, after: Claim) -> list[Suspicion]:
    """The suspicion that a total falls below the one before it."""
    if not below(after, before):
        return []
    detail = f"the total of {after.originator} falls from {before.id} to {after.id}"
    return [suspicion("fall", detail, before, after)]
