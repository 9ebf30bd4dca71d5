"""A row for each suspicion about claims and each span of positions in which it stands as it does.

So what is suspected at any position is a look-up, whatever the number of claims. The rows are made
when nothing else is to do, some events of one indicator at a time: for a few events by judging the
groups of the claims that each changed, for many by following all claims in memory. Readers judge what
is not there yet.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from functools import partial
from typing import NamedTuple

from domain.estimates.suspicions.gathered import group_of
from domain.estimates.suspicions.suspicion import Suspicion, order_of
from projections.answers.as_of import NOW
from projections.answers.kept_suspicions import judged_again, names_of, text_of
from projections.answers.moments import Cause, touching
from projections.answers.touched_groups import of_all
from projections.suspected.watched import Watched
from projections.tables.claims import touches_after
from projections.tables.projection import FOREVER, Projection

SCHEMA = """
CREATE TABLE suspicions (
    indicator TEXT NOT NULL, rank INTEGER NOT NULL, position INTEGER NOT NULL, n INTEGER NOT NULL,
    claims TEXT NOT NULL, detail TEXT NOT NULL, grp TEXT NOT NULL,
    since INTEGER NOT NULL, until INTEGER NOT NULL
);
CREATE TABLE suspicions_followed (indicator TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
"""
INDICES = f"""
CREATE INDEX suspicions_listed ON suspicions (indicator, rank, position, n, until, since);
CREATE INDEX suspicions_standing ON suspicions (indicator, grp) WHERE until = {FOREVER};
"""
AT_ONCE = 500
"""Maximum number of events of one indicator that are followed at a time.

If something else is wanted meanwhile, as many are followed again.
"""
FEW = 8
"""Maximum number of events after which claims are read by index, event by event."""
_FOLLOWED = (
    "SELECT i.id, coalesce(f.position, 0) FROM (SELECT DISTINCT id FROM indicators) i "
    "LEFT JOIN suspicions_followed f ON f.indicator = i.id"
)
_BEHIND = (
    f"{_FOLLOWED} WHERE EXISTS (SELECT 1 FROM touches t WHERE t.indicator = i.id "
    "AND t.position > coalesce(f.position, 0)) LIMIT 1"
)


class Row(NamedTuple):
    """A suspicion as its row has it, without the positions between which it stands."""

    indicator: str
    rank: int
    position: int
    n: int
    claims: str
    detail: str
    grp: str


class Held(NamedTuple):
    """All claims on an indicator as they are followed up to a position, for the events after it."""

    db: sqlite3.Connection
    indicator: str
    position: int
    watched: Watched


_HELD: ContextVar[Held | None] = ContextVar("held", default=None)


class Turn(NamedTuple):
    """The rows that end at a position, and those that begin there."""

    at: int
    ended: list[Row]
    begun: list[Row]


def idle(db: sqlite3.Connection) -> bool:
    """Follow one indicator through some events; return whether there was one to follow."""
    found = db.execute(_BEHIND).fetchone()
    if found is None:
        return False
    indicator, after = found
    causes = touching(db, indicator, after, NOW.position, AT_ONCE)
    few = len(causes) <= FEW and not any(of_all(cause) for cause in causes)
    for turn in (_judged if few else _watched)(db, indicator, after, causes):
        _write(db, turn)
    db.execute(
        "INSERT INTO suspicions_followed VALUES (?, ?) ON CONFLICT (indicator) DO UPDATE "
        "SET position = excluded.position",
        (indicator, causes[-1].position),
    )
    return True


def _judged(
    db: sqlite3.Connection, indicator: str, after: int, causes: Sequence[Cause]
) -> Iterator[Turn]:
    """What each of a few events changed, found in the groups of its claims."""
    for cause in causes:
        before, now = NOW.at(after), NOW.at(cause.position)
        again = judged_again(db, indicator, before, now, [cause])
        was = {row for group in again.groups for row in _standing_in(db, indicator, text_of(group))}
        yield _turn(cause.position, was, (row_of(indicator, each) for each in again.found))
        after = cause.position


def _watched(
    db: sqlite3.Connection, indicator: str, after: int, causes: Sequence[Cause]
) -> Iterator[Turn]:
    """What each of many events changed, found by following all claims."""
    watched = _taken(db, indicator, after)
    for cause in causes:
        raised, cleared, altered = watched.at(NOW.at(cause.position), cause)
        was = [*cleared, *(each for each, _ in altered)]
        now = [*raised, *(each for _, each in altered)]
        rows = ([row_of(indicator, each) for each in some] for some in (was, now))
        yield _turn(cause.position, *rows)
    if len(causes) == AT_ONCE:
        _HELD.set(Held(db, indicator, causes[-1].position, watched))


def _taken(db: sqlite3.Connection, indicator: str, after: int) -> Watched:
    """All claims after an event: those that this thread followed up to there just now, or read."""
    held = _HELD.get()
    _HELD.set(None)  # given up in between, it would be neither here nor there
    if held is not None and held[:3] == (db, indicator, after):
        return held.watched
    watched = Watched(db, indicator)
    watched.at(NOW.at(after))
    return watched


def _turn(at: int, was: Iterable[Row], now: Iterable[Row]) -> Turn:
    before, after = set(was), set(now)
    return Turn(at, sorted(before - after), sorted(after - before))


def row_of(indicator: str, each: Suspicion) -> Row:
    """A suspicion as a row."""
    rank, position, n, claims = order_of(each)
    texts = names_of(claims), each.flag.detail, text_of(group_of(each))
    return Row(indicator, rank, position, n, *texts)


def _standing_in(db: sqlite3.Connection, indicator: str, group: str) -> list[Row]:
    rows = db.execute(
        "SELECT indicator, rank, position, n, claims, detail, grp FROM suspicions "
        f"WHERE indicator = ? AND grp = ? AND until = {FOREVER}",
        (indicator, group),
    )
    return [Row(*row) for row in rows]


def _write(db: sqlite3.Connection, turn: Turn) -> None:
    db.executemany(
        "UPDATE suspicions SET until = ? WHERE indicator = ? AND rank = ? AND position = ? AND n = ? "
        f"AND claims = ? AND until = {FOREVER}",
        [(turn.at, *row[:5]) for row in turn.ended],
    )
    db.executemany(
        f"INSERT INTO suspicions VALUES (?, ?, ?, ?, ?, ?, ?, ?, {FOREVER})",
        [(*row, turn.at) for row in turn.begun],
    )


def _digested(db: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    """Every beginning and end, whether it is kept yet or not."""
    columns = ", ".join(Row._fields)
    for indicator, followed in db.execute(f"{_FOLLOWED} ORDER BY i.id").fetchall():
        kept = db.execute(
            f"SELECT since, until, {columns} FROM suspicions WHERE indicator = ?", (indicator,)
        )
        turns = list[tuple[int, bool, Row]]()
        for since, until, *row in kept:
            turns.append((since, True, Row(*row)))
            if until != FOREVER:
                turns.append((until, False, Row(*row)))
        causes = touching(db, indicator, followed, NOW.position)
        for at, ended, begun in _watched(db, indicator, followed, causes):
            turns += [(at, False, row) for row in ended]
            turns += [(at, True, row) for row in begun]
        yield from sorted(turns)


SUSPECTED = Projection(
    "suspected",
    1,
    SCHEMA,
    None,  # what an event changed is found out when there is time
    _digested,
    INDICES,
    idle=idle,
    unmade=partial(touches_after, followed="suspicions_followed"),
    reads=("journal", "registry", "levels", "redactions", "claims"),
)
