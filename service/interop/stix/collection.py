"""The collection of a TAXII server: objects in the order in which the log last changed them, in pages.

`date_added` is the time of the event that made a version. A page is pinned to a position, and reaches
only up to a time of which nothing more can come: so a client that asks for what was added after the
last object that it got misses nothing.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from service.interop.stix.fixed import fixed_versions
from service.interop.stix.origins import subjects_of
from service.interop.stix.versions import Version
from service.interop.stix.walk import Walk

SPEC_VERSION = "2.1"
Place = tuple[int, str, str]
"""A version's place in the collection: its position and its key there."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a client asks for; empty is everything, and the last version of it."""

    ids: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    versions: frozenset[str] = frozenset({"last"})
    spec_versions: frozenset[str] = frozenset()

    def chosen(self, versions: list[Version]) -> list[Version]:
        """Which versions of an object are asked for."""
        thing = versions[0].thing
        if (self.ids and thing["id"] not in self.ids) or (
            self.types and thing["type"] not in self.types
        ):
            return []
        if self.spec_versions and SPEC_VERSION not in self.spec_versions:
            return []
        if "all" in self.versions:
            return versions
        ends = {"first": versions[0], "last": versions[-1]}
        wanted = {end.key for name, end in ends.items() if name in self.versions}
        return [v for v in versions if v.key in wanted or v.modified in self.versions]


def place_of(version: Version) -> Place:
    """The place of a version."""
    return (version.position, *version.key)


def collected(walk: Walk, match: Match, after: Place, limit: int) -> list[Version]:
    """Up to `limit` versions that follow a place, in order."""
    following = (each for each in _versions(walk, match, after[0]) if place_of(each) > after)
    return list(islice(following, limit))


def _versions(walk: Walk, match: Match, position: int) -> Iterator[Version]:
    if position <= 0 < walk.until:  # they have the time of the first event
        for version in fixed_versions(walk.here.db, walk.ids):
            yield from match.chosen([version])
    subjects = subjects_of(walk.here.db, walk.ids, match.ids) if match.ids else None
    if subjects is not None:
        yield from sorted(walk.of(sorted(subjects), position - 1, match.chosen), key=place_of)
        return
    for _, step in walk.steps(max(position - 1, 0), match.chosen):
        yield from step


def position_until(db: sqlite3.Connection, micros: int, *, inclusive: bool) -> int:
    """The last position recorded up to a time in microseconds, or before it; 0 where there is none."""
    sign = "<=" if inclusive else "<"
    query = f"SELECT max(position) FROM main.journal WHERE recorded_at {sign} ?"
    (position,) = db.execute(query, (micros,)).fetchone()
    return position or 0


def ids_of(text: str) -> frozenset[str]:
    """The values of a match, which are separated by commas."""
    return frozenset(each for each in _parts(text.split(",")))


def _parts(parts: Iterable[str]) -> Iterator[str]:
    for part in parts:
        if part.strip():
            yield part.strip()
