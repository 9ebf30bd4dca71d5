"""Refused rows as a table: as they were, with the reasons beside them, for the same mapping to read.

Cells are written as they came: whoever fixes them and imports them must get what was there.
"""

import csv
from collections.abc import Iterable, Sequence
from typing import Protocol

from service.interop.tables.cells import Cell, text_of
from service.interop.tables.lines import Refusal
from service.interop.tables.mapping import TableRules

REASONS = ("refused_row", "refused_column", "refused_code", "refused_because")
"""The columns that are added."""


class _Text(Protocol):
    def write(self, text: str, /) -> object: ...


def write_refused(
    out: _Text, rules: TableRules, names: Sequence[str], refusals: Iterable[Refusal]
) -> None:
    """Write refused rows as CSV, in the form that the mapping says tables have."""
    writer = csv.writer(out, delimiter=rules.delimiter or ",", quotechar=rules.quote)
    for _ in range(rules.header - 1):
        writer.writerow([""])
    if rules.header:
        writer.writerow([*names, *REASONS])
    for refusal in refusals:
        if not refusal.row.number:
            continue  # it is about the mapping
        cells = [_written(cell, rules.decimal) for cell in refusal.row.cells[: len(names)]]
        cells += [""] * (len(names) - len(cells))
        unfit = refusal.unfit
        writer.writerow(
            [*cells, str(refusal.row.number), unfit.column or "", unfit.code, unfit.message]
        )


def _written(cell: Cell, decimal: str) -> str:
    """A cell as the rules of the mapping read it."""
    text = text_of(cell)
    return text.replace(".", decimal) if isinstance(cell, float) else text
