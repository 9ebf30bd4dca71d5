"""Brings a sum up to date with one event: the families of cells it changed, and the total."""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from domain.estimates.claims import Claim
from domain.estimates.estimate import Question
from projections.sums.addends import Reader, addend_rows, days_of
from projections.sums.families import (
    CellRow,
    Key,
    cells_named,
    cells_of_families,
    grouped,
    highest_family,
    related,
)
from projections.sums.writing import (
    Change,
    addends_of,
    write_addends,
    write_cells,
)
from projections.tables.sums import AddendRow

LARGEST = 200
"""Maximum number of cells of a family that is kept; a sum with a larger one is computed from claims."""


def follow(question: Question, reader: Reader, dirty: Collection[Key]) -> tuple[Change, int]:
    """Form the families of some cells again; return what changed, and by how many large ones."""
    db, indicator = reader.db, reader.indicator
    claims = reader.claims(dirty)
    fresh = [cell_row(question, key, said) for key, said in claims.items()]
    members, groups = regrouped(db, indicator, dirty, fresh)
    small = [group for group in groups if len(group) <= LARGEST]
    more = {cell.key for group in small for cell in group} - claims.keys()
    if more:
        claims |= reader.claims(more)
    rows = [row for group in small for row in addend_rows(question, said_in(group, claims))]
    outer = {(row.cohort, row.incident, row.first, -row.back) for row in rows}
    cells = [
        cell._replace(outer=int(cell[:4] in outer))
        for group in numbered(db, indicator, groups, members)
        for cell in group
    ]
    change = _changed(addends_of(db, indicator, members) if members else [], rows)
    write_cells(db, indicator, members, cells)
    write_addends(db, indicator, reader.position, change)
    sizes = Counter(cell.family for cell in members)
    large_before = sum(size > LARGEST for size in sizes.values())
    return change, len(groups) - len(small) - large_before


def regrouped(
    db: sqlite3.Connection, indicator: str, dirty: Collection[Key], fresh: Sequence[CellRow]
) -> tuple[list[CellRow], list[list[CellRow]]]:
    """The cells of the families that some cells touch, as they were, and the families that they form.

    `fresh` are those of the dirty cells in which there are claims now.
    """
    before = cells_named(db, indicator, dirty)
    families = {cell.family for cell in before}
    unmoved = {cell[:4] for cell in before}
    for cell in fresh:
        if cell[:4] not in unmoved:
            families.update(other.family for other in related(db, indicator, cell))
    members = cells_of_families(db, indicator, families) if families else []
    gone = set(dirty)
    return members, grouped([*fresh, *(cell for cell in members if cell.key not in gone)])


def cell_row(question: Question, key: Key, claims: Sequence[Claim]) -> CellRow:
    """A cell that is of no family yet, from its claims."""
    first, last = days_of(question, key, claims)
    return CellRow(key.cohort, key.incident, first, last, 0, 0)


def said_in(group: Iterable[CellRow], claims: Mapping[Key, Sequence[Claim]]) -> list[Claim]:
    """The claims of some cells in the order in which they were recorded; derived ones come last."""
    said = [claim for cell in group for claim in claims[cell.key]]
    return sorted(said, key=lambda claim: (bool(claim.links), claim.position, claim.n))


def numbered(
    db: sqlite3.Connection,
    indicator: str,
    groups: Sequence[Sequence[CellRow]],
    members: Iterable[CellRow],
) -> list[list[CellRow]]:
    """Cells with the number of their family: the one that most of them have, if it is free."""
    known = {cell.key: cell.family for cell in members}
    highest: int | None = None
    taken, found = set[int](), list[list[CellRow]]()
    for group in groups:
        had = Counter(known[cell.key] for cell in group if cell.key in known)
        family = next((each for each, _ in had.most_common() if each not in taken), None)
        if family is None:
            highest = family = (highest_family(db, indicator) if highest is None else highest) + 1
        taken.add(family)
        found.append([cell._replace(family=family) for cell in group])
    return found


def _changed(before: Sequence[AddendRow], after: Sequence[AddendRow]) -> Change:
    was, now = set(before), set(after)
    return Change([row for row in before if row not in now], [row for row in after if row not in was])
