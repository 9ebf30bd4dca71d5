"""What the file holds of each webhook, as values."""

import json
import sqlite3
from datetime import datetime
from typing import Any

from domain.times import parse_instant, show_instant
from service.webhooks.store import seal, unseal
from service.webhooks.webhook import Owner, Place, Webhook, WebhookFilter

COLUMNS = (
    *("id", "sealed", "filter", "subject", "token", "clearance", "created_at", "revision", "cursor"),
    *("failures", "failing_since", "next_attempt_at", "gone_at"),
)
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM webhooks"


def webhooks_in(db: sqlite3.Connection, key: bytes) -> list[Webhook]:
    """All webhooks, by id."""
    return [_webhook(row, key) for row in db.execute(f"{_SELECT} ORDER BY id")]


def webhook_in(db: sqlite3.Connection, key: bytes, id: str) -> Webhook | None:
    """One webhook."""
    row = db.execute(f"{_SELECT} WHERE id = ?", (id,)).fetchone()
    return _webhook(row, key) if row else None


def put(db: sqlite3.Connection, key: bytes, hook: Webhook) -> None:
    """Write a webhook, in place of what is there under its id."""
    sealed = seal(key, hook.id, json.dumps([hook.url, hook.secret]))
    values = (
        *(hook.id, sealed, hook.filter.model_dump_json(), *hook.owner, show_instant(hook.created_at)),
        *(hook.revision, json.dumps(hook.cursor), hook.failures),
        *map(shown, (hook.failing_since, hook.next_attempt_at, hook.gone_at)),
    )
    marks = ", ".join("?" * len(COLUMNS))
    db.execute(f"INSERT OR REPLACE INTO webhooks ({', '.join(COLUMNS)}) VALUES ({marks})", values)


def shown(moment: datetime | None) -> str | None:
    """A time as it is stored and listed."""
    return None if moment is None else show_instant(moment)


def _webhook(row: tuple[Any, ...], key: bytes) -> Webhook:
    given = dict(zip(COLUMNS, row, strict=True))
    url, secret = json.loads(unseal(key, given["id"], given["sealed"]))
    times = ("failing_since", "next_attempt_at", "gone_at")
    return Webhook(
        id=given["id"],
        url=url,
        secret=secret,
        filter=WebhookFilter.model_validate_json(given["filter"]),
        owner=Owner(given["subject"], given["token"], given["clearance"]),
        created_at=parse_instant(given["created_at"]),
        revision=given["revision"],
        cursor=Place(*json.loads(given["cursor"])),
        failures=given["failures"],
        **{name: None if given[name] is None else parse_instant(given[name]) for name in times},
    )
