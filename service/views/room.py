"""The room on the disk that a rebuild needs, before it begins."""

import shutil
from typing import NamedTuple

from service.views.current import Views
from service.views.faults import ViewsUnusable
from service.views.kept import kept_in


class Room(NamedTuple):
    """Bytes that new views are about to take, and that are free for them; None where nobody knows."""

    needed: int | None
    free: int | None

    @property
    def short(self) -> bool:
        """Whether the new views clearly do not fit."""
        return self.needed is not None and self.free is not None and self.needed > self.free


def room_for(views: Views) -> Room:
    """The room for views beside those in use, which are about as large.

    What is kept for a roll back counts as free: a rebuild deletes it first.
    """
    return Room(_needed(views), _free(views))


def _needed(views: Views) -> int | None:
    try:
        with views.reading() as db:
            pages, unused, size = (
                db.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_count", "freelist_count", "page_size")
            )
    except ViewsUnusable:
        return None
    return int((pages - unused) * size)


def _free(views: Views) -> int | None:
    try:
        kept = kept_in(views.directory)
        return shutil.disk_usage(views.directory).free + (kept.path.stat().st_size if kept else 0)
    except OSError:
        return None
