"""The sheets of workbooks (XLSX, ODS), read in a process of their own.

A workbook of a few kilobytes can unpack to more than any machine has, and the library that reads it
ends its process then. So that process is another one, which may take so much memory and time.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import IO, Any

from service.http.faults import refused_whole
from service.interop.tables.cells import BadRow, Row, untagged

_PROCESS = "service.interop.tables.sheet_process"


@contextmanager
def sheet_rows(file: IO[bytes], sheet: str | None) -> Iterator[Iterator[Row | BadRow]]:
    """The rows of a sheet, the first one if none is named; raises `Refused` if there is none."""
    if find_spec("python_calamine") is None:
        raise refused_whole(
            "is a workbook, which needs the extra `excel`: install intellog[excel], or save it as CSV",
            "table",
        )
    command = [sys.executable, "-m", _PROCESS, json.dumps(sheet)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
        try:
            with suppress(BrokenPipeError), process.stdin as given:
                file.seek(0)
                shutil.copyfileobj(file, given)  # it reads all of it before it writes anything
            yield _rows(process.stdout)
        finally:
            process.kill()


def _rows(lines: IO[bytes]) -> Iterator[Row | BadRow]:
    for line in lines:
        told = json.loads(line, object_hook=_object)
        if "refused" in told:
            raise refused_whole(told["refused"], "table")
        if "done" in told:
            return
        yield Row(told["row"], [e.strip() if isinstance(e, str) else e for e in told["cells"]])
    raise refused_whole(
        "takes more memory or time than a sheet may, or is damaged; save it as CSV", "table"
    )


def _object(told: dict[str, Any]) -> Any:
    return untagged(told) if told.keys() & {"day", "moment"} else told
