"""The flags over the active claims of an indicator, followed from event to event.

What is suspected of claims is read from the rows that are kept of it. Where they do not reach far
enough, all claims are followed in memory.
"""

import sqlite3
from collections import defaultdict
from typing import Protocol

from domain.estimates.flags import Flag, FlagKey
from projections.answers.as_of import AsOf
from projections.answers.flags import flags_about_inputs
from projections.answers.kept_suspicions import are_kept, flag_in
from projections.answers.moments import Cause
from projections.suspected.watched import Watched

Changes = tuple[list[Flag], list[Flag]]
"""The flags that were raised, and those that were cleared."""
_TURNS = (
    "SELECT since, until, rank, claims, detail FROM suspicions WHERE indicator = :indicator "
    "AND (since > :after AND since <= :last OR until > :after AND until <= :last)"
)


class _Suspected(Protocol):
    """What each event changed of what is suspected; the first time there is no event."""

    def at(self, as_of: AsOf, cause: Cause | None = None) -> Changes: ...


class Flagged:
    """The flags over an indicator's claims, after one event that touches it and then the next.

    They are followed from the times `begin` up to the position `last`.
    """

    def __init__(self, db: sqlite3.Connection, indicator: str, begin: AsOf, last: int) -> None:
        self._db, self._indicator = db, indicator
        kept = are_kept(db, indicator, begin.at(last))
        self._suspected: _Suspected = (
            _Kept(db, indicator, begin.position, last) if kept else _Followed(db, indicator)
        )
        self._inputs: dict[FlagKey, Flag] = {}

    def at(self, as_of: AsOf, cause: Cause | None = None) -> Changes:
        """The flags that an event raised and cleared; without a cause, nothing is known before it."""
        was = self._inputs
        self._inputs = self._about_inputs(as_of)
        raised, cleared = self._suspected.at(as_of, cause)
        raised += [flag for key, flag in self._inputs.items() if key not in was]
        cleared += [flag for key, flag in was.items() if key not in self._inputs]
        return raised, cleared

    def _about_inputs(self, as_of: AsOf) -> dict[FlagKey, Flag]:
        """What became of what the figure rested on: no claim of the indicator tells."""
        found = flags_about_inputs(self._db, self._indicator, as_of)
        return {flag.key: flag for flag in found}


class _Kept:
    """Changes of what is suspected, by the rows that begin and end after each event."""

    def __init__(self, db: sqlite3.Connection, indicator: str, after: int, last: int) -> None:
        self._begun = defaultdict[int, dict[FlagKey, Flag]](dict)
        self._ended = defaultdict[int, dict[FlagKey, Flag]](dict)
        given = {"indicator": indicator, "after": after, "last": last}
        for since, until, *row in db.execute(_TURNS, given):
            flag = flag_in(*row)
            self._begun[since][flag.key] = flag
            self._ended[until][flag.key] = flag

    def at(self, as_of: AsOf, cause: Cause | None = None) -> Changes:
        """What an event raised and cleared; what goes on in other words is neither."""
        begun, ended = self._begun.get(as_of.position, {}), self._ended.get(as_of.position, {})
        return (
            [flag for key, flag in begun.items() if key not in ended],
            [flag for key, flag in ended.items() if key not in begun],
        )


class _Followed:
    """Changes of what is suspected, by all claims in memory."""

    def __init__(self, db: sqlite3.Connection, indicator: str) -> None:
        self._watched = Watched(db, indicator)

    def at(self, as_of: AsOf, cause: Cause | None = None) -> Changes:
        """What an event raised and cleared."""
        raised, cleared, _ = self._watched.at(as_of, cause)
        return [each.flag for each in raised], [each.flag for each in cleared]
