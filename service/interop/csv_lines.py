"""Lines of CSV (RFC 4180) that no spreadsheet takes for formulas."""

import csv
from collections.abc import Iterable
from io import StringIO

from service.interop.columns import Cell

FORMULA = (*"=+-@", *"\uff1d\uff0b\uff0d\uff20", "\t", "\r", "\n")
"""What a spreadsheet takes for the start of a formula, in East Asian ones also at full width, or
strips to find one."""


def csv_lines(rows: Iterable[Iterable[Cell]]) -> bytes:
    """Rows as CSV in UTF-8; true and false are written as in JSON, null as an empty cell."""
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_plain(each) for each in row] for row in rows)
    return text.getvalue().encode()


def harmless(text: str) -> str:
    """A text that no spreadsheet runs: an apostrophe before what would begin a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _plain(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case str():
            return harmless(cell)
        case _:
            return str(cell)
