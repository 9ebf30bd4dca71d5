"""The views that a rebuild replaced, kept for a while so that they can be put back.

A file beside the pointer names them. Whoever deletes that file, in one step that only one process can
do, has them: to put them back, or to delete them.
"""

import json
import time
from pathlib import Path
from typing import NamedTuple

from service.log.private import write_durably
from service.views.pointer import file_in_use, view_file
from service.views.store import delete_view_file

POINTER = "views.kept"


class Kept(NamedTuple):
    """Views that were replaced: until when they are kept, in seconds since 1970.

    `differs` names the projections of which they had other rows than those that replaced them.
    """

    path: Path
    until: float
    differs: tuple[str, ...]

    @property
    def seconds_left(self) -> float:
        """For how long they are still kept."""
        return self.until - time.time()


def kept_in(directory: Path) -> Kept | None:
    """The views that are kept in a directory, if there are any; those in use are not kept."""
    try:
        name, until, differs = json.loads((directory / POINTER).read_bytes())
        path, known = view_file(directory, str(name)), tuple(map(str, differs))
        # Between the two steps of a swap, both pointers name the same file.
        return Kept(path, float(until), known) if path and path != file_in_use(directory) else None
    except (OSError, ValueError, TypeError):
        return None


def keep(kept: Kept) -> None:
    """Note that views are kept."""
    content = json.dumps([kept.path.name, kept.until, kept.differs])
    write_durably(kept.path.with_name(POINTER), content.encode())


def claimed(directory: Path) -> Kept | None:
    """The views that were kept in a directory; they are not any more, and nobody else gets them."""
    kept = kept_in(directory)
    try:
        (directory / POINTER).unlink()
    except FileNotFoundError:
        return None
    return kept


def discard(directory: Path) -> None:
    """Delete the views that are kept in a directory."""
    kept = claimed(directory)
    if kept is not None:
        delete_view_file(kept.path)


def delete_expired(directory: Path) -> None:
    """Delete the views that are kept in a directory, if their time is over."""
    kept = kept_in(directory)
    if kept is not None and kept.seconds_left <= 0:
        discard(directory)
