"""The answer to a question about one indicator, after one event that touches it and then the next."""

import sqlite3
from typing import NamedTuple

from domain.estimates.flags import Flag, FlagKey
from domain.events import Definition
from domain.vocabulary import Qualifier
from projections.answers.as_of import AsOf
from projections.answers.differences import ComparedAnswer, flag_key
from projections.answers.estimate_answer import (
    FlagAnswer,
    estimate_answer,
    flag_answer,
)
from projections.answers.estimates import answer, computed_answer, defined_estimate, kept_in_short
from projections.answers.moments import Cause
from projections.answers.questions import Narrowing
from projections.answers.retrace import OF_SOURCES
from projections.answers.running_addends import RunningAddends
from projections.answers.running_figure import summed_figure
from projections.answers.running_notes import RunningNotes
from projections.answers.sum_sweep import SumSweep, sum_sweep
from projections.answers.sweep import sweeps_along_record
from projections.changed.addend_flags import AddendFlags
from projections.tables.registry import indicator_at

Own = dict[FlagKey, FlagAnswer]
"""The flags of an estimate itself, by what tells them apart."""
Turned = tuple[list[FlagAnswer], list[FlagAnswer]]
"""The flags that were raised, and those that were cleared."""


class Stood(ComparedAnswer):
    """What is told of an answer after each event."""

    qualifier: Qualifier | None
    n_used: int


class Stand(NamedTuple):
    """An answer at some times, with all flags of the estimate itself.

    They are None of a sum that is kept, and of one whose addends are followed: there those are known
    that `turned` since the same addends stood before.
    """

    as_of: AsOf
    body: Stood
    flags: list[FlagAnswer] | None
    addends: RunningAddends | None = None
    turned: Turned = ([], [])

    @property
    def kept(self) -> bool:
        """Whether it is a sum that is kept."""
        return self.flags is None and self.addends is None


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
        self._sums: SumSweep | None = None
        self._kept_flags: AddendFlags | None = None

    def at(self, as_of: AsOf, cause: Cause | None = None) -> Stand | None:
        """The answer after the next event; None before the indicator was defined."""
        if cause is not None and cause.type in OF_SOURCES:
            for each in (self._sweeps, self._sums):
                if each:
                    each.forget()
        row = indicator_at(self._db, self._indicator, as_of.position)
        if row is None:
            return None
        if row.definition.measure == "increment":
            return self._summed(as_of, row.definition)
        found = defined_estimate(self._db, self._indicator, as_of, self._asked, self._sweeps)
        assert found is not None
        body = estimate_answer(self._indicator, found, (0, 0))
        return Stand(as_of, body, body["flags"])

    def _summed(self, as_of: AsOf, definition: Definition) -> Stand:
        kept = kept_in_short(self._db, self._indicator, as_of) if self._asked.plain else None
        if kept is not None:
            return Stand(as_of, kept, None)
        addends = self._addends_at(as_of, definition)
        if addends is not None and addends.notes is not None:
            return _of_addends(as_of, addends, addends.notes)
        body = computed_answer(self._db, self._indicator, as_of, self._asked)
        return Stand(as_of, body, body["flags"])

    def _addends_at(self, as_of: AsOf, definition: Definition) -> RunningAddends | None:
        """The addends of a sum that is not kept; None where it must be computed from all claims."""
        if not self._sweeps or self._asked.period is not None or definition.parts:
            return None
        if self._sums is None:
            last = as_of.at(self._span[1])
            self._sums = sum_sweep(self._db, self._indicator, last, self._asked, "record", noting=True)
        return self._sums.at(definition, as_of) if self._sums else None

    def flags_turned(self, before: Stand | None, after: Stand) -> Turned:
        """What was raised and cleared of the flags of the estimate itself."""
        if before is not None and after.addends is not None and before.addends is after.addends:
            return after.turned
        if before is not None and before.kept and after.kept:
            if self._kept_flags is None:
                self._kept_flags = AddendFlags(self._db, self._indicator, *self._span)
            return _answers(self._kept_flags.between(before.as_of.position, after.as_of.position))
        was, now = own_flags(self.flags(before)), own_flags(self.flags(after))
        return [now[key] for key in now if key not in was], [was[key] for key in was if key not in now]

    def flags(self, stand: Stand | None) -> list[FlagAnswer]:
        """All flags of the estimate itself."""
        if stand is None:
            return []
        if stand.flags is not None:
            return stand.flags
        return answer(self._db, self._indicator, stand.as_of, self._asked)["flags"]


def _of_addends(as_of: AsOf, addends: RunningAddends, notes: RunningNotes) -> Stand:
    leading = addends.leading
    body: Stood = {
        **summed_figure(addends),
        "period": notes.period(),
        "qualifier": leading.qualifier if leading else None,
        "support": {"level": notes.level, "reasons": []},
        "origins": notes.origins,
        "policy": addends.question.policy,
        "n_used": addends.n_used,
    }
    return Stand(as_of, body, None, addends, _answers(notes.flags_turned()))


def _answers(turned: tuple[list[Flag], list[Flag]]) -> Turned:
    raised, cleared = ([flag_answer(flag) for flag in each] for each in turned)
    return raised, cleared


def own_flags(flags: list[FlagAnswer]) -> Own:
    """Flags by what tells them apart."""
    return {flag_key(flag): flag for flag in flags}
