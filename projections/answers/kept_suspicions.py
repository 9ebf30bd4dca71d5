"""What is suspected of an indicator, read from the rows that are kept of it.

Rows are kept up to a position. What the few events after it may have changed is judged again, and
nothing else, so that an answer never waits for rows.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import NamedTuple

from domain.estimates.flags import Flag, FlagCode
from domain.estimates.suspicions.gathered import RELAYS, Group
from domain.estimates.suspicions.suspicion import LISTED, Order, Suspicion, order_of
from projections.answers.as_of import EVERYTHING, AsOf
from projections.answers.gathering import gathered
from projections.answers.moments import Cause, touching
from projections.answers.touched_groups import of_all, suspicions_among, touched_groups
from projections.tables.projection import FOREVER
from projections.tables.registry import indicator_at

MOST_EVENTS = 100
"""Maximum number of events after those whose rows are kept that are followed for an answer."""
BETWEEN_NAMES = "\n"
"""Between the ids of claims in a row: it sorts before all that they consist of."""

_STANDING = "indicator = :indicator AND since <= :position AND until > :position"
_OTHERS = "grp NOT IN (SELECT value FROM json_each(:groups))"
_LISTED = (
    "SELECT rank, position, n, claims, detail FROM suspicions "
    f"WHERE {_STANDING} AND {_OTHERS} ORDER BY rank, position, n, claims"
)
_COUNTED = f"SELECT rank, count(*) FROM suspicions WHERE {_STANDING} GROUP BY rank"
_COUNTED_IN = (
    f"SELECT rank, count(*) FROM suspicions WHERE indicator = :indicator AND until = {FOREVER} "
    "AND grp IN (SELECT value FROM json_each(:groups)) GROUP BY rank"
)


_TOUCHED = "SELECT 1 FROM touches WHERE indicator = ? AND position > ? AND position <= ? LIMIT ?"


class Listed(NamedTuple):
    """The first flags of an indicator about its claims, and how many there are of each code."""

    flags: list[Flag]
    counts: dict[FlagCode, int]


class Again(NamedTuple):
    """Groups that were judged again, and what is suspected in them now."""

    groups: Collection[Group]
    found: Sequence[Suspicion]


NOTHING = Again((), ())


def kept_suspicions(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, most: int | None = None
) -> Listed | None:
    """At most `most` flags about claims at a position, and their number; None if rows are missing.

    Nothing but a position is asked, by a reader who may see all of the indicator.
    """
    if not _is_kept(as_of):
        return None
    again = _since_kept(db, indicator, as_of)
    return None if again is None else _listed(db, indicator, as_of, again, most)


def are_kept(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> bool:
    """Whether the rows of an indicator reach to the times asked."""
    return _is_kept(as_of) and as_of.position <= followed_to(db, indicator)


def kept_to(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> int:
    """The position up to which rows answer for such times as are asked; 0 where none do."""
    return min(as_of.position, followed_to(db, indicator)) if _is_kept(as_of) else 0


def are_nearly_kept(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> bool:
    """Whether at most a few events are judged again for the times asked, and not all claims."""
    if not _is_kept(as_of):
        return False
    since = followed_to(db, indicator), as_of.position
    return len(db.execute(_TOUCHED, (indicator, *since, MOST_EVENTS + 1)).fetchall()) <= MOST_EVENTS


def _is_kept(as_of: AsOf) -> bool:
    """Whether rows answer for the times asked: nothing but a position, and nothing is hidden."""
    return as_of == AsOf(as_of.position, clearance=EVERYTHING)


def followed_to(db: sqlite3.Connection, indicator: str) -> int:
    """The position up to which the rows of an indicator are kept."""
    query = "SELECT position FROM suspicions_followed WHERE indicator = ?"
    row = db.execute(query, (indicator,)).fetchone()
    return int(row[0]) if row else 0


def _since_kept(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> Again | None:
    """What events changed since the rows were kept; None if that is too much to judge it now."""
    followed = followed_to(db, indicator)
    if as_of.position <= followed:
        return NOTHING
    causes = touching(db, indicator, followed, as_of.position, MOST_EVENTS + 1)
    if len(causes) > MOST_EVENTS or any(of_all(cause) for cause in causes):
        return None
    return judged_again(db, indicator, as_of.at(followed), as_of, causes)


def judged_again(
    db: sqlite3.Connection, indicator: str, before: AsOf, after: AsOf, causes: Sequence[Cause]
) -> Again:
    """What is suspected after events in the groups of the claims that they changed."""
    row = indicator_at(db, indicator, after.position)
    if row is None or not causes:
        return NOTHING
    groups = touched_groups(db, indicator, row.definition, (before, after), causes) | {RELAYS}
    claims = gathered(db, indicator, after, groups)
    return Again(groups, suspicions_among(db, row.definition, after, claims))


def _listed(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, again: Again, most: int | None
) -> Listed:
    given = {
        "indicator": indicator,
        "position": as_of.position,
        "groups": json.dumps([text_of(group) for group in again.groups]),
    }
    fresh = ((order_of(each), each.flag) for each in again.found)
    flags = islice(merge(_rows(db, given), fresh, key=lambda each: each[0]), most)
    return Listed([flag for _, flag in flags], _counts(db, given, again.found))


def _rows(db: sqlite3.Connection, given: dict[str, object]) -> Iterator[tuple[Order, Flag]]:
    for rank, position, n, names, detail in db.execute(_LISTED, given):
        flag = flag_in(rank, names, detail)
        yield (rank, position, n, flag.claims), flag


def _counts(
    db: sqlite3.Connection, given: dict[str, object], fresh: Iterable[Suspicion]
) -> dict[FlagCode, int]:
    counts = Counter(dict(db.execute(_COUNTED, given).fetchall()))
    counts.subtract(dict(db.execute(_COUNTED_IN, given).fetchall()))
    counts.update(order_of(each)[0] for each in fresh)
    return {LISTED[rank]: counts[rank] for rank in sorted(counts) if counts[rank]}


def text_of(group: Group) -> str:
    """A group as a row names it."""
    return json.dumps(group)


def names_of(claims: Iterable[str]) -> str:
    """The ids of the claims of a flag as a row has them."""
    return BETWEEN_NAMES.join(claims)


def flag_in(rank: int, names: str, detail: str) -> Flag:
    """The flag in a row."""
    return Flag(LISTED[rank], detail, claims_in(names))


def claims_in(names: str) -> tuple[str, ...]:
    """The ids of claims in a row."""
    return tuple(names.split(BETWEEN_NAMES))
