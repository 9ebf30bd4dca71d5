"""Families of cells: those that can affect each other's figure, so that each family is summed alone.

Periods of one cohort, or one of them of the whole, that share a day are related; so is an incident to a
period that holds it, and to the same incident of the whole. A family is closed under that.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Key(NamedTuple):
    """The cell of a claim; an incident has no days of its own, they are 0."""

    cohort: str
    incident: str
    first: int
    last: int


class CellRow(NamedTuple):
    """A cell in which there are claims now, with its days and the number of its family."""

    cohort: str
    incident: str
    first: int
    last: int
    family: int
    outer: int

    @property
    def key(self) -> Key:
        """The cell without what changes about it."""
        return key_of(*self[:4])

    @property
    def size(self) -> int:
        """The number of binary digits of the distance between its first and its last day."""
        return (self.last - self.first).bit_length()

    def may_relate(self, other: "CellRow") -> bool:
        """Whether one of two cells may have a part in the figure of the other."""
        if self.cohort != other.cohort and "" not in (self.cohort, other.cohort):
            return False
        if self.incident and other.incident:
            return self.incident == other.incident
        if self.incident or other.incident:
            return self._lies_within(other) if self.incident else other._lies_within(self)
        return self._meets(other)

    def _lies_within(self, other: "CellRow") -> bool:
        return other.first <= self.first and self.last <= other.last

    def _meets(self, other: "CellRow") -> bool:
        return self.first <= other.last and other.first <= self.last


def key_of(cohort: str, incident: str, first: int, last: int) -> Key:
    """The cell of a claim with these words."""
    return Key(cohort, incident, 0, 0) if incident else Key(cohort, "", first, last)


def grouped(cells: Iterable[CellRow]) -> list[list[CellRow]]:
    """Cells by family, found in one pass over their days."""
    by_key = {cell.key: cell for cell in sorted(cells, key=_by_first_day)}
    if len(by_key) < 2:
        return [[cell] for cell in by_key.values()]
    leader = {key: key for key in by_key}
    reaching: dict[str, CellRow] = {}
    for key, cell in by_key.items():
        for other in _reached(cell, reaching):
            _unite(leader, key, other.key)
        whole = Key("", cell.incident, 0, 0)
        if cell.incident and whole in leader:
            _unite(leader, key, whole)
        if not cell.incident and reaching.get(cell.cohort, cell).last <= cell.last:
            reaching[cell.cohort] = cell
    families: dict[Key, list[CellRow]] = {}
    for key, cell in by_key.items():
        families.setdefault(_leading(leader, key), []).append(cell)
    return [*families.values()]


def _by_first_day(cell: CellRow) -> tuple[int, bool]:
    return cell.first, bool(cell.incident)


def _reached(cell: CellRow, reaching: Mapping[str, CellRow]) -> Iterable[CellRow]:
    """Of the periods that began before, for each cohort the longest, if it is related."""
    cohorts = {cell.cohort, ""} if cell.cohort or cell.incident else reaching.keys()
    needed = cell.last if cell.incident else cell.first
    return [reaching[c] for c in cohorts if c in reaching and reaching[c].last >= needed]


def _leading(leader: dict[Key, Key], key: Key) -> Key:
    while leader[key] != key:
        leader[key] = leader[leader[key]]
        key = leader[key]
    return key


def _unite(leader: dict[Key, Key], one: Key, other: Key) -> None:
    leader[_leading(leader, one)] = _leading(leader, other)


def numbered(
    groups: Sequence[Sequence[CellRow]], members: Sequence[CellRow], highest: int
) -> list[tuple[int, Sequence[CellRow]]]:
    """Families with their numbers: each the one that most of its cells had, if it is free.

    A family without one takes the next after the highest.
    """
    if len(groups) == 1 and len(families := {cell.family for cell in members}) < 2:  # as nearly always
        return [(family, groups[0]) for family in families] or [(highest + 1, groups[0])]
    known = {cell.key: cell.family for cell in members}
    taken, found = set[int](), list[tuple[int, Sequence[CellRow]]]()
    for group in groups:
        had = Counter(known[cell.key] for cell in group if cell.key in known)
        family = next((each for each, _ in had.most_common() if each not in taken), None)
        if family is None:
            highest = family = highest + 1
        taken.add(family)
        found.append((family, group))
    return found
