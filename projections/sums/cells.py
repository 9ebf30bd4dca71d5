"""Cells of one sum in memory, found by their days, their incident and their family."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from projections.sums.families import CellRow, Key, grouped

_Entry = tuple[int, int, Key]
"""First day, last day and key of a cell."""


class Cells:
    """The cells of one sum, or all those of it that matter."""

    def __init__(self, cells: Iterable[CellRow] = (), highest: int = 0) -> None:
        self._by_key: dict[Key, CellRow] = {}
        self._by_size = defaultdict[int, list[_Entry]](list)
        self._by_incident = defaultdict[str, set[Key]](set)
        self._by_family = defaultdict[int, set[Key]](set)
        self.highest = highest
        """The highest number of a family, or a higher one."""
        self.replace((), cells)

    def named(self, keys: Iterable[Key]) -> list[CellRow]:
        """The cells of some keys, as far as they are there."""
        return [self._by_key[key] for key in keys if key in self._by_key]

    def of_families(self, families: Iterable[int]) -> list[CellRow]:
        """The cells of some families."""
        return [self._by_key[key] for each in families for key in self._by_family.get(each, ())]

    def meeting(self, first: int, last: int) -> Iterator[CellRow]:
        """The cells that share a day with some days."""
        for size, entries in self._by_size.items():
            reach = 2**size - 1
            for at in range(bisect_left(entries, (first - reach,)), len(entries)):
                begins, ends, key = entries[at]
                if begins > last:
                    break
                if ends >= first:
                    yield self._by_key[key]

    def related(self, cell: CellRow) -> list[CellRow]:
        """The cells to which one may be related."""
        found = [*self.meeting(cell.first, cell.last)]
        if cell.incident:
            found += (self._by_key[key] for key in self._by_incident.get(cell.incident, ()))
        return [other for other in found if cell.may_relate(other)]

    def alone(self, key: Key, cell: CellRow) -> CellRow | None:
        """A cell that is the only one of its family, as it was; a new one is given back.

        None of any other.
        """
        before = self._by_key.get(key)
        if before is None:
            return None if self.related(cell) else cell
        unmoved = before[:4] == cell[:4]
        return before if unmoved and len(self._by_family[before.family]) == 1 else None

    def replace(self, before: Iterable[CellRow], after: Iterable[CellRow]) -> None:
        """Put cells in the place of others."""
        was, now = set(before), set(after)
        for cell in was - now:
            self._remove(cell)
        for cell in now - was:
            self.insert(cell.key, cell)

    def insert(self, key: Key, cell: CellRow) -> None:
        """Insert a cell that is not there."""
        self._by_key[key] = cell
        insort(self._by_size[cell.size], (cell.first, cell.last, key))
        self._by_family[cell.family].add(key)
        self.highest = max(self.highest, cell.family)
        if cell.incident:
            self._by_incident[cell.incident].add(key)

    def _remove(self, cell: CellRow) -> None:
        key, entries = cell.key, self._by_size[cell.size]
        del self._by_key[key]
        del entries[bisect_left(entries, (cell.first, cell.last, key))]
        self._by_family[cell.family].discard(key)
        if not self._by_family[cell.family]:
            del self._by_family[cell.family]
        if cell.incident:
            self._by_incident[cell.incident].discard(key)


def regrouped(
    cells: Cells, dirty: Collection[Key], fresh: Collection[CellRow]
) -> tuple[list[CellRow], list[list[CellRow]]]:
    """The cells of the families that some cells touch, as they were, and the families that they form.

    `fresh` are those of the dirty cells in which there are claims now.
    """
    before = cells.named(dirty)
    families = {cell.family for cell in before}
    unmoved = {cell[:4] for cell in before}
    for cell in fresh:
        if cell[:4] not in unmoved:
            families.update(other.family for other in cells.related(cell))
    members = cells.of_families(sorted(families))
    gone = set(dirty)
    return members, grouped([*fresh, *(cell for cell in members if cell.key not in gone)])
