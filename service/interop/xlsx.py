"""Workbooks (XLSX) of rows, written row by row into a folder on disk, so that memory stays constant.

Every text is a text: none becomes a formula, a link or a number. Times are texts as in JSON, because a
date of a spreadsheet has no zone, no microseconds and no day before 1900.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from service.interop.columns import Cell

MOST_ROWS = 1_048_575
"""Maximum number of rows of a sheet, below those with the names of the columns."""
MOST_UNITS = 32_767
"""Maximum length of a text in a cell, in UTF-16 code units."""
CUT = " … [cut: CSV and JSON have all of it]"
CHUNK = 65_536


@cache
def can_write_workbooks() -> bool:
    """Whether the extra `excel` is installed."""
    return find_spec("xlsxwriter") is not None


class Workbook:
    """A workbook whose rows go on in further sheets when one is full."""

    def __init__(self, book: Any, names: Sequence[str]) -> None:
        self._book, self._names = book, names
        self._bold = book.add_format({"bold": True})
        self._sheets = 0
        self._add_sheet()

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Append rows."""
        for row in rows:
            if self._row == MOST_ROWS:
                self._add_sheet()
            self._row += 1
            for column, cell in enumerate(row):
                self._write(column, cell)

    def close(self) -> None:
        """Put all that was written together into the file."""
        self._book.close()

    def _add_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet("rows" if self._sheets == 1 else f"rows {self._sheets}")
        self._sheet.freeze_panes(1, 0)
        for column, name in enumerate(self._names):
            self._sheet.set_column(column, column, max(10, len(name) + 1))
            self._sheet.write_string(0, column, name, self._bold)
        self._row = 0

    def _write(self, column: int, cell: Cell) -> None:
        match cell:
            case None:
                pass
            case bool():
                self._sheet.write_boolean(self._row, column, cell)
            case str():
                self._sheet.write_string(self._row, column, fitting(cell))
            case int() if int(float(cell)) != cell:  # a spreadsheet would round it
                self._sheet.write_string(self._row, column, str(cell))
            case _:
                self._sheet.write_number(self._row, column, cell)


def fitting(text: str) -> str:
    """A text as a cell can hold it: one that is too long says that it was cut."""
    if text.startswith("<r>") and text.endswith("</r>"):
        return f"'{text}"  # XlsxWriter would take it for its own markup, and write it as it is
    if len(text) <= MOST_UNITS // 2:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MOST_UNITS:
        return text
    return units[: 2 * (MOST_UNITS - len(CUT))].decode("utf-16-le", "ignore") + CUT


@contextmanager
def open_workbook(
    path: Path, names: Sequence[str], created: datetime | None = None
) -> Iterator[Workbook]:
    """A workbook that is at `path` once it is closed; `names` are those of the columns.

    The same rows with the same `created` give the same bytes.
    """
    import xlsxwriter  # an extra, which only those who write workbooks need

    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(path, options)
    book.use_zip64()
    book.set_properties({"created": created or datetime(1980, 1, 1)})
    try:
        yield Workbook(book, names)
    finally:
        for sheet in book.worksheets():
            sheet._opt_close()  # what is not written to its end still has its file open


@contextmanager
def workbook_folder() -> Iterator[Path]:
    """A folder for a workbook and what it needs meanwhile, which is deleted in the end."""
    with TemporaryDirectory(prefix="intellog-xlsx-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def chunks_of(path: Path) -> Iterator[bytes]:
    """A file in chunks."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
