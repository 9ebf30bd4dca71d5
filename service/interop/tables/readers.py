"""Opening a table: which format a file has, its column names, its rows."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from typing import IO, cast

from service.http.faults import refused_whole
from service.interop.tables.cells import BadRow, Cell, Row, Unfit, text_of
from service.interop.tables.csv_reader import csv_rows
from service.interop.tables.mapping import TableRules
from service.interop.tables.sheets import sheet_rows
from service.interop.tables.templates import column_name

UNPACKED_BYTES = 512 * 1_048_576
"""Maximum size of what a workbook, or a packed table that came over HTTP, may unpack to."""
MOST_COLUMNS = 16_384


@dataclass(frozen=True, slots=True)
class Table:
    """An open table: its column names, and its rows, which are read while they are asked for."""

    names: Sequence[str]
    rows: Iterator[Row | BadRow]


@contextmanager
def open_table(file: IO[bytes], rules: TableRules, most_bytes: int | None = None) -> Iterator[Table]:
    """Open a table in a file that can be rewound; raises `Refused` if it is none.

    `most_bytes` limits what a packed file may unpack to.
    """
    with ExitStack() as resources:
        file.seek(0)
        start = file.read(8)
        file.seek(0)
        if start.startswith(b"\x1f\x8b"):
            unpacked = resources.enter_context(gzip.GzipFile(fileobj=file, mode="rb"))
            file = cast(IO[bytes], _Bounded(unpacked, most_bytes) if most_bytes else unpacked)
        elif start.startswith(b"\xd0\xcf\x11\xe0"):
            raise refused_whole("is an old XLS or a protected workbook; save it as XLSX", "table")
        elif start.startswith(b"PK") or rules.format in ("xlsx", "ods"):
            _check_workbook(file)
            rows = resources.enter_context(sheet_rows(file, rules.sheet))
            yield _table(rows, rules, ragged=False)
            return
        text = resources.enter_context(closing(csv_rows(file, rules)))
        yield _table(text, rules, ragged=True)


class _Bounded(io.RawIOBase):
    """A file of which no more than a number of bytes is read."""

    def __init__(self, file: IO[bytes] | gzip.GzipFile, most: int) -> None:
        self._file = file
        self._left = most

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self._left -= len(chunk)
        if self._left < 0:
            raise refused_whole("unpacks to more bytes than a table may have; split it", "table")
        return chunk


def _check_workbook(file: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(file) as packed:
            size = sum(each.file_size for each in packed.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, zlib.error, NotImplementedError):
        raise refused_whole("is no workbook that can be read: neither XLSX nor ODS", "table") from None
    if size > UNPACKED_BYTES:
        most = UNPACKED_BYTES // 1_048_576
        raise refused_whole(f"unpacks to more than {most} MB; save it as CSV", "table")


def _table(rows: Iterator[Row | BadRow], rules: TableRules, *, ragged: bool) -> Table:
    names = _names(rows, rules)
    if len(names) > MOST_COLUMNS:
        raise refused_whole(f"has more than {MOST_COLUMNS:,} columns", "table")
    return Table(names, _body(rows, names, rules, ragged=ragged))


def _names(rows: Iterator[Row | BadRow], rules: TableRules) -> list[str]:
    """The names of the columns: those in the header, or those that the mapping gives instead."""
    header: Sequence[Cell] = ()
    while rules.header:
        row = next(rows, None)
        if row is None or (isinstance(row, Row) and row.number > rules.header):
            raise refused_whole(f"has no header: row {rules.header} is empty or not there", "table")
        if isinstance(row, BadRow):
            raise refused_whole(f"has no header that can be read: it {row.unfit.message}", "table")
        if row.number == rules.header:
            header = row.cells
            break
    if rules.names:
        return [*rules.names]
    if not rules.header:
        raise refused_whole(
            "has no header (table.header = 0), so its columns need table.names", "table"
        )
    names = [column_name(text_of(cell)) for cell in header]
    if any("\0" in name or not _is_unicode(name) for name in names):
        raise refused_whole(
            "is no text in table.encoding: set that, or save the table as CSV in UTF-8", "table"
        )
    while names and not names[-1]:
        names.pop()
    if not names:
        raise refused_whole(f"has no header: row {rules.header} is empty", "table")
    return names


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _body(
    rows: Iterator[Row | BadRow], names: Sequence[str], rules: TableRules, *, ragged: bool
) -> Iterator[Row | BadRow]:
    """The rows under the header, each with a cell for each column; empty ones are left out."""
    size, filling = len(names), _Filling.of(names, rules)
    for row in rows:
        if isinstance(row, BadRow):
            yield row
            continue
        cells = row.cells
        if not any(cell != "" for cell in cells):
            continue
        extra = any(cell != "" for cell in cells[size:]) and not rules.names
        if len(cells) != size and (extra or (ragged and len(cells) < size and not rules.names)):
            why = f"has {len(cells)} cells where the header has {size}; check quotes and delimiters"
            yield BadRow(row, Unfit("ragged", why))
            continue
        whole = [*cells[:size], *[""] * (size - len(cells))]
        yield Row(row.number, filling.fill(whole))


@dataclass(slots=True)
class _Filling:
    """Fills empty cells of some columns with what stood there last, as in sheets with merged cells."""

    last: dict[int, Cell] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Sequence[str], rules: TableRules) -> "_Filling":
        for name in rules.fill_down:
            if name not in names:
                raise refused_whole(
                    f"has no column '{name[:100]}', which table.fill_down names", "table"
                )
        return cls({names.index(name): "" for name in rules.fill_down})

    def fill(self, cells: list[Cell]) -> list[Cell]:
        for index in self.last:
            if cells[index] == "":
                cells[index] = self.last[index]
            self.last[index] = cells[index]
        return cells
