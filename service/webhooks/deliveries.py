"""The last deliveries of each webhook: what was sent, how often, and what came of it.

Of a message only its id, its kind and its position are kept: what it said is judged anew by what the
owner may see.
"""

import sqlite3
from datetime import datetime
from typing import NamedTuple

from domain.times import show_instant
from service.webhooks.webhook import Attempt, Kind

KEPT = 100
"""Deliveries of a webhook that are kept."""


class Delivery(NamedTuple):
    """The delivery of a message; `status` and `error` are those of the last attempt."""

    message: str
    type: Kind
    position: int
    attempts: int
    status: int | None
    error: str | None
    delivered: bool
    last_attempt_at: str


def delivery_of(id: str, kind: Kind, position: int, attempt: Attempt, now: datetime) -> Delivery:
    """One attempt as a delivery."""
    outcome = attempt.status, attempt.error, attempt.taken
    return Delivery(id, kind, position, 1, *outcome, show_instant(now))


def deliveries_in(db: sqlite3.Connection, webhook: str) -> list[Delivery]:
    """The deliveries of a webhook, the latest first."""
    query = f"SELECT {', '.join(Delivery._fields)} FROM deliveries WHERE webhook = ? ORDER BY n DESC"
    return [Delivery(*row)._replace(delivered=bool(row[6])) for row in db.execute(query, (webhook,))]


def note(db: sqlite3.Connection, webhook: str, delivery: Delivery) -> None:
    """Note an attempt, which counts with those before at the same message; forget the oldest."""
    row = "SELECT attempts FROM deliveries WHERE webhook = ? AND message = ?"
    [before] = db.execute(row, (webhook, delivery.message)).fetchone() or [0]
    counted = delivery._replace(attempts=before + 1)
    db.execute("DELETE FROM deliveries WHERE webhook = ? AND message = ?", (webhook, delivery.message))
    db.execute(
        f"INSERT INTO deliveries (webhook, {', '.join(Delivery._fields)}) VALUES (?{', ?' * 8})",
        (webhook, *counted),
    )
    db.execute(
        "DELETE FROM deliveries WHERE webhook = ? AND n NOT IN"
        " (SELECT n FROM deliveries WHERE webhook = ? ORDER BY n DESC LIMIT ?)",
        (webhook, webhook, KEPT),
    )
