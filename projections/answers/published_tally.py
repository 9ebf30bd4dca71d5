"""What was known of an indicator at a position and published by a time, without reading its claims."""

import sqlite3
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from projections.answers.as_of import AsOf
from projections.tables.published_points import DAY, FAN, NO_CUTOFF, points_of, sums_of


class Published(NamedTuple):
    """The claims that count and the reports they are in.

    `cutoff` is the day of the latest cut-off of a claim known and published by then, or a later one.
    """

    claims: int
    reports: int
    cutoff: int


_UNTIL = (
    "SELECT block, body FROM published_points INDEXED BY published_points_by_position "
    "WHERE indicator = ? AND position <= ? ORDER BY position DESC, block DESC LIMIT ?"
)
_IN_RUN = (
    "SELECT body FROM published_runs WHERE indicator = ? AND level = ? "
    "AND run = ? AND earliest <= ? ORDER BY earliest DESC, part DESC LIMIT 1"
)


def published_until(db: sqlite3.Connection, indicator: str, position: int, by: int) -> Published:
    """What was known of an indicator at a position and published by a time."""
    found = [*_in_blocks_and_runs(db, indicator, position, by)]
    return Published(
        sum(each.claims for each in found),
        sum(each.reports for each in found),
        max((each.cutoff for each in found), default=NO_CUTOFF),
    )


def _in_blocks_and_runs(
    db: sqlite3.Connection, indicator: str, position: int, by: int
) -> Iterator[Published]:
    """The same of each block and run that together have the points up to a position."""
    end = 0
    for block, body in db.execute(_UNTIL, (indicator, position, FAN)):
        end = end or block
        yield from _in_block(body, position, by)
        if block % FAN == 0:
            break
    level = 1
    while end := end // FAN:
        for run in range(end - end % FAN, end):
            part = db.execute(_IN_RUN, (indicator, level, run, by)).fetchone()
            if part:
                yield _in_part(part[0], by)
        level += 1


def _in_block(body: bytes, position: int, by: int) -> Iterator[Published]:
    """What the points of a block come to that were known and published by then, if there are any."""
    chosen = [point for point in points_of(body) if point[1] <= by and point[0] <= position]
    if chosen:
        _, _, claims, reports, cutoffs = zip(*chosen, strict=True)
        yield Published(sum(claims), sum(reports), max(cutoffs))


def _in_part(body: bytes, by: int) -> Published:
    """What the points of a run come to that were published by a time, the last of them in this part."""
    times, *sums = sums_of(body)
    last = bisect_right(times, by) - 1
    return Published(*(column[last] for column in sums))


_LATEST = (
    "SELECT cutoff FROM published_points INDEXED BY published_points_by_position "
    "WHERE indicator = ? AND position <= ? ORDER BY position DESC, block DESC LIMIT 1"
)


def latest_cutoff(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> int:
    """A time after which no claim on an indicator has its cut-off that stands at the times asked."""
    if as_of.published_by is not None:
        day = published_until(db, indicator, as_of.position, as_of.by).cutoff
    else:
        row = db.execute(_LATEST, (indicator, as_of.position)).fetchone()
        day = row[0] if row else NO_CUTOFF
    return (day + 1) * DAY - 1


def positions_apart(db: sqlite3.Connection, indicator: str, base: int, as_of: AsOf) -> set[int]:
    """The positions of all events by which what stands at the times asked differs from a base.

    At the base all is seen that was known at its position, whenever it was published.
    """
    first, last = (_block_of(db, indicator, position) for position in (base, as_of.position))
    by, position = as_of.by, as_of.position
    early = _bodies(db, indicator, (0, first), "latest > :by", by)
    late = _bodies(db, indicator, (first, last), "earliest <= :by", by)
    return {x for body in early for x, y, *_ in points_of(body) if x <= base and y > by} | {
        x for body in late for x, y, *_ in points_of(body) if base < x <= position and y <= by
    }


def _block_of(db: sqlite3.Connection, indicator: str, position: int) -> int:
    """The block with the last point up to a position; the first if there is none."""
    row = db.execute(_UNTIL, (indicator, position, 1)).fetchone()
    return row[0] if row else 0


_BLOCKS = (
    "SELECT body FROM published_points WHERE indicator = :indicator AND block >= :start "
    "AND block < :end AND {hit}"
)
_RUNS = (
    "SELECT run FROM published_runs WHERE indicator = :indicator AND level = :level AND run >= :start "
    "AND run < :end AND part = 0 AND {hit}"
)


def _bodies(
    db: sqlite3.Connection, indicator: str, blocks: tuple[int, int], hit: str, by: int
) -> Iterator[bytes]:
    """The bodies of those blocks, from the first to the last, that may have a point asked for.

    Runs that have none are passed over together.
    """

    def of(level: int, start: int, end: int) -> Iterator[bytes]:
        given = {"indicator": indicator, "level": level, "start": start, "end": end, "by": by}
        rows = db.execute((_RUNS if level else _BLOCKS).format(hit=hit), given)
        for (found,) in rows.fetchall() if start < end else ():
            if level:
                yield from of(level - 1, found * FAN, (found + 1) * FAN)
            else:
                yield found

    start, last = blocks
    yield from of(0, last, last + 1)
    level, end = 0, last
    while start < end:
        inner, outer = -(-start // FAN), end // FAN
        if inner >= outer:
            yield from of(level, start, end)
            return
        yield from of(level, start, inner * FAN)
        yield from of(level, outer * FAN, end)
        start, end, level = inner, outer, level + 1
