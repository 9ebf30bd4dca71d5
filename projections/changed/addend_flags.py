"""The flags of a sum that is kept, followed from event to event by the addends that begin and end."""

import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from domain.estimates.flags import Flag, FlagKey
from projections.answers.kept_sums import flags_in, overlap_at

_TURNS = (
    "SELECT since, until, flags, clash FROM sum_addends INDEXED BY sum_addends_noted "
    "WHERE indicator = :indicator AND (flags > '' OR clash > '') "
    "AND (since > :after AND since <= :last OR until > :after AND until <= :last)"
)


class _Noted(NamedTuple):
    """An addend with flags, or one that overlaps with others, and from when to when it stood."""

    since: int
    until: int
    flags: str
    clash: str


class AddendFlags:
    """What events changed of the flags of one sum, between two positions by which it is kept."""

    def __init__(self, db: sqlite3.Connection, indicator: str, after: int, last: int) -> None:
        self._db, self._indicator = db, indicator
        given = {"indicator": indicator, "after": after, "last": last}
        rows = [_Noted(*row) for row in db.execute(_TURNS, given)]
        self._begun = sorted(rows, key=attrgetter("since"))
        self._ended = sorted(rows, key=attrgetter("until"))

    def between(self, before: int, after: int) -> tuple[list[Flag], list[Flag]]:
        """The flags that were raised and cleared after one position, up to another."""
        begun = [row for row in _within(self._begun, "since", before, after) if row.until > after]
        ended = [row for row in _within(self._ended, "until", before, after) if row.since <= before]
        now, was = _flags(begun), _flags(ended)
        if any(row.clash for row in (*begun, *ended)):
            now |= self._overlap(after)
            was |= self._overlap(before)
        raised = [flag for key, flag in now.items() if key not in was]
        return raised, [flag for key, flag in was.items() if key not in now]

    def _overlap(self, position: int) -> dict[FlagKey, Flag]:
        flag = overlap_at(self._db, self._indicator, position)
        return {} if flag is None else {flag.key: flag}


def _within(rows: Sequence[_Noted], name: str, before: int, after: int) -> Iterator[_Noted]:
    """The rows of which a position lies after one and not after another, of rows in its order."""
    place = attrgetter(name)
    start, end = (bisect_right(rows, each, key=place) for each in (before, after))
    return iter(rows[start:end])


def _flags(rows: Iterable[_Noted]) -> dict[FlagKey, Flag]:
    return {flag.key: flag for row in rows if row.flags for flag in flags_in(row.flags)}
