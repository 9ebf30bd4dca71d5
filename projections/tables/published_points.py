"""What counts of each indicator, over positions and publication times together, kept for counting.

An event changes what counts for whoever saw at least so much: from its position on, from a publication
time on. Each such corner is a point with what it adds; whatever was known at a position and published
by a time is the sum of the points up to both. The points of an indicator stand in blocks, in the order
of positions. Runs have the points of several blocks in the order of publication times with what they
add up to, so that no question reads more than a few of either.
"""

import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, starmap
from operator import itemgetter
from struct import Struct
from typing import NamedTuple

from projections.tables.claim_rows import ClaimRow
from projections.tables.projection import FOREVER

SCHEMA = """
CREATE TABLE published_points (
    indicator TEXT NOT NULL, block INTEGER NOT NULL, position INTEGER NOT NULL,
    earliest INTEGER NOT NULL, latest INTEGER NOT NULL, cutoff INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (indicator, block)
);
CREATE INDEX published_points_by_position ON published_points (indicator, position, block);
CREATE TABLE published_runs (
    indicator TEXT NOT NULL, level INTEGER NOT NULL, run INTEGER NOT NULL, earliest INTEGER NOT NULL,
    part INTEGER NOT NULL, latest INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (indicator, level, run, earliest, part)
);
"""
"""`cutoff` of a block is the latest of its points and of all before them, `latest` of a part the last
publication time of all parts of its run."""

BLOCK, FAN, PART = 64, 8, 512
"""Number of points of a block, of blocks or runs that make a run of the next level, and of points of a
part of a run."""
DAY = 86_400_000_000


class Point(NamedTuple):
    """What an event adds for whoever sees what was published by a time.

    `cutoff` is the day of the latest cut-off of its claims, whether they count or not.
    """

    position: int
    published: int
    claims: int
    reports: int
    cutoff: int


_Counted = Mapping[tuple[str, str | None], int]
"""The number of claims that count, by indicator and cohort; those of its headline under None."""
_POINT = Struct("<qqibi")
"""How a point is stored."""
NO_CUTOFF = -10_000_000
"""A day before every cut-off."""
_INDICATOR, _CUTOFF = (itemgetter(ClaimRow._fields.index(name)) for name in ("indicator", "cutoff"))


_End = tuple[int, int, int]
"""The last block of an indicator, the number of its points, and the latest cut-off of all."""


def points_of(body: bytes) -> Iterator[tuple[int, ...]]:
    """The points of a block, each with the fields of a `Point`."""
    return _POINT.iter_unpack(body)


class PublishedPoints:
    """Points that are not yet written."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._filed = list[tuple[int, Sequence[ClaimRow], _Counted]]()
        self._new = defaultdict[str, list[tuple[int, ...]]](list)
        self.ends: dict[str, _End] = {}
        """How the points of an indicator end, where that is known."""

    def filed(self, position: int, rows: Sequence[ClaimRow], counted: _Counted) -> None:
        """Add what a report does that is new."""
        self._filed.append((position, rows, counted))

    def changed(
        self,
        position: int,
        before: Collection[ClaimRow],
        after: Collection[ClaimRow],
        counts: Callable[[ClaimRow], bool],
    ) -> None:
        """Add what an event changes about a report; `counts` says whether a row does."""
        self._collect()
        differ = {*before} ^ {*after}
        for name in {row.indicator for row in differ}:
            was, now, other = (
                [row for row in rows if row.indicator == name] for rows in (before, after, differ)
            )
            self._new[name] += _changed(position, filter(counts, was), filter(counts, now), other)

    def _collect(self) -> None:
        """Make the points of new reports: all claims of one were published at one time."""
        for position, rows, counted in self._filed:
            published, cutoff = rows[0].pub_from, max(map(_CUTOFF, rows)) // DAY
            for name in set(map(_INDICATOR, rows)):
                claims = counted.get((name, None), 0)
                self._new[name].append((position, published, claims, claims > 0, cutoff))
        self._filed.clear()

    def flush(self) -> None:
        """Write them after those that are written, and the runs that they complete."""
        self._collect()
        rows, complete = list[tuple[object, ...]](), list[tuple[str, int]]()
        for name, points in self._new.items():
            block, length, cutoff = self.ends.get(name) or _end(self._db, name)
            while points:
                if length == BLOCK:
                    block, length = block + 1, 0
                some, points = points[: BLOCK - length], points[BLOCK - length :]
                times = [point[1] for point in some]
                body = b"".join(starmap(_POINT.pack, some))
                cutoff = max(cutoff, *(point[4] for point in some))
                rows.append((name, block, some[0][0], min(times), max(times), cutoff, body))
                length += len(some)
                if length == BLOCK:
                    complete.append((name, block + 1))
            self.ends[name] = block, length, cutoff
        self._new.clear()
        self._db.executemany(_PUT, rows)
        for name, blocks in complete:
            _write_runs(self._db, name, blocks)


def _changed(
    position: int, was: Iterable[ClaimRow], now: Iterable[ClaimRow], differ: Sequence[ClaimRow]
) -> Iterator[Point]:
    """The points of an event: where a row that is another begins or ends, and where a report does."""
    cutoff = max(row.cutoff for row in differ) // DAY
    before, after = _steps(was), _steps(now)
    ends = {time for row in differ for time in (row.pub_from, row.pub_to)}
    claims_before = claims_after = 0
    for time in sorted(ends | before.keys() | after.keys()):
        then = bool(claims_after) - bool(claims_before)
        claims = after.get(time, 0) - before.get(time, 0)
        claims_before += before.get(time, 0)
        claims_after += after.get(time, 0)
        reports = bool(claims_after) - bool(claims_before) - then
        if time < FOREVER and (time in ends or claims or reports):
            yield Point(position, time, claims, reports, cutoff)


def _steps(rows: Iterable[ClaimRow]) -> dict[int, int]:
    """By how many the rows that stand grow, by publication time."""
    steps = defaultdict[int, int](int)
    for row in rows:
        steps[row.pub_from] += 1
        steps[row.pub_to] -= 1
    return dict(steps)


_END = (
    "SELECT block, length(body), cutoff FROM published_points WHERE indicator = ? "
    "ORDER BY block DESC LIMIT 1"
)
_PUT = (
    "INSERT INTO published_points VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
    "earliest = min(earliest, excluded.earliest), latest = max(latest, excluded.latest), "
    "cutoff = excluded.cutoff, body = CAST(body || excluded.body AS BLOB)"
)


def _end(db: sqlite3.Connection, indicator: str) -> _End:
    row = db.execute(_END, (indicator,)).fetchone()
    return (row[0], row[1] // _POINT.size, row[2]) if row else (0, 0, NO_CUTOFF)


# Runs


def sums_of(body: bytes) -> tuple[memoryview, ...]:
    """The columns of a part of a run: publication times, and what its points up to each come to."""
    view, times = memoryview(body), len(body) // 20
    sums = view[8 * times :].cast("i")
    return view[: 8 * times].cast("q"), *(sums[n * times : (n + 1) * times] for n in range(3))


_BODIES = (
    "SELECT body FROM published_points WHERE indicator = ? AND block >= ? AND block < ? ORDER BY block"
)
_PUT_PART = "INSERT INTO published_runs VALUES (?, ?, ?, ?, ?, ?, ?)"


def _write_runs(db: sqlite3.Connection, indicator: str, blocks: int) -> None:
    """Write the runs that the last of a number of blocks completes, one of each level."""
    level, size = 1, FAN
    while blocks % size == 0:
        run, bodies = blocks // size - 1, db.execute(_BODIES, (indicator, blocks - size, blocks))
        points = [*chain.from_iterable(points_of(body) for (body,) in bodies)]
        db.executemany(_PUT_PART, ((indicator, level, run, *part) for part in _parts(points)))
        level, size = level + 1, size * FAN


def _parts(points: list[tuple[int, ...]]) -> Iterator[tuple[int, int, int, bytes]]:
    """The parts of a run of points: the first publication time of each, its number, and its body."""
    points.sort(key=itemgetter(1))
    _, times, claims, reports, cutoffs = zip(*points, strict=True)
    sums = [*accumulate(claims)], [*accumulate(reports)], [*accumulate(cutoffs, max)]
    for part, start in enumerate(range(0, len(points), PART)):
        some = slice(start, start + PART)
        body = b"".join(array("i", each[some]).tobytes() for each in sums)
        yield times[start], part, times[-1], array("q", times[some]).tobytes() + body
