"""The times that a request asks for, against one unchanging state of the views."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from domain.times import to_micros
from projections.answers.as_of import AsOf
from projections.answers.flags import Suspect
from projections.tables.journal import position_at
from service.http.parameters import Asked
from service.http.problems import Problem
from service.http.questions import interruptible
from service.query.standpoint import Standpoint
from service.service import Service
from service.views.store import position_of

PINNED, FROM = "(pinned)", "(from)"
"""What a cursor adds to the parameters: the position of its first page, and where it continues."""


async def caught_up(service: Service, asked: Asked) -> None:
    """Wait for the views: up to `patience` for a position asked for, up to `grace` for the head.

    Raises `Problem` where a position asked for is not reached in time.
    """
    head, known_at = service.log.head(), asked.get(PINNED, asked.get("known_at"))
    wanted = asked.get("min_position", 0)
    if isinstance(known_at, int) and known_at <= head:
        wanted = max(wanted, known_at)
    if wanted and not await service.follower.wait_async(wanted, service.settings.patience):
        raise Problem(
            "not-caught-up",
            f"the views stand at position {service.follower.position}, not yet at {wanted}",
        )
    await service.follower.wait_async(head, service.settings.grace)


@contextmanager
def standing(service: Service, asked: Asked) -> Iterator[Standpoint]:
    """One unchanging state of the views, with the times asked for."""
    with service.views.reading() as db, interruptible(db):
        yield standpoint(db, asked, service.suspects)


def standpoint(db: sqlite3.Connection, asked: Asked, suspect: Suspect) -> Standpoint:
    """The times asked for, against one state of the views."""
    head = position_of(db)
    known_at = asked.get("known_at")
    pinned = asked.get(PINNED, known_at)
    position = head if pinned is None else min(position_of_time(db, pinned), head)
    published_by, valid_at = asked.get("published_by"), asked.get("valid_at")
    as_of = AsOf(
        position,
        None if published_by is None else to_micros(published_by),
        None if valid_at is None else to_micros(valid_at),
    )
    known = known_at if isinstance(known_at, datetime) else None
    return Standpoint(db, as_of, position == head, suspect, known)


def position_of_time(db: sqlite3.Connection, time: int | datetime) -> int:
    """The position that a record time stands for: itself, or the last one recorded by then."""
    return time if isinstance(time, int) else position_at(db, to_micros(time))
