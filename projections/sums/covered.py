"""The days that the periods of a sum cover, as spans that begin and end."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Collection, Sequence

from domain.estimates.cells import merged
from projections.sums.cells import Cells
from projections.sums.stored import Days


class CoveredDays:
    """The spans of covered days around some cells, read in order when they first matter."""

    def __init__(self, stored: Callable[[], Sequence[Days]]) -> None:
        self._stored, self._read = stored, False
        self._spans = list[Days]()

    def follow(self, changed: Collection[Days], cells: Cells) -> tuple[set[Days], set[Days]]:
        """Bring the spans up to date with the days of outermost periods that came or went.

        `cells` are those after the change. Returns the spans that ended and those that began.
        """
        ended, begun = set[Days](), set[Days]()
        if not self._read:
            self._spans, self._read = [*self._stored()], True
        for first, last in merged(changed) if len(changed) > 1 else changed:
            before = self._near(int(first), int(last))
            after = _after(before, int(first), int(last), cells)
            for gone in set(before).difference(after):
                del self._spans[bisect_left(self._spans, gone)]
                (begun if gone in begun else ended).symmetric_difference_update([gone])
            for come in set(after).difference(before):
                insort(self._spans, come)
                (ended if come in ended else begun).symmetric_difference_update([come])
        return ended, begun

    def _near(self, first: int, last: int) -> list[Days]:
        """The spans that share a day with some days, or lie beside them."""
        begin = bisect_left(self._spans, (first,))
        if begin and self._spans[begin - 1][1] >= first - 1:
            begin -= 1
        return self._spans[begin : bisect_right(self._spans, (last + 1, last + 1 + _LONGEST))]


_LONGEST = 2**62


def _after(before: list[Days], first: int, last: int, cells: Cells) -> list[Days]:
    kept = [(begins, min(ends, first - 1)) for begins, ends in before if begins < first]
    kept += [(max(begins, last + 1), ends) for begins, ends in before if ends > last]
    within = [
        (max(cell.first, first), min(cell.last, last))
        for cell in cells.meeting(first, last)
        if cell.outer and not cell.incident
    ]
    return [(int(begins), int(ends)) for begins, ends in merged([*kept, *within])]
