"""The shape of a projection: tables that follow from events, and nothing else.

A projection reads no clock, network or log, has no side effect except its own rows, and never
swallows an error. Its rows at a position do not depend on how the events were batched.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from domain.clearance import Names, names_in
from domain.events import Destroyed, Event
from domain.streams.report_state import Filed, Report
from projections.tables.portions import Portions

FOREVER = 2**62
"""Upper end of a span of positions or instants that has not ended."""
MOST_UNMADE = 20_000
"""Maximum number of events of which a digest computes the rows that are not built yet."""


@dataclass(frozen=True)
class Recorded:
    """An event as the log holds it; `state` is that of its report after it, for report events.

    `recorded_at` is in microseconds since 1970.
    """

    position: int
    type: str
    stream: str
    version: int
    recorded_at: int
    actor: str
    event: Event | Destroyed
    state: Report | None = None

    @property
    def named(self) -> Names:
        """What its report names, found once: several projections ask."""
        found: Names | None = self.__dict__.get("_named")
        if found is None:
            assert isinstance(self.state, Filed)
            found = self.__dict__["_named"] = names_in(self.state)
        return found


@dataclass(frozen=True, slots=True)
class Projection:
    """A named, versioned set of tables and the function that applies events to them.

    `apply` writes what events say. `amend` is called once the rows of a batch are written in every
    table, with the positions of its first and its last event: it brings rows in line that follow from
    other projections alone.
    `digested` are the ordered rows that the digest covers: as queries, or as a function.
    `indices` are those that inserting does not need: a rebuild creates them last. `complete` builds up
    to a number of deferred rows and returns how many: rows that follow from other projections alone
    can wait while events are queued, if readers can compute them meanwhile. Where events are few, those
    that have `prompt` are built right after them; or with them, if it says of the events after a
    position that to compute their rows takes long. `idle` builds one more row of those that take long,
    when there is nothing else to do, and returns whether it built one.
    `prepare` builds one more of those that come first then. A file has its `portions` before it is
    read; without them, all that `complete` builds.
    `unmade` counts the events of which such rows are still to be built, which a digest must compute.
    `reads` names the projections whose tables `apply`, `amend`, `complete` or `idle` read: the
    catalogue puts them earlier.
    """

    name: str
    version: int
    schema: str
    apply: Callable[[sqlite3.Connection, Sequence[Recorded]], None] | None
    digested: tuple[str, ...] | Callable[[sqlite3.Connection], Iterable[tuple[object, ...]]]
    indices: str = ""
    amend: Callable[[sqlite3.Connection, int, int], None] | None = None
    complete: Callable[[sqlite3.Connection, int], int] | None = None
    prompt: Callable[[sqlite3.Connection, int], bool] | None = None
    idle: Callable[[sqlite3.Connection], bool] | None = None
    prepare: Callable[[sqlite3.Connection], bool] | None = None
    portions: Portions | None = None
    unmade: Callable[[sqlite3.Connection], int] | None = None
    reads: tuple[str, ...] = ()


def apply_events(
    catalogue: Iterable[Projection], db: sqlite3.Connection, events: Sequence[Recorded]
) -> None:
    """Have each projection write what events say; `amend_rows` comes after it."""
    for each in catalogue:
        if each.apply is not None:
            each.apply(db, events)


def amend_rows(catalogue: Iterable[Projection], db: sqlite3.Connection, first: int, last: int) -> None:
    """Bring rows in line that follow from those of a batch, given its first and last position."""
    for each in catalogue:
        if each.amend is not None:
            each.amend(db, first, last)


def state_digest(projection: Projection, db: sqlite3.Connection) -> str:
    """SHA-256 over a projection's rows; equal for a live and a rebuilt one at the same position."""
    digest = hashlib.sha256(f"{projection.name}/{projection.version}\n".encode())
    for row in _digested(projection, db):
        digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def known_digest(projection: Projection, db: sqlite3.Connection, most: int = MOST_UNMADE) -> str | None:
    """The state digest of a projection; None while the rows of more than `most` events are unmade."""
    unmade = projection.unmade(db) if projection.unmade else 0
    return state_digest(projection, db) if unmade <= most else None


def _digested(projection: Projection, db: sqlite3.Connection) -> Iterable[tuple[object, ...]]:
    if callable(projection.digested):
        return projection.digested(db)
    return chain.from_iterable(db.execute(query) for query in projection.digested)
