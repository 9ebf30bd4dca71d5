"""The shape of a projection: tables that follow from events, and nothing else.

A projection reads no clock, no network and no log; it has no side effect but its own rows, and it
never swallows an error. Its rows at a position are the same however the events were batched.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from domain.events import Event
from domain.streams.report_state import Report

FOREVER = 2**62
"""Upper end of a span of positions or instants that has not ended."""


@dataclass(frozen=True, slots=True)
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
    event: Event
    state: Report | None = None


@dataclass(frozen=True, slots=True)
class Projection:
    """A named, versioned set of tables and the function that brings them forward.

    `digested` gives the rows, in their order, that the digest is over: by queries, or by a function.
    `indices` are those that entering does not take: where views are built anew they are made last.
    `complete` makes at most so many rows that `apply` has left to be made, and says how many it
    made: what follows from the rows of other projections alone can wait until nothing else does,
    if whoever reads it before makes it for himself. `reads` names the projections whose tables
    `apply` or `complete` read: the catalogue puts them earlier.
    """

    name: str
    version: int
    schema: str
    apply: Callable[[sqlite3.Connection, Sequence[Recorded]], None]
    digested: tuple[str, ...] | Callable[[sqlite3.Connection], Iterable[tuple[object, ...]]]
    indices: str = ""
    complete: Callable[[sqlite3.Connection, int], int] | None = None
    reads: tuple[str, ...] = ()


def state_digest(projection: Projection, db: sqlite3.Connection) -> str:
    """SHA-256 over a projection's rows; equal for a live and a rebuilt one at the same position."""
    digest = hashlib.sha256(f"{projection.name}/{projection.version}\n".encode())
    for row in _digested(projection, db):
        digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def _digested(projection: Projection, db: sqlite3.Connection) -> Iterable[tuple[object, ...]]:
    if callable(projection.digested):
        return projection.digested(db)
    return chain.from_iterable(db.execute(query) for query in projection.digested)
