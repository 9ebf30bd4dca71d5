"""The flags over the active claims of an indicator, followed from event to event."""

import sqlite3
from collections.abc import Iterable

from domain.estimates.claims import Claim
from domain.estimates.flags import Flag, FlagKey
from domain.estimates.suspicions.suspicion import Suspicion, flags_about
from domain.estimates.suspicions.watch import Watch
from domain.events import Definition, IndicatorDefined, IndicatorRevised, SourceRegistered
from projections.answers.as_of import AsOf
from projections.answers.claims import look_up
from projections.answers.flags import active_claims, claims_of_parts, inputs_flag, redacted_flag
from projections.answers.moments import Cause
from projections.answers.questions import question_of
from projections.tables.registry import indicator_at

Changes = tuple[list[Flag], list[Flag]]
"""The flags that were raised, and those that were cleared."""

_CHANGED = "SELECT DISTINCT claim FROM claims WHERE report = ? AND (since = ? OR until = ?)"
_OF_ALL = (IndicatorDefined.TYPE, IndicatorRevised.TYPE, SourceRegistered.TYPE)
"""Events that may change claims which they do not name: their cells, their voices, what is a part."""


class Flagged:
    """The flags over an indicator's claims, after one event that touches it and then the next."""

    def __init__(self, db: sqlite3.Connection, indicator: str) -> None:
        self._db, self._indicator = db, indicator
        self._watched: tuple[Watch, Definition] | None = None
        self._inputs: dict[FlagKey, Flag] = {}

    def at(self, as_of: AsOf, cause: Cause | None = None) -> Changes:
        """The flags that an event raised and cleared; without a cause, all that are raised then."""
        was = self._inputs
        self._inputs = self._about_inputs(as_of)
        if self._watched is None or cause is None or cause.type in _OF_ALL:
            raised, cleared = self._begin(as_of)
        elif cause.report is not None:
            raised, cleared = self._follow(*self._watched, cause, as_of)
        else:
            raised, cleared = [], []
        raised += [flag for key, flag in self._inputs.items() if key not in was]
        cleared += [flag for key, flag in was.items() if key not in self._inputs]
        return raised, cleared

    def _about_inputs(self, as_of: AsOf) -> dict[FlagKey, Flag]:
        """What became of what the figure rested on: no claim of the indicator tells."""
        asked = self._db, self._indicator, as_of
        return {flag.key: flag for flag in (inputs_flag(*asked), redacted_flag(*asked)) if flag}

    def _begin(self, as_of: AsOf) -> Changes:
        before = self._all()
        row, self._watched = indicator_at(self._db, self._indicator, as_of.position), None
        if row is not None:
            watch = Watch(question_of(row.definition), row.definition.parts)
            claims = active_claims(self._db, self._indicator, row.definition, as_of)
            parts = claims_of_parts(self._db, row.definition, as_of)
            watch.load(claims, parts, look_up(self._db, as_of))
            watch.changes()
            self._watched = watch, row.definition
        after = self._all()
        raised = [flag for key, flag in after.items() if key not in before]
        return raised, [flag for key, flag in before.items() if key not in after]

    def _all(self) -> dict[FlagKey, Flag]:
        if self._watched is None:
            return {}
        watch, definition = self._watched
        return {flag.key: flag for flag in _about(definition, watch.all())}

    def _follow(self, watch: Watch, definition: Definition, cause: Cause, as_of: AsOf) -> Changes:
        find = look_up(self._db, as_of)
        names = self._db.execute(_CHANGED, (cause.report, cause.position, cause.position)).fetchall()
        now = {name: find(name) for (name,) in names}
        own = {name: claim if _counts(claim, self._indicator) else None for name, claim in now.items()}
        parts = {
            part: {name: claim for name, claim in now.items() if _counts(claim, part)}
            for part in definition.parts
        }
        watch.update(own, find, parts)
        raised, cleared = watch.changes()
        return _about(definition, raised), _about(definition, cleared)


def _counts(claim: Claim | None, indicator: str) -> bool:
    return claim is not None and claim.indicator == indicator and claim.standing == "active"


def _about(definition: Definition, found: Iterable[Suspicion]) -> list[Flag]:
    return flags_about(question_of(definition), found)
