"""The headline of every sum, as it is now and as it was at each position where it changed.

Rows wait while events are queued: readers compute a sum whose events are not all followed yet.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence

from domain.stream_names import REPORT, split_stream
from domain.vocabulary import split_claim_id
from projections.sums.forming import formed
from projections.sums.touching import Touch, follow
from projections.tables.levels import changed_between
from projections.tables.portions import Portions
from projections.tables.projection import FOREVER, Projection
from projections.tables.sums import (
    ADDEND,
    INDICES,
    NOW,
    OF_EACH_SUM,
    SCHEMA,
    AddendRow,
    TotalRow,
    is_followed,
    total_at,
)

_Place = tuple[int, str]
"""A position and an indicator that the event there touches."""
_AFTER_ALL = "~"
"""Comes after every id of an indicator."""
AT_ONCE = 1_000
"""Maximum number of events of one sum that are followed together; it limits the memory they take."""

LONG = 50
"""Number of claims from which a sum is long: a reader computes it in some milliseconds, and longer."""

_SPAN = "(t.position, t.indicator) > (?, ?) AND (t.position, t.indicator) <= (?, ?)"
_OF_SUMS = (
    "FROM touches t INDEXED BY touches_by_position "
    "CROSS JOIN measures m ON m.indicator = t.indicator AND m.measure = 'increment' "
)
_AFTER = "WHERE (t.position, t.indicator) > (?, ?)"
_IN_ORDER = f"{_AFTER} ORDER BY t.position, t.indicator LIMIT ?"
_WAITING = f"SELECT t.position, t.indicator {_OF_SUMS} {_IN_ORDER}"
_UNFOLLOWED = f"SELECT DISTINCT t.indicator {_OF_SUMS} {_AFTER} ORDER BY t.indicator"
_FEW = (
    f"SELECT t.position, t.indicator, j.type, j.stream {_OF_SUMS} "
    f"CROSS JOIN journal j ON j.position = t.position {_IN_ORDER}"
)
_LONG = (
    f"SELECT 1 {_OF_SUMS} WHERE t.position > :after AND (SELECT count(*) FROM "
    "(SELECT 1 FROM claims c WHERE c.indicator = t.indicator LIMIT :long)) = :long LIMIT 1"
)
_TOUCHES = (
    "SELECT t.position, j.type, j.stream FROM touches t "
    "CROSS JOIN journal j ON j.position = t.position "
    f"WHERE t.indicator = ? AND {_SPAN} ORDER BY t.position"
)


def amend(db: sqlite3.Connection, first: int, last: int) -> None:
    """Apply new markings to all addends: of a marking, the present one counts at all times."""
    streams = map(split_stream, changed_between(db, first, last))
    for report in sorted(name for kind, name in streams if kind == REPORT):
        indicators = db.execute("SELECT DISTINCT indicator FROM claims WHERE report = ?", (report,))
        for (indicator,) in indicators.fetchall():
            _mark_addends(db, indicator, report)


def _mark_addends(db: sqlite3.Connection, indicator: str, report: str) -> None:
    """Bring the marking of every addend that uses a claim of a report up to date."""
    rows = db.execute(
        "SELECT cohort, first, back, incident, since, used FROM sum_addends WHERE indicator = ? "
        "AND instr(used, ?)",
        (indicator, f'"{report}/'),
    )
    for *key, used in rows.fetchall():
        db.execute(
            "UPDATE sum_addends SET level = ? WHERE indicator = ? AND cohort = ? AND first = ? "
            "AND back = ? AND incident = ? AND since = ?",
            (_level(db, json.loads(used)), indicator, *key),
        )


def _level(db: sqlite3.Connection, claims: Sequence[str]) -> int:
    """The most restrictive marking among claims."""
    reports = json.dumps([split_claim_id(claim)[0] for claim in claims])
    row = db.execute(
        "SELECT max(m.level) FROM json_each(?) r CROSS JOIN markings m ON m.report = r.value",
        (reports,),
    ).fetchone()
    return row[0] or 0


def complete(db: sqlite3.Connection, most: int) -> int:
    """Follow up to `most` events that touch a sum, in order; return their number.

    The events of one sum are followed together, so that what is stored around its cells is read once.
    """
    done = _done(db)
    if most <= AT_ONCE:
        waiting, reached = _follow_together(db, done, most)
    else:
        waiting, reached = _follow_each(db, done, most)
    if waiting < most:
        reached = _end(db)
    if reached > done:
        _note_done(db, reached)
    return waiting


def any_long(db: sqlite3.Connection, after: int) -> bool:
    """Whether an event after a position touches a sum that takes long to compute."""
    return db.execute(_LONG, {"after": after, "long": LONG}).fetchone() is not None


def _follow_together(db: sqlite3.Connection, done: _Place, most: int) -> tuple[int, _Place]:
    """Follow a few events, which are read at once; return their number and where the last one is."""
    touches = defaultdict[str, list[Touch]](list)
    waiting, reached = 0, done
    for position, indicator, *touch in db.execute(_FEW, (*done, most)):
        waiting, reached = waiting + 1, (position, indicator)
        touches[indicator].append(Touch(position, *touch))
    for indicator in sorted(touches):
        follow(db, indicator, touches[indicator])
    return waiting, reached


def _follow_each(db: sqlite3.Connection, done: _Place, most: int) -> tuple[int, _Place]:
    """Follow many events sum by sum; return their number and where the last one is."""
    waiting, reached, sums = 0, done, set[str]()
    for reached in db.execute(_WAITING, (*done, most)):
        waiting += 1
        sums.add(reached[1])
    for indicator in sorted(sums):
        _follow_between(db, indicator, done, reached)
    return waiting, reached


def _follow_between(db: sqlite3.Connection, indicator: str, done: _Place, reached: _Place) -> None:
    touches = db.execute(_TOUCHES, (indicator, *done, *reached))
    while some := touches.fetchmany(AT_ONCE):
        follow(db, indicator, map(Touch._make, some))


def _unfollowed(db: sqlite3.Connection) -> list[str]:
    """Every sum that events touch which are not followed yet."""
    return [row[0] for row in db.execute(_UNFOLLOWED, _done(db))]


def _follow_one(db: sqlite3.Connection, indicator: str) -> None:
    """Follow all events that touch one sum; to note it waits until all sums are followed."""
    _follow_between(db, indicator, _done(db), _end(db))


def _done(db: sqlite3.Connection) -> _Place:
    """Up to where all sums are followed."""
    done: _Place = db.execute("SELECT position, indicator FROM sum_progress").fetchone()
    return done


def _note_done(db: sqlite3.Connection, reached: _Place) -> None:
    db.execute("UPDATE sum_progress SET position = ?, indicator = ?", reached)


def _end(db: sqlite3.Connection) -> tuple[int, str]:
    (position,) = db.execute("SELECT coalesce(max(position), 0) FROM touches").fetchone()
    return position, _AFTER_ALL


def _digested(db: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    """The present addends and total of every sum, whether they are stored yet or not."""
    query = "SELECT indicator FROM measures WHERE measure = 'increment' ORDER BY indicator"
    for (indicator,) in db.execute(query).fetchall():
        if is_followed(db, indicator, FOREVER):
            addends, total = _stored(db, indicator)
        else:
            addends, total = formed(db, indicator, FOREVER - 1)
        yield from ((indicator, *addend) for addend in addends)
        yield indicator, *total


def _stored(db: sqlite3.Connection, indicator: str) -> tuple[list[AddendRow], TotalRow]:
    addends = db.execute(
        f"SELECT {ADDEND} FROM sum_addends WHERE indicator = ? AND {NOW} "
        "ORDER BY cohort, first, back, incident",
        (indicator,),
    )
    total = total_at(db, indicator, FOREVER)
    return [AddendRow._make(row) for row in addends], total or TotalRow()


SUMS = Projection(
    "sums",
    5,
    SCHEMA,
    None,
    _digested,
    INDICES,
    amend,
    complete=complete,
    prompt=any_long,
    portions=Portions(OF_EACH_SUM, _unfollowed, _follow_one, end=lambda db: _note_done(db, _end(db))),
    reads=("journal", "registry", "levels", "claims"),
)
