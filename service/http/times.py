"""The times that a request asks for, against one unchanging state of the views.

Every answer made from the views passes `standing`. There it is refused if the log is known to be
damaged, and says so if the views are behind.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import anyio.to_thread

from domain.times import to_micros
from projections.answers.as_of import AsOf
from projections.tables.journal import last_position, position_at
from projections.tables.sight import sight_of
from service.http.parameters import RECORD_TIMES, SIGHT, Asked, bad_parameter
from service.http.problems import Problem
from service.http.questions import interruptible
from service.query.standpoint import Standpoint
from service.service import Service
from service.views.history import position_of

PINNED, FROM = "(pinned)", "(from)"
"""What a cursor adds to the parameters: the position of its first page, and where it continues."""
HEAD = "(head)"
"""What `caught_up` adds to the parameters: the head of the log when the request came."""
BEHIND = "Intellog-Behind"
_POSITIONS = (*RECORD_TIMES, "min_position")
_ABSENT = ("not-found", "unknown-indicator")
"""Problems that say that something is not there, which views that are behind cannot know."""


async def caught_up(service: Service, asked: Asked) -> None:
    """Wait for the views: up to `patience` for a position asked for, up to `grace` for the head.

    Raises `Problem` where a position asked for is not reached in time, or lies beyond the head.
    """
    positions = [each for name in _POSITIONS if isinstance(each := asked.get(name), int)]
    head, follower = await head_reaching(service, max(positions, default=0)), service.follower
    _refuse_beyond(head, asked)
    known_at = asked.get(PINNED, asked.get("known_at"))
    asked[HEAD] = head
    wanted = asked.get("min_position", 0)
    if isinstance(known_at, int) and known_at <= head:
        wanted = max(wanted, known_at)
    if wanted and not await follower.wait_async(wanted, service.settings.patience):
        raise Problem(
            "not-caught-up",
            f"the views stand at position {follower.position}, not yet at {wanted}",
        )
    if follower.position < head:
        await follower.wait_async(head, service.settings.grace)


async def head_reaching(service: Service, position: int) -> int:
    """The head of the log; a node looks again if a caller knows of a later position than it does."""
    known = service.node.head(service.log)
    if position <= known or service.node.writes:
        return known
    return await anyio.to_thread.run_sync(service.node.look_up_head, service.log)


def require_sound(service: Service) -> None:
    """Raise `Problem` if the log is known to be damaged: no figure may rest on it."""
    if service.damage is not None:
        raise Problem("log-damaged", service.damage)


def _refuse_beyond(head: int, asked: Asked) -> None:
    """Refuse a record position that is not there yet: its answer would be that of today."""
    for name in RECORD_TIMES:
        position = asked.get(name)
        if isinstance(position, int) and position > head:
            detail = f"{name}: position {position} lies beyond the head of the log, {head}; "
            raise Problem(
                "bad-parameter", f"{detail}a date is written 2025-02-01", parameter=name, head=head
            )


class NotThereYet(Problem):
    """Something is not in the views, which are behind, so that it may be in the log."""


@contextmanager
def standing(service: Service, asked: Asked, *, events: bool = False) -> Iterator[Standpoint]:
    """One unchanging state of the views, with the times asked for, after `caught_up`.

    Raises `Problem` if the log is damaged, unless only `events` are read, which the log verifies; and
    where something is said not to be there although the views are behind.
    """
    if not events:
        require_sound(service)
    with service.views.reading(asked[SIGHT]) as db, interruptible(db):
        here = _with_lag(service, asked, standpoint(service, db, asked))
        try:
            yield here
        except Problem as problem:
            if here.behind and problem.code in _ABSENT:
                raise _unknown_yet(problem, here) from None
            raise


def behind_header(here: Standpoint) -> dict[str, str]:
    """The header of an answer that says by how many events it is behind the log, if it is."""
    return {BEHIND: str(here.behind)} if here.behind else {}


def _with_lag(service: Service, asked: Asked, here: Standpoint) -> Standpoint:
    """The standpoint, with the number of events that are missing from an answer there."""
    views = position_of(here.db)
    # What is asked for at an earlier position, or as of a cursor's first page, is complete.
    pinned = isinstance(asked.get(PINNED, asked.get("known_at")), int)
    behind = max(0, asked.get(HEAD, 0) - views)
    if pinned or here.as_of.position < views or not behind:
        return here
    stopped = views + 1 if service.follower.error else None
    return replace(here, behind=behind, stopped_before=stopped)


def _unknown_yet(problem: Problem, here: Standpoint) -> NotThereYet:
    views, head = position_of(here.db), position_of(here.db) + here.behind
    return NotThereYet(
        "not-caught-up",
        f"{problem.detail}; but the views stand at position {views}, and the log at {head}",
    )


def standpoint(service: Service, db: sqlite3.Connection, asked: Asked) -> Standpoint:
    """The times asked for, against one state of the views."""
    head = last_position(db, position_of(db))
    known_at = asked.get("known_at")
    pinned = asked.get(PINNED, known_at)
    position = head if pinned is None else min(position_of_time(db, pinned), head)
    published_by, valid_at = asked.get("published_by"), asked.get("valid_at")
    as_of = AsOf(
        position,
        None if published_by is None else to_micros(published_by),
        None if valid_at is None else to_micros(valid_at),
        sight_of(db).clearance,
    )
    known = known_at if isinstance(known_at, datetime) else None
    return Standpoint(
        db,
        as_of,
        position == head,
        service.suspects,
        service.headlines,
        service.glances,
        service.flags,
        known,
    )


def between(here: Standpoint, asked: Asked) -> tuple[int, int]:
    """The positions of `since` (by default the beginning) and `until` (by default all that is known).

    Raises `Problem` where the first comes after the second.
    """
    since = position_of_time(here.db, asked.get("since", 0))
    until = position_of_time(here.db, asked.get("until", here.as_of.position))
    until = min(until, here.as_of.position)
    if since > until:
        raise bad_parameter("since", f"comes after the end: position {since} after {until}")
    return since, until


def position_of_time(db: sqlite3.Connection, time: int | datetime) -> int:
    """The position that a record time stands for: the last one by then that the reader may see."""
    return last_position(db, time if isinstance(time, int) else position_at(db, to_micros(time)))
