"""Two view files compared at one position, projection by projection, by their digests."""

import logging
import sqlite3
from collections.abc import Callable, Mapping
from typing import NamedTuple

from projections.catalogue import CATALOGUE
from projections.tables.projection import known_digest

_logger = logging.getLogger("intellog.views")
UNREADABLE = "unreadable"
MOST_UNMADE = 1_000
"""Maximum number of events whose rows are computed to compare them: more take longer than a rebuild."""
Digests = Mapping[str, str | None]
"""The digest of each projection; None where too many of its rows are still to be built."""


class Comparison(NamedTuple):
    """The projections whose rows differ, and those of which one file has too few to say so.

    `readable` is false where rows of the views in use make no sense.
    """

    differs: list[str]
    not_compared: list[str]
    readable: bool = True


NONE_COMPARED = Comparison([], [each.name for each in CATALOGUE])


def digests_of(db: sqlite3.Connection, proceed: Callable[[], None]) -> Digests:
    """The digests of a file; `proceed` is called before each and may raise.

    A value that was changed within a row may make the program fail on it, which SQLite does not see.
    """
    found: dict[str, str | None] = {}
    for each in CATALOGUE:
        proceed()
        try:
            found[each.name] = known_digest(each, db, MOST_UNMADE)
        except sqlite3.Error:
            raise
        except Exception:
            _logger.exception("the rows of %s cannot be read", each.name)
            found[each.name] = UNREADABLE
    return found


def compared(in_use: Digests, new: Digests) -> Comparison:
    """What the digests of two files at the same position say."""
    unknown = [name for name in new if None in (in_use[name], new[name]) or new[name] == UNREADABLE]
    differs = [name for name in new if name not in unknown and in_use[name] != new[name]]
    return Comparison(differs, unknown, UNREADABLE not in in_use.values())
