"""Tables as text with delimiters, read line by line: a table of any length takes the same memory."""

import codecs
import csv
import io
import zlib
from collections import deque
from collections.abc import Generator, Iterator
from typing import IO

from service.http.faults import refused_whole
from service.interop.tables.cells import BadRow, Row, Unfit
from service.interop.tables.mapping import TableRules

LONGEST_LINE = 1_048_576
"""Maximum number of characters in a line."""
LONGEST_CELL = 131_072
"""Maximum number of characters in a cell."""
DELIMITERS = ",;\t|"
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte order marks, each with the encoding that it stands for, whatever the mapping says."""


def csv_rows(file: IO[bytes], rules: TableRules) -> Generator[Row | BadRow, None, None]:
    """The rows of a text, numbered from 1; raises `Refused` where it cannot go on."""
    try:
        buffered = file if isinstance(file, io.BufferedReader) else io.BufferedReader(_Raw(file))
        mark = buffered.peek(4)
        encoding = next((e for m, e in _MARKS.items() if mark.startswith(m)), rules.encoding)
        text = io.TextIOWrapper(buffered, encoding, errors="surrogateescape", newline="")
        try:
            yield from _numbered(_Lines(text), rules)
        finally:
            text.detach()
    except UnicodeError:
        raise refused_whole(f"is not text in {rules.encoding}; set table.encoding", "table") from None
    except (OSError, EOFError, zlib.error) as error:
        raise refused_whole(f"cannot be read to its end: {error}", "table") from None


class _Raw(io.RawIOBase):
    """A file of bytes that a buffer can be put around, which does not close it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        chunk = self._file.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


class _Lines:
    """The lines of a text; one that is too long raises `csv.Error`, and the next one is read on."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._ahead = deque[str]()

    def ahead(self, count: int) -> str:
        """The n-th line from here, which will be read once more."""
        while len(self._ahead) < count and (line := self._text.readline(LONGEST_LINE)):
            self._ahead.append(line)
        return self._ahead[count - 1] if len(self._ahead) >= count else ""

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            while rest := self._text.readline(LONGEST_LINE):
                if rest.endswith(("\n", "\r")):
                    break
            raise csv.Error(f"has a line of more than {LONGEST_LINE:,} characters")
        return line


def _numbered(lines: _Lines, rules: TableRules) -> Iterator[Row | BadRow]:
    delimiter = rules.delimiter or _guess(lines.ahead(max(1, rules.header)), rules.quote)
    csv.field_size_limit(LONGEST_CELL)  # of the whole process: another library may have raised it
    reader, number = csv.reader(lines, delimiter=delimiter, quotechar=rules.quote), 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(Row(number, ()), Unfit("unreadable", _reason(error)))
            continue
        yield Row(number, [cell.strip() for cell in cells])


def _reason(error: csv.Error) -> str:
    text = str(error)
    if "field larger" in text:
        return f"has a cell of more than {LONGEST_CELL:,} characters; check its quotes"
    return text


def _guess(line: str, quote: str) -> str:
    """The delimiter that stands most often outside quotes in a line."""
    outside = "".join(line.split(quote)[::2])
    return max(DELIMITERS, key=outside.count)
