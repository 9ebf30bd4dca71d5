"""A row for each change of a default answer, kept as it happens.

To compute them takes long where an indicator has very many claims, so they are made when nothing else
is to do, some events of one indicator at a time; readers compute what is not there yet.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from functools import partial

from projections.answers.as_of import NOW, AsOf
from projections.answers.moments import Cause, touching
from projections.changed.history import ChangedEstimate, Following, is_vintage
from projections.tables.claims import touches_after
from projections.tables.projection import Projection

SCHEMA = """
CREATE TABLE changed_estimates (
    indicator TEXT NOT NULL, position INTEGER NOT NULL, vintage INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (indicator, position)
) WITHOUT ROWID;
CREATE TABLE changes_followed (
    indicator TEXT PRIMARY KEY, position INTEGER NOT NULL, begun INTEGER NOT NULL
) WITHOUT ROWID;
"""
INDICES = """
CREATE INDEX changed_estimates_by_position ON changed_estimates (position, indicator);
CREATE INDEX changed_figures ON changed_estimates (indicator, position) WHERE vintage = 1;
"""
AT_ONCE = 500
"""Maximum number of events of one indicator that are followed at a time."""
_FOLLOWED = (
    "SELECT i.id, coalesce(f.position, 0), coalesce(f.begun, 0) FROM "
    "(SELECT DISTINCT id FROM indicators) i LEFT JOIN changes_followed f ON f.indicator = i.id"
)
_BEHIND = (
    f"{_FOLLOWED} WHERE EXISTS (SELECT 1 FROM touches t WHERE t.indicator = i.id "
    "AND t.position > coalesce(f.position, 0)) LIMIT 1"
)


def idle(db: sqlite3.Connection) -> bool:
    """Follow one indicator through some events; return whether there was one to follow."""
    found = db.execute(_BEHIND).fetchone()
    if found is None:
        return False
    indicator, after, begun = found
    causes = touching(db, indicator, after, NOW.position, AT_ONCE)
    following = _following(db, indicator, NOW.at(after), causes, bool(begun))
    db.executemany(
        "INSERT INTO changed_estimates VALUES (?, ?, ?, ?)",
        (
            (indicator, change["cause"]["position"], is_vintage(change), json.dumps(change))
            for change in _changes(following, NOW, causes)
        ),
    )
    db.execute(
        "INSERT INTO changes_followed VALUES (?, ?, ?) ON CONFLICT (indicator) DO UPDATE "
        "SET position = excluded.position, begun = excluded.begun",
        (indicator, causes[-1].position, following.begun),
    )
    return True


def changes_of(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, followed: tuple[int, bool] = (0, False)
) -> Iterator[ChangedEstimate]:
    """What events changed up to a position, after the one up to which the changes were `followed`."""
    after, begun = followed
    causes = touching(db, indicator, after, as_of.position)
    following = _following(db, indicator, as_of.at(after), causes, begun)
    yield from _changes(following, as_of, causes)


def followed_to(db: sqlite3.Connection, indicator: str) -> tuple[int, bool]:
    """The position up to which the changes of an indicator are kept, and whether they had begun."""
    query = "SELECT position, begun FROM changes_followed WHERE indicator = ?"
    row = db.execute(query, (indicator,)).fetchone()
    return (row[0], bool(row[1])) if row else (0, False)


Place = tuple[int, str]
"""The position of a change, and its indicator."""


def kept_changes(
    db: sqlite3.Connection,
    indicators: Collection[str],
    between: tuple[Place, Place],
    limit: int,
    *,
    latest_first: bool,
) -> list[tuple[Place, ChangedEstimate]]:
    """At most `limit` kept changes of these indicators, strictly between two places."""
    order = "DESC" if latest_first else "ASC"
    rows = db.execute(
        "SELECT position, indicator, body FROM changed_estimates WHERE (position, indicator) > (?, ?) "
        "AND (position, indicator) < (?, ?) AND +indicator IN (SELECT value FROM json_each(?)) "
        f"ORDER BY position {order}, indicator {order} LIMIT ?",
        (*between[0], *between[1], json.dumps(sorted(indicators)), limit),
    )
    return [((position, name), json.loads(body)) for position, name, body in rows]


def kept_changes_on(
    db: sqlite3.Connection, indicator: str, after: int, until: int
) -> list[ChangedEstimate]:
    """The kept changes of one indicator after one position, up to another."""
    rows = db.execute(
        "SELECT body FROM changed_estimates WHERE indicator = ? AND position > ? AND position <= ? "
        "ORDER BY position",
        (indicator, after, until),
    )
    return [json.loads(body) for (body,) in rows]


def kept_vintages_on(
    db: sqlite3.Connection, indicator: str, until: int, part: slice
) -> list[tuple[int, ChangedEstimate]]:
    """A part of the kept changes of an indicator's figure up to a position, each with its time."""
    start = part.start or 0
    limit = -1 if part.stop is None else part.stop - start
    # The inner query is answered from an index, so that only the bodies of the part are read.
    rows = db.execute(
        "SELECT c.body, coalesce(j.recorded_at, 0) FROM (SELECT position FROM changed_estimates "
        "INDEXED BY changed_figures WHERE indicator = :indicator AND vintage = 1 "
        "AND position <= :until ORDER BY position LIMIT :limit OFFSET :start) o "
        "CROSS JOIN changed_estimates c ON c.indicator = :indicator AND c.position = o.position "
        "LEFT JOIN journal j ON j.position = o.position ORDER BY o.position",
        {"indicator": indicator, "until": until, "limit": limit, "start": start},
    )
    return [(moment, json.loads(body)) for body, moment in rows]


def _following(
    db: sqlite3.Connection, indicator: str, begin: AsOf, causes: Sequence[Cause], begun: bool
) -> Following:
    last = causes[-1].position if causes else begin.position
    return Following(db, indicator, begin, last, len(causes), begun=begun)


def _changes(following: Following, as_of: AsOf, causes: Sequence[Cause]) -> Iterator[ChangedEstimate]:
    for cause in causes:
        change = following.after(as_of.at(cause.position), cause)
        if change is not None:
            yield change


def _digested(db: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    """Every change, whether it is kept yet or not."""
    for indicator, followed, begun in db.execute(f"{_FOLLOWED} ORDER BY i.id").fetchall():
        query = "SELECT indicator, body FROM changed_estimates WHERE indicator = ? ORDER BY position"
        yield from db.execute(query, (indicator,)).fetchall()
        for change in changes_of(db, indicator, NOW, (followed, bool(begun))):
            yield indicator, json.dumps(change)


CHANGED = Projection(
    "changed",
    3,
    SCHEMA,
    None,  # what an event changed is found out when there is time
    _digested,
    INDICES,
    idle=idle,
    unmade=partial(touches_after, followed="changes_followed"),
    reads=("journal", "registry", "assessments", "claims", "sums", "suspected"),
)
