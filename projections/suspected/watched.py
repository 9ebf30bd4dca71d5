"""What is suspected over the active claims of an indicator, followed from event to event."""

import sqlite3

from domain.estimates.claims import Claim
from domain.estimates.suspicions.ledger import Changes, changes_between
from domain.estimates.suspicions.suspicion import Suspicion
from domain.estimates.suspicions.watch import Watch
from domain.events import Definition
from projections.answers.as_of import AsOf
from projections.answers.bare_claims import bare_claims
from projections.answers.claims import look_up
from projections.answers.flags import claims_of_parts
from projections.answers.moments import Cause
from projections.answers.questions import question_of
from projections.answers.touched_groups import changed_claims, changed_here, of_all
from projections.giving_way import give_way
from projections.tables.registry import indicator_at


class Watched:
    """The suspicions about an indicator's claims, after one event that touches it and then the next."""

    def __init__(self, db: sqlite3.Connection, indicator: str) -> None:
        self._db, self._indicator = db, indicator
        self._watched: tuple[Watch, Definition] | None = None

    def at(self, as_of: AsOf, cause: Cause | None = None) -> Changes:
        """What an event changed; without a cause, all that is suspected then is raised."""
        if self._watched is None or cause is None or of_all(cause):
            return self._begin(as_of)
        if cause.report is None:
            return Changes([], [], [])
        return self._follow(*self._watched, cause, as_of)

    def all(self) -> list[Suspicion]:
        """All that is suspected now."""
        return self._watched[0].all() if self._watched else []

    def _begin(self, as_of: AsOf) -> Changes:
        before = self.all()
        row, self._watched = indicator_at(self._db, self._indicator, as_of.position), None
        if row is not None:
            watch = Watch(question_of(row.definition), row.definition.parts, give_way)
            claims = bare_claims(self._db, self._indicator, as_of)
            parts = claims_of_parts(self._db, row.definition, as_of)
            watch.load(claims, parts, look_up(self._db, as_of))
            watch.changes()
            self._watched = watch, row.definition
        return changes_between(before, self.all())

    def _follow(self, watch: Watch, definition: Definition, cause: Cause, as_of: AsOf) -> Changes:
        find = look_up(self._db, as_of)
        here = changed_here(self._db, cause, (self._indicator, *definition.parts))
        now = {name: find(name) for name in here}
        own = {name: claim if _counts(claim, self._indicator) else None for name, claim in now.items()}
        parts = {
            part: {name: claim for name, claim in now.items() if _counts(claim, part)}
            for part in definition.parts
        }
        elsewhere = set(changed_claims(self._db, cause)).difference(now)
        watch.update(own, find, parts, elsewhere)
        return watch.changes()


def _counts(claim: Claim | None, indicator: str) -> bool:
    return claim is not None and claim.indicator == indicator and claim.standing == "active"
