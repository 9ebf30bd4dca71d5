"""Where a log is, or shall be: a directory, and with PostgreSQL the address of the database."""

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from service.log.guard import FILE as GUARD
from service.log.lock import LOCK
from service.log.open import place_of, read_log
from service.log.port import CopyRefused, CopyUnfinished, LogUnavailable

CURE = "name an empty place"
LEFT_BEHIND = {LOCK, GUARD}
"""What may be in a directory that is taken for empty; the guard tells what a restored log lacks."""


class Place(NamedTuple):
    """A directory, and the address of the log if that is in a database."""

    data: Path
    address: str | None = None

    def __str__(self) -> str:
        """What people may read: of an address no password."""
        return place_of(self.data, self.address)


def refuse_occupied(place: Place, *, beside: bool = True) -> None:
    """Raise CopyRefused unless a place is empty, or has the unfinished copy of a log.

    With `beside`, its directory must have no other files either.
    """
    try:
        with closing(read_log(*place)) as log:
            if head := log.head():
                raise CopyRefused(f"{place} has a log already, with {head:,} events; {CURE}")
    except CopyUnfinished:
        return
    except LogUnavailable:
        pass  # there is none, or the copy will meet the same trouble
    if beside and (there := strangers(place.data)):
        raise CopyRefused(f"{place.data} is not empty: it has {', '.join(there)}; {CURE}")


def strangers(directory: Path) -> list[str]:
    """The names in a directory that is to be filled, but for what may stay there."""
    if not directory.is_dir():
        return []
    return sorted(each.name for each in directory.iterdir() if each.name not in LEFT_BEHIND)[:5]
