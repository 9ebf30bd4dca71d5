"""The pointer file of a directory: it names the view file in use."""

import re
from pathlib import Path

POINTER = "views.current"
NAME = re.compile(r"views-[0-9a-f]{12}\.sqlite")


def file_in_use(directory: Path) -> Path | None:
    """The view file that the pointer of a directory names, if it is there.

    A pointer that is no text, or names anything but a view file in the directory, names none.
    """
    try:
        name = (directory / POINTER).read_bytes().strip().decode("ascii")
    except (OSError, ValueError):
        return None
    return view_file(directory, name)


def view_file(directory: Path, name: str) -> Path | None:
    """The view file of this name in a directory, if there is one."""
    path = directory / name
    return path if NAME.fullmatch(name) and path.is_file() else None
