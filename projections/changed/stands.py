"""The answer to a question about one indicator, after one event that touches it and then the next."""

import sqlite3
from typing import NamedTuple

from domain.estimates.flags import FlagKey
from projections.answers.as_of import AsOf
from projections.answers.differences import flag_key
from projections.answers.estimate_answer import (
    EstimateAnswer,
    FlagAnswer,
    estimate_answer,
    flag_answer,
)
from projections.answers.estimates import answer, computed_answer, defined_estimate, kept_in_short
from projections.answers.moments import Cause
from projections.answers.questions import Narrowing
from projections.answers.retrace import OF_SOURCES
from projections.answers.sweep import sweeps_along_record
from projections.changed.addend_flags import AddendFlags
from projections.tables.registry import indicator_at

Own = dict[FlagKey, FlagAnswer]
"""The flags of an estimate itself, by what tells them apart."""
Turned = tuple[list[FlagAnswer], list[FlagAnswer]]
"""The flags that were raised, and those that were cleared."""


class Stand(NamedTuple):
    """An answer at some times, which does not count its claims.

    Of a sum that is kept it has the first flags alone: not `whole`.
    """

    as_of: AsOf
    body: EstimateAnswer
    whole: bool


class Stands:
    """The answers to a question, from the times `begin` on, up to the position `last`.

    They are asked for after so many `events`.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        indicator: str,
        asked: Narrowing,
        begin: AsOf,
        last: int,
        events: int,
    ) -> None:
        self._db, self._indicator, self._asked = db, indicator, asked
        self._span = begin.position, last
        self._sweeps = sweeps_along_record(db, begin.at(last), events)
        self._addends: AddendFlags | None = None

    def at(self, as_of: AsOf, cause: Cause | None = None) -> Stand | None:
        """The answer after the next event; None before the indicator was defined."""
        if self._sweeps and cause is not None and cause.type in OF_SOURCES:
            self._sweeps.forget()
        row = indicator_at(self._db, self._indicator, as_of.position)
        if row is None:
            return None
        if row.definition.measure == "increment":
            return self._summed(as_of)
        found = defined_estimate(self._db, self._indicator, as_of, self._asked, self._sweeps)
        assert found is not None
        return Stand(as_of, estimate_answer(self._indicator, found, (0, 0)), whole=True)

    def _summed(self, as_of: AsOf) -> Stand:
        kept = kept_in_short(self._db, self._indicator, as_of) if self._asked.plain else None
        if kept is not None:
            return Stand(as_of, kept, whole=False)
        body = computed_answer(self._db, self._indicator, as_of, self._asked)
        return Stand(as_of, body, whole=True)

    def flags_turned(self, before: Stand | None, after: Stand) -> Turned:
        """What was raised and cleared of the flags of the estimate itself."""
        if before is not None and not (before.whole or after.whole):
            if self._addends is None:
                self._addends = AddendFlags(self._db, self._indicator, *self._span)
            turned = self._addends.between(before.as_of.position, after.as_of.position)
            raised, cleared = ([flag_answer(flag) for flag in each] for each in turned)
            return raised, cleared
        was, now = own_flags(self.flags(before)), own_flags(self.flags(after))
        return [now[key] for key in now if key not in was], [was[key] for key in was if key not in now]

    def flags(self, stand: Stand | None) -> list[FlagAnswer]:
        """All flags of the estimate itself."""
        if stand is None or stand.whole:
            return stand.body["flags"] if stand else []
        return answer(self._db, self._indicator, stand.as_of)["flags"]


def own_flags(flags: list[FlagAnswer]) -> Own:
    """Flags by what tells them apart."""
    return {flag_key(flag): flag for flag in flags}
