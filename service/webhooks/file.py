"""The webhooks of a data directory: set, listed, deleted, and how far each has got."""

import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from service.access.token_store import connected
from service.webhooks.deliveries import Delivery, deliveries_in, note
from service.webhooks.rows import put, webhook_in, webhooks_in
from service.webhooks.store import FILE, failures_named, settled, transaction
from service.webhooks.webhook import Attempt, Owner, Place, Webhook, WebhookFilter


class Unrecorded(NamedTuple):
    """What happened to a webhook and is not in the log yet: `command` holds the fields of its act."""

    n: int
    key: str
    act: str
    command: dict[str, str]
    by: str


@dataclass
class Counts:
    """What this process has delivered, and how often it failed to."""

    delivered: int = 0
    failed: int = 0


@dataclass
class WebhookFile:
    """The webhooks of a data directory, for use by any thread; the file is made with the first.

    Every method may raise `WebhooksUnavailable`. `changed` is called after each request that changes
    one.
    """

    directory: Path
    clock: Callable[[], datetime]
    changed: Callable[[], None] = lambda: None
    counts: Counts = field(default_factory=Counts)
    _key: bytes | None = field(default=None, repr=False)
    _settling: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def path(self) -> Path:
        """The file."""
        return self.directory / FILE

    def all(self) -> list[Webhook]:
        """All webhooks, by id."""
        with self._reading() as (db, key):
            return [] if db is None else webhooks_in(db, key)

    def get(self, id: str) -> Webhook | None:
        """One webhook."""
        with self._reading() as (db, key):
            return None if db is None else webhook_in(db, key, id)

    def deliveries(self, id: str) -> list[Delivery]:
        """The last deliveries of a webhook, the latest first."""
        with self._reading() as (db, _):
            return [] if db is None else deliveries_in(db, id)

    # What is asked for.

    def set(
        self, id: str, url: str, secret: str | None, filter: WebhookFilter, owner: Owner, head: int
    ) -> Webhook:
        """Make a webhook that tells of what comes after `head`, or change one, which goes on.

        Without a secret one keeps its own, which a new one must be given.
        """
        with self._writing() as (db, key):
            before = webhook_in(db, key, id)
            if before is None:
                assert secret is not None
                hook = Webhook(
                    *(id, url, secret, filter, owner, self.clock(), 1, Place(head)), 0, None, None, None
                )
            else:
                kept = secret or before.secret
                hook = _afresh(replace(before, url=url, secret=kept, filter=filter, owner=owner))
            put(db, key, hook)
            told = {"webhook": id, "subject": owner.subject, "clearance": owner.clearance}
            _enter(db, "set", told, owner.subject)
        self.changed()
        return hook

    def delete(self, id: str, by: str) -> None:
        """Forget a webhook and what was delivered to it."""
        with self._writing() as (db, _):
            found = db.execute("DELETE FROM webhooks WHERE id = ?", (id,)).rowcount
            db.execute("DELETE FROM deliveries WHERE webhook = ?", (id,))
            if found:
                _enter(db, "end", {"webhook": id, "reason": "deleted"}, by)
        self.changed()

    def rewind(self, id: str, after: int | None) -> Webhook | None:
        """Deliver again from a position, or without one try at once what waits."""
        with self._writing() as (db, key):
            hook = webhook_in(db, key, id)
            if hook is not None:
                hook = _afresh(hook if after is None else replace(hook, cursor=Place(after)))
                put(db, key, hook)
        self.changed()
        return hook

    # What was delivered.

    def advance(self, hook: Webhook, to: Place) -> Webhook | None:
        """Note that there is nothing to deliver up to a place; None if the webhook was changed."""
        return self._moved(hook, replace(hook, cursor=to), synchronous=False)

    def note(
        self, hook: Webhook, delivery: Delivery, place: Place, attempt: Attempt, again: datetime
    ) -> Webhook | None:
        """Note what came of an attempt, which if it failed is repeated at a time.

        Returns the webhook as it then stands, None if it was changed in the meantime.
        """
        now = self.clock()
        if attempt.taken:
            self.counts.delivered += 1
            moved = replace(_untried(hook), cursor=place)
        else:
            self.counts.failed += 1
            since, gone = hook.failing_since or now, now if attempt.gone else None
            moved = replace(
                hook,
                failures=hook.failures + 1,
                failing_since=since,
                next_attempt_at=None if gone else again,
                gone_at=gone,
            )
        return self._moved(hook, moved, delivery=delivery)

    # What the log must know.

    def unrecorded(self) -> list[Unrecorded]:
        """What happened to webhooks and is not in the log yet, in order."""
        with self._reading() as (db, _):
            rows = [] if db is None else db.execute("SELECT * FROM acts ORDER BY n").fetchall()
        return [Unrecorded(n, key, act, json.loads(text), by) for n, key, act, text, by in rows]

    def recorded(self, acts: Sequence[Unrecorded]) -> None:
        """Note that these acts are in the log."""
        with self._writing() as (db, _):
            db.executemany("DELETE FROM acts WHERE n = ?", [(act.n,) for act in acts])

    def _moved(
        self,
        before: Webhook,
        after: Webhook,
        *,
        delivery: Delivery | None = None,
        synchronous: bool = True,
    ) -> Webhook | None:
        with self._writing(synchronous=synchronous) as (db, key):
            now = webhook_in(db, key, before.id)
            if now is None or now.revision != before.revision:
                return None
            put(db, key, after)
            if delivery is not None:
                note(db, before.id, delivery)
            if after.gone_at is not None:
                _enter(db, "end", {"webhook": after.id, "reason": "gone"}, after.owner.subject)
        return after

    @contextmanager
    def _reading(self) -> Iterator[tuple[sqlite3.Connection | None, bytes]]:
        """A connection with the key; None while there is no file."""
        if self._key is None and not self.path.exists():
            yield None, b""
            return
        key = self._settled()
        with failures_named(self.path), closing(connected(self.path)) as db:
            yield db, key

    @contextmanager
    def _writing(self, *, synchronous: bool = True) -> Iterator[tuple[sqlite3.Connection, bytes]]:
        key = self._settled()
        with transaction(self.path, synchronous=synchronous) as db:
            yield db, key

    def _settled(self) -> bytes:
        with self._settling:  # a request may make the file while the deliverer looks for it
            if self._key is None:
                self._key = settled(self.path)
            return self._key


def _afresh(hook: Webhook) -> Webhook:
    """A webhook that a request has changed: it is tried at once."""
    return replace(_untried(hook), gone_at=None, revision=hook.revision + 1)


def _untried(hook: Webhook) -> Webhook:
    return replace(hook, failures=0, failing_since=None, next_attempt_at=None)


def _enter(db: sqlite3.Connection, act: str, command: dict[str, str], by: str) -> None:
    """Keep an act until it is in the log, under a key by which it is there once."""
    values = f"webhook:{secrets.token_hex(8)}", act, json.dumps(command), by
    db.execute("INSERT INTO acts (key, act, command, by) VALUES (?, ?, ?, ?)", values)
