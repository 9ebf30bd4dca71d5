"""Where views stand in the history of a log: which event was the last one, and the digest there.

The position alone does not tell one history from another: a log that was restored from a backup and
has grown again holds other events at the same positions.
"""

import sqlite3
from enum import Enum, auto
from typing import NamedTuple

from service.log.envelope import decode_envelope
from service.log.port import EventLog, Stored

SCHEMA = """
CREATE TABLE history (file TEXT NOT NULL, event TEXT NOT NULL, digest BLOB NOT NULL);
"""


class Stand(NamedTuple):
    """The position of views, the id of the event there, and the log's running digest through it."""

    position: int
    event: str
    digest: bytes


class Fit(Enum):
    """How views relate to the log that is there."""

    SAME = auto()
    """The log continues the history that the views hold."""
    OTHER = auto()
    """The log holds other events up to that position."""
    BEYOND = auto()
    """The log ends before the position of the views."""


def stand_after(log: EventLog, last: Stored) -> Stand:
    """Where views stand once an event is their last one."""
    digest = log.digest_at(last.position)
    return Stand(last.position, decode_envelope(last.body).id if last.body else "", digest or b"")


def fit(stand: Stand, log: EventLog) -> Fit:
    """How views that stand there relate to a log."""
    if stand.position == 0:
        return Fit.SAME
    # The digest first: a node may have read further than the head that it was told of last.
    digest = log.digest_at(stand.position)
    if digest is None and stand.position > log.head():
        return Fit.BEYOND
    return Fit.SAME if digest == stand.digest else Fit.OTHER


def position_of(db: sqlite3.Connection) -> int:
    """The position of the views that a connection reads."""
    row = db.execute("SELECT min(position) FROM tracking").fetchone()
    return int(row[0] or 0)


def stand_of(db: sqlite3.Connection) -> Stand:
    """Where the views that a connection reads stand."""
    event, digest = db.execute("SELECT event, digest FROM history").fetchone()
    return Stand(position_of(db), event, digest)


def file_of(db: sqlite3.Connection) -> str:
    """A name of the view file that a connection reads, which no other file ever has."""
    name: str = db.execute("SELECT file FROM history").fetchone()[0]
    return name
