"""A sum formed from all claims at once, without what is stored: it must come to the same."""

import json
import sqlite3
from collections.abc import Sequence

from domain.estimates.cells import merged
from projections.sums.addends import Reader, addend_rows, cell_row, claims_at, said_in
from projections.sums.counts import all_claims, cells_of_claims, with_counts, with_stand_ins
from projections.sums.families import grouped
from projections.sums.running import LARGEST
from projections.sums.totals import asked_of, changed_total, judged_kept
from projections.sums.writing import Change
from projections.tables.registry import indicator_at
from projections.tables.sums import AddendRow, TotalRow


def formed(db: sqlite3.Connection, indicator: str, position: int) -> tuple[list[AddendRow], TotalRow]:
    """The addends of a sum at a position, in order, and their total."""
    row = indicator_at(db, indicator, position)
    assert row is not None
    claims = all_claims(db, indicator, position)
    read = Reader(db, indicator, position, position).said(cells_of_claims(claims))
    said = {key: claims_at(position, each) for key, each in read.items()}
    question = asked_of(row.definition)
    groups = grouped(cell_row(question, key, each) for key, each in said.items())
    small = [group for group in groups if len(group) <= LARGEST]
    addends = sorted(a for group in small for a in addend_rows(question, said_in(group, said)))
    total = with_stand_ins(db, indicator, position, with_counts(TotalRow(), claims))
    total = _with_all(changed_total(total, Change([], addends)), addends)
    wide = len(groups) - len(small)
    return addends, judged_kept(row.definition, total._replace(wide=wide))


def _with_all(total: TotalRow, addends: Sequence[AddendRow]) -> TotalRow:
    """The total with what is neither a sum nor a count of addends."""
    supported = [addend for addend in addends if addend.support is not None]
    weakest = min(supported, key=lambda addend: addend.support or 0, default=None)
    days = [(addend.first, -addend.back) for addend in addends if not addend.incident]
    return total._replace(
        voices=len({voice for addend in addends for voice in json.loads(addend.voices)}),
        spans=len(merged(days)),
        support=weakest.support if weakest else None,
        reasons=weakest.reasons if weakest else total.reasons,
        covers=max((a.covers for a in addends if a.covers is not None), default=None),
        first=min((addend.first for addend in addends), default=None),
        last=max((-addend.back for addend in addends), default=None),
    )
