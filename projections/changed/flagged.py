"""The flags over the active claims of an indicator, followed from event to event."""

import sqlite3

from domain.estimates.flags import Flag, FlagKey
from projections.answers.as_of import AsOf
from projections.answers.flags import flags_about_inputs
from projections.answers.moments import Cause
from projections.suspected.watched import Watched

Changes = tuple[list[Flag], list[Flag]]
"""The flags that were raised, and those that were cleared."""


class Flagged:
    """The flags over an indicator's claims, after one event that touches it and then the next."""

    def __init__(self, db: sqlite3.Connection, indicator: str) -> None:
        self._db, self._indicator = db, indicator
        self._watched = Watched(db, indicator)
        self._inputs: dict[FlagKey, Flag] = {}

    def at(self, as_of: AsOf, cause: Cause | None = None) -> Changes:
        """The flags that an event raised and cleared; without a cause, all that are raised then."""
        was = self._inputs
        self._inputs = self._about_inputs(as_of)
        changes = self._watched.at(as_of, cause)
        raised = [each.flag for each in changes.raised]
        cleared = [each.flag for each in changes.cleared]
        raised += [flag for key, flag in self._inputs.items() if key not in was]
        cleared += [flag for key, flag in was.items() if key not in self._inputs]
        return raised, cleared

    def _about_inputs(self, as_of: AsOf) -> dict[FlagKey, Flag]:
        """What became of what the figure rested on: no claim of the indicator tells."""
        found = flags_about_inputs(self._db, self._indicator, as_of)
        return {flag.key: flag for flag in found}
