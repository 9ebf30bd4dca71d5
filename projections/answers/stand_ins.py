"""Which relays stand in for an absent root, at moments that move along one axis or both.

Relays that lead to a common claim decide together; the others are not looked at again when one of their
claims changes.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator

from domain.estimates.claims import Claim
from domain.estimates.origins import resolve
from projections.answers.as_of import AsOf
from projections.answers.claims import look_up
from projections.answers.plane import KNOWN, RECTANGLE, Along, Plane
from projections.tables.claim_writes import DERIVED

_LINKS = f"""
WITH RECURSIVE concerned (claim) AS (
    SELECT value FROM json_each(:relays)
    UNION SELECT l.parent FROM links l JOIN concerned ON l.child = concerned.claim
        WHERE l.kind = '{DERIVED}'
)
SELECT l.child, l.parent FROM concerned JOIN links l ON l.child = concerned.claim
    WHERE l.kind = '{DERIVED}'
"""
# Of hidden claims too: a link between them decides for whom those that are seen stand in.
_CHANGES = (
    f"SELECT {RECTANGLE}, c.claim FROM json_each(:claims) CROSS JOIN main.claims c "
    "ON c.claim = json_each.value WHERE {known}"
)
"""When claims begin and end to be as they are."""


class StandIns:
    """The relays among some claims that stand in, as far as claims are known at a moment."""

    def __init__(
        self, db: sqlite3.Connection, relays: Collection[str], last: AsOf, along: Along
    ) -> None:
        self._db = db
        self._leader = dict[str, str]()
        for child, parent in db.execute(_LINKS, {"relays": json.dumps([*relays])}):
            self._leader[self._group(child)] = self._group(parent)
        given = {"claims": json.dumps([*self._leader]), "position": last.position, "by": last.by}
        rows = db.execute(_CHANGES.format(known=KNOWN[along]), given)
        self._plane = Plane[str]((row[:4], row[4]) for row in rows)
        self._active = dict[str, dict[str, Claim]]()
        self._standing = dict[str, dict[str, Claim]]()
        self._found = dict[str, Claim | None]()
        self._dirty = set[str]()

    def put(self, relay: Claim, *, active: bool) -> None:
        """Note that a relay begins or ceases to be active."""
        group = self._group(relay.id)
        self._dirty.add(group)
        if active:
            self._active.setdefault(group, {})[relay.id] = relay
        else:
            del self._active[group][relay.id]

    def changes(self, as_of: AsOf) -> Iterator[tuple[Claim, int]]:
        """The relays that cease to stand in by a moment (-1), and those that begin to (1)."""
        for claim, _ in self._plane.move(as_of):
            self._found.pop(claim, None)
            self._dirty.add(self._group(claim))
        for group in self._dirty:
            before, after = self._standing.get(group, {}), self._decide(group, as_of)
            yield from _differences(before, after)
            self._standing[group] = after
        self._dirty.clear()

    def _decide(self, group: str, as_of: AsOf) -> dict[str, Claim]:
        active = self._active.get(group)
        if not active:
            return {}
        read = look_up(self._db, as_of)

        def find(name: str) -> Claim | None:
            if name not in self._found:
                self._found[name] = read(name)
            return self._found[name]

        relays = sorted(active.values(), key=lambda claim: (claim.position, claim.n))
        return {claim.id: claim for claim in resolve(relays, find).origins}

    def _group(self, claim: str) -> str:
        """The claim that leads all those that one is connected with."""
        while (above := self._leader.setdefault(claim, claim)) != claim:
            self._leader[claim] = self._leader[above]
            claim = above
        return claim


def _differences(before: dict[str, Claim], after: dict[str, Claim]) -> Iterable[tuple[Claim, int]]:
    for name, claim in before.items():
        if after.get(name) != claim:
            yield claim, -1
    for name, claim in after.items():
        if before.get(name) != claim:
            yield claim, 1
