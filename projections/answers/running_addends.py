"""The addends of a sum whose claims come and go: only the families of cells that change are summed.

The families are those of the sums that are kept.
"""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import chain
from typing import NamedTuple

from domain.estimates.cell_figures import Memory
from domain.estimates.cells import meet, span, within
from domain.estimates.claims import Claim
from domain.estimates.estimate import Question
from domain.estimates.estimation import with_figure
from domain.estimates.figures import UNKNOWN, Figure
from domain.estimates.nesting import Order, order_of
from domain.estimates.running_sum import RunningSum
from domain.estimates.sums import Addend, addends, first_uses
from domain.vocabulary import split_claim_id
from projections.answers.running_notes import Noted, RunningNotes, noted
from projections.sums.addends import cell_row, said_in
from projections.sums.cells import Cells, regrouped
from projections.sums.families import CellRow, Key, numbered


class RunningAddends:
    """The outermost cells of a sum, in order, and what they come to."""

    def __init__(self, question: Question, notes: RunningNotes | None = None) -> None:
        self.question, self.notes = question, notes
        self._cells = Cells()
        self._memory = Memory()
        self._families = defaultdict[int, list[Order]](list)
        self._order = list[Order]()
        self._standing = dict[Order, _Standing]()
        self._of_report = defaultdict[str, set[Order]](set)
        self._sum, self._cover, self._clashing, self.n_used = RunningSum(), _Latest(), 0, 0
        self._over_the_edge = set[Key]()

    def follow(self, dirty: Collection[Key], said: Mapping[Key, Sequence[Claim]]) -> None:
        """Sum the families again that some cells touch; `said` are the claims of every cell now."""
        fresh = [cell_row(self.question, key, said[key]) for key in dirty if key in said]
        self._over_the_edge.difference_update(dirty)
        self._over_the_edge.update(cell.key for cell in fresh if self._reaches_over(cell))
        members, groups = regrouped(self._cells, dirty, fresh)
        families = numbered(groups, members, self._cells.highest)
        self._cells.replace(
            members, [cell._replace(family=family) for family, group in families for cell in group]
        )
        for family in {cell.family for cell in members}:
            for order in self._families.pop(family, ()):
                self._remove(order)
        for family, group in families:
            figures, without = with_figure("increment", said_in(group, said))
            for addend, used in first_uses(addends(self.question, figures, without, self._memory)):
                order = order_of(addend.place, addend.days)
                self._families[family].append(order)
                self._insert(order, addend, used)

    @property
    def apart(self) -> bool:
        """Whether families add up apart from each other.

        An incident over the edge of the period asked counts by the days that others leave uncovered,
        and those are of other families.
        """
        return not self._over_the_edge

    def _reaches_over(self, cell: CellRow) -> bool:
        """Whether a cell is an incident that reaches over the edge of the period asked."""
        if not (cell.incident and self.question.cell):
            return False
        days, period = (cell.first, cell.last), span(self.question.cell)
        return meet(days, period) and not within(days, period)

    @property
    def figure(self) -> Figure:
        """The sum."""
        return UNKNOWN if self._clashing else self._sum.figure

    @property
    def covers(self) -> int | None:
        """The latest day that the claims used cover."""
        return self._cover.day

    @property
    def leading(self) -> Claim | None:
        """The claim that leads the only addend, where that is noted."""
        said = self._standing[self._order[0]].noted if len(self._order) == 1 else None
        return said.leading if said else None

    def used(self) -> Iterator[str]:
        """The claims used, in order."""
        return chain.from_iterable(self._standing[order].used for order in self._order)

    def used_of(self, reports: Iterable[str]) -> list[str]:
        """The claims of some reports that are used, in order."""
        wanted = set(reports)
        orders = sorted(set().union(*(self._of_report.get(each, ()) for each in wanted)))
        used = chain.from_iterable(self._standing[order].used for order in orders)
        return [claim for claim in used if split_claim_id(claim)[0] in wanted]

    def _insert(self, order: Order, addend: Addend, used: Sequence[Claim]) -> None:
        covers = max((claim.covers_until for claim in addend.found.used), default=None)
        clashes = addend.clashing is not None
        said = noted(addend, used) if self.notes else None
        standing = _Standing(addend.figure, clashes, [claim.id for claim in used], covers, said)
        self._standing[order] = standing
        insort(self._order, order)
        self._count(order, standing, 1)

    def _remove(self, order: Order) -> None:
        del self._order[bisect_left(self._order, order)]
        self._count(order, self._standing.pop(order), -1)

    def _count(self, order: Order, standing: "_Standing", sign: int) -> None:
        self._sum.add(standing.figure, sign)
        self._clashing += sign * standing.clashes
        self.n_used += sign * len(standing.used)
        if self.notes and standing.noted:
            self.notes.add(order, standing.noted, sign)
        if standing.covers is not None:
            self._cover.add(standing.covers, sign)
        for claim in standing.used:
            orders = self._of_report[split_claim_id(claim)[0]]
            (orders.add if sign > 0 else orders.discard)(order)


class _Standing(NamedTuple):
    """What is kept of an addend: what it adds, and the claims that it is the first to use."""

    figure: Figure
    clashes: bool
    used: Sequence[str]
    covers: int | None
    noted: Noted | None


class _Latest:
    """The latest of some days that come and go."""

    def __init__(self) -> None:
        self._days, self._heap = Counter[int](), list[int]()

    def add(self, day: int, sign: int) -> None:
        """Add a day; with `sign` -1 take one away that was added."""
        self._days[day] += sign
        if sign > 0 and self._days[day] == 1:
            heappush(self._heap, -day)

    @property
    def day(self) -> int | None:
        """The latest day that is there."""
        while self._heap and not self._days[-self._heap[0]]:
            heappop(self._heap)
        return -self._heap[0] if self._heap else None
