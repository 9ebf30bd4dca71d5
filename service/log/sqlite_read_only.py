"""Reads an SQLite log in a directory that cannot be written, where SQLite alone would refuse.

A file in WAL mode needs its `-shm` file, which SQLite creates beside it.
"""

import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory


def reading_address(file: Path, resources: ExitStack) -> str:
    """Return the path or URI by which a log can be read; `resources` removes what was made for it."""
    if os.access(file.parent, os.W_OK):
        return str(file)
    wal = file.with_name(f"{file.name}-wal")
    if not wal.exists() or wal.stat().st_size == 0:
        return f"{file.resolve().as_uri()}?mode=ro&immutable=1"
    # The last commits are in the WAL, and `immutable` would pass over them.
    folder = Path(resources.enter_context(TemporaryDirectory(prefix="intellog-")))
    for each in file, wal:
        shutil.copyfile(each, folder / each.name)
    return str(folder / file.name)
