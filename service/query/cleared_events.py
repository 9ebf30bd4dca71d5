"""Events as a reader may see them: without what they name in passing and the reader may not see."""

import sqlite3
from collections.abc import Iterable

from domain.clearance import cleared
from projections.tables.redactions import destroyed_among
from projections.tables.sight import hidden_in, may_see_all, sight_of
from service.log.envelope import encode
from service.log.port import Pending, Stored
from service.query.events import EventAnswer, event_answer
from service.streams.upcasters import encode_event, read_event


def event_answers(db: sqlite3.Connection, stored: Iterable[Stored]) -> list[EventAnswer]:
    """Events that the reader of a connection may see, as callers receive them."""
    return [event_answer(each) for each in seen_events(db, stored)]


def seen_events(db: sqlite3.Connection, stored: Iterable[Stored]) -> list[Stored]:
    """Events that the reader of a connection may see, unchanged where they name nothing hidden.

    One that was redacted is without its bytes, also while they are there still.
    """
    events = list(stored)
    gone = destroyed_among(db, [each.position for each in events if each.body])
    if gone:
        events = [each._replace(body=b"") if each.position in gone else each for each in events]
    return events if may_see_all(db) else [_seen(db, each) for each in events]


def _seen(db: sqlite3.Connection, stored: Stored) -> Stored:
    if not stored.body:
        return stored
    envelope, event = read_event(stored.body)
    shown = cleared(event, hidden_in(db), sight_of(db).clearance)
    if shown == event:
        return stored
    pending = Pending(
        id=envelope.id,
        type=envelope.type,
        v=shown.V,
        stream=envelope.stream,
        version=envelope.version,
        actor=envelope.actor,
        data=encode_event(shown),
    )
    return stored._replace(body=encode(pending, envelope.recorded_at))
