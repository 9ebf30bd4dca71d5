"""The shape of a projection: tables that follow from events, and nothing else.

A projection reads no clock, no network and no log; it has no side effect but its own rows, and it
never swallows an error. Its rows at a position are the same however the events were batched.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.events import Event
from domain.report_state import Report

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

    `digested` are queries whose rows, in their order, are the state that the digest is over.
    `indices` are those that entering does not take: where views are built anew they are made last.
    `follow` brings forward, over a span of positions, what follows from the rows of other
    projections alone: where views are built anew that is done once, in the end.
    """

    name: str
    version: int
    schema: str
    apply: Callable[[sqlite3.Connection, Sequence[Recorded]], None]
    digested: tuple[str, ...]
    indices: str = ""
    follow: Callable[[sqlite3.Connection, int, int], None] | None = None


def state_digest(projection: Projection, db: sqlite3.Connection) -> str:
    """SHA-256 over a projection's rows; equal for a live and a rebuilt one at the same position."""
    digest = hashlib.sha256(f"{projection.name}/{projection.version}\n".encode())
    for query in projection.digested:
        for row in db.execute(query):
            digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()
