"""Imports tables by a mapping file: previews them, sends them, and brings the refused rows back."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from typing_extensions import TypedDict

from domain.errors import Refused
from service.cli.client import USAGE, fail, reason_of
from service.cli.output import harmless, warn
from service.cli.transfer import Sending, open_input, send_import
from service.client import Client
from service.http.problems import Problem, ProblemBody
from service.interop.import_spool import RefusedLine
from service.interop.import_tally import DoneLine, FailedLine
from service.interop.tables.conversion import Conversion
from service.interop.tables.lines import Line, Refusal, RefusedRow
from service.interop.tables.mapping import Mapping, mapping_of
from service.interop.tables.reading import converted, refused_rows
from service.interop.tables.refused import write_refused

MOST_NAMED = 20
"""Maximum number of refused rows that are named on standard error."""


class Rows(TypedDict):
    """How many rows a table has, how many its mapping leaves out, and how many were refused."""

    rows: int
    left_out: int
    refused_rows: int


def _none_yet() -> Rows:
    return {"rows": 0, "left_out": 0, "refused_rows": 0}


@dataclass(slots=True)
class TableFile:
    """A table in a file with its mapping."""

    name: str
    file: IO[bytes]
    mapping: Mapping
    refused: Path | None
    refused_lines: dict[int, ProblemBody] = field(default_factory=dict)
    rows: Rows = field(default_factory=_none_yet)

    def preview(self, most: int) -> list[Any]:
        """The first commands, all rows being read."""
        first = list[Any]()
        with self._reading() as conversion:
            for each in conversion.lines():
                if isinstance(each, Line) and len(first) < most:
                    first.append(each.body())
                self.rows["refused_rows"] += isinstance(each, Refusal)
            self._count(conversion)
        self._bring_back()
        return first

    def send(self, client: Client, *, quiet: bool, **how: Any) -> DoneLine | FailedLine:
        """Import the table; then write the refused rows, or name the first ones."""
        with self._reading() as conversion:

            def lines(update: Callable[..., None]) -> Iterator[bytes]:
                for n, each in enumerate(conversion.lines()):
                    if isinstance(each, Line):
                        yield each.ndjson()
                    self.rows["refused_rows"] += isinstance(each, Refusal)
                    if n % 100 == 0:
                        update(completed=conversion.rows, total=self._estimate(conversion.rows))

            last = send_import(client, Sending(lines, self._refuse, **how), self.name, quiet=quiet)
            self._count(conversion)
        self._bring_back()
        return last

    def _estimate(self, rows: int) -> float | None:
        """How many rows the file has, as far as it was read."""
        at = self.file.tell()
        return rows * _size(self.file) / at if at and rows else None

    def _count(self, conversion: Conversion) -> None:
        self.rows["rows"], self.rows["left_out"] = conversion.rows, conversion.skipped

    def _refuse(self, line: RefusedLine) -> None:
        self.refused_lines[line["line"]] = line["refused"]

    def _bring_back(self) -> None:
        """Write the refused rows to a file, or name the first ones on standard error."""
        if not (self.rows["refused_rows"] or self.refused_lines):
            return
        with self._reading() as conversion:
            found = self._named(refused_rows(conversion, self.refused_lines))
            if self.refused is None:
                for _ in found:
                    pass
            else:
                with _written(self.refused, self.mapping.table.encoding) as out:
                    write_refused(out, self.mapping.table, conversion.columns.names, found)

    def _named(self, refusals: Iterator[Refusal]) -> Iterator[Refusal]:
        """Refusals, of which the first are named on standard error, and all are counted."""
        count = 0
        for refusal in refusals:
            count += 1
            if count <= MOST_NAMED:
                warn(f"{self.name}, {_words(refusal.body())}")
            yield refusal
        self.rows["refused_rows"] = count
        if count > MOST_NAMED:
            more = "" if self.refused else "; --refused FILE.csv writes them all"
            warn(f"{self.name}: {count - MOST_NAMED:,} more rows were refused{more}")

    @contextmanager
    def _reading(self) -> Iterator[Conversion]:
        try:
            with converted(self.mapping, self.file) as conversion:
                yield conversion
        except Refused as refused:
            fail(f"{self.name}: {refused.detail}", USAGE)
        except Problem as problem:
            fail(problem.detail)


def _words(refused: RefusedRow) -> str:
    value = "" if refused["value"] is None else f" {refused['value']!r}"
    column = "" if refused["column"] is None else f", column {refused['column']}:"
    where = f"row {refused['row']}" if refused["row"] else "the mapping"
    return f"{where}{column or ':'}{value} {refused['message']}"


@contextmanager
def table_file(
    file: str, mapping: Path, refused: Path | None, sheet: str | None
) -> Iterator[TableFile]:
    """Open a table, or the one on standard input, with its mapping."""
    try:
        read = mapping_of(mapping.read_bytes())
    except OSError as error:
        fail(reason_of(error), USAGE)
    except Refused as bad:
        fail(f"{mapping}: {bad.detail}", USAGE)
    if sheet is not None:
        rules = read.table.model_copy(update={"sheet": sheet})
        read = read.model_copy(update={"table": rules})
    with open_input(file) as given, TemporaryFile() as kept:
        if file == "-":
            shutil.copyfileobj(given, kept)
        yield TableFile(harmless(file), kept if file == "-" else given, read, refused)


def _size(file: IO[bytes]) -> int:
    here = file.tell()
    size = file.seek(0, 2)
    file.seek(here)
    return size


@contextmanager
def _written(path: Path, encoding: str) -> Iterator[IO[str]]:
    try:
        with path.open("w", encoding=encoding, errors="surrogateescape", newline="") as out:
            yield out
    except OSError as error:
        fail(reason_of(error), USAGE)


def rows_summary(rows: Rows) -> str:
    """What became of the rows, in one line."""
    left_out = f", {rows['left_out']:,} left out" if rows["left_out"] else ""
    return f"{rows['rows']:,} rows{left_out}, {rows['refused_rows']:,} refused"
