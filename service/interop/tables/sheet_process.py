"""The process that reads a workbook: the file on standard input, its rows as lines of JSON on output.

It is started by `sheets` alone.
"""

import io
import json
import sys
from datetime import date, time, timedelta
from typing import Any

from service.interop.tables.cells import tagged

MOST_MEMORY = 2_048 * 1_048_576
MOST_SECONDS = 120
"""What reading one sheet may take: bytes of address space, and seconds of a processor."""


def _limit() -> None:
    """Bound what this process may take, where the system can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _say(**told: Any) -> None:
    sys.stdout.write(json.dumps(told) + "\n")


def _told(cell: Any) -> Any:
    match cell:
        case date():
            return tagged(cell)
        case time() | timedelta():
            return str(cell)
        case float() if cell.is_integer():
            return int(cell)
        case _:
            return cell


def _read(sheet: str | None) -> None:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            _say(refused=f"has no sheet '{sheet[:100]}'; it has {', '.join(names)[:1_000]}")
        elif not names:
            _say(refused="has no sheet")
        else:
            _say_rows(book.get_sheet_by_name(names[0] if sheet is None else sheet))
    except (CalamineError, ValueError, OSError) as error:
        _say(refused=f"cannot be read: {str(error) or type(error).__name__}")


def _say_rows(sheet: Any) -> None:
    if sheet.start is not None:
        row, column = sheet.start
        for n, cells in enumerate(sheet.to_python(), row + 1):
            _say(row=n, cells=[""] * column + [_told(cell) for cell in cells])
    _say(done=True)


if __name__ == "__main__":
    _limit()
    _read(json.loads(sys.argv[1]))
