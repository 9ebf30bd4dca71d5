"""The SQLite recorder: the log's tables in a file, over the `eventsourcing` library.

For each event it also stores a dense index and its hashes; events that are inserted with the library's
own `insert_events` get them as well.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from itertools import chain
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor

from service.log import sqlite_statements as sql
from service.log.damage import tip_of
from service.log.envelope import timestamp
from service.log.hashes import Seal, joined, sealed
from service.log.port import SENT_FRONT
from service.log.recorder import (
    LARGEST,
    SCHEMA_VERSION,
    Before,
    EventRow,
    KeyRow,
    Packed,
    Row,
    StoredRow,
    Tip,
)
from service.log.sqlite_datastore import LogDatastore
from service.log.sqlite_notifications import NotificationSubscription
from service.log.sqlite_rows import chunk_count, chunks, fetch, fetch_stored
from service.log.sqlite_schema import prepare, statements, unguarded
from service.log.sqlite_tree import SqliteTree
from service.log.subscription import Arrivals
from service.log.subtrees import insert_events
from service.log.tree_tables import EntryRow


class LogRecorder(SQLiteApplicationRecorder):
    """Inserts and selects the rows of one log.

    Methods with a cursor run in the transaction of `writing`; the others open their own. They raise
    the errors of `eventsourcing` and `sqlite3`, and `LogUnavailable` for a file written by a newer
    program.
    """

    datastore: LogDatastore

    def __init__(self, datastore: LogDatastore) -> None:
        super().__init__(datastore)
        self.arrivals = Arrivals()
        self.tree = SqliteTree()

    def construct_create_table_statements(self) -> list[str]:
        return [*statements("tables.sqlite.sql"), *statements("append_only.sqlite.sql")]

    def _create_table(self, c: SQLiteCursor) -> None:
        prepare(c)
        super()._create_table(c)
        self.insert_meta(c, "schema", SCHEMA_VERSION)

    @contextmanager
    def writing(self) -> Iterator[SQLiteCursor]:
        """Open the only transaction that may write; commit it and announce it when the block ends."""
        with self.datastore.transaction(commit=True) as c:
            yield c
        self.arrivals.announce()

    def snapshot(self) -> AbstractContextManager[SQLiteCursor]:
        """Open a transaction that reads and sees the log as it is now, however long it lasts."""
        return self.datastore.transaction(commit=False)

    def tip(self, c: SQLiteCursor) -> Tip:
        """Return the end of the log; raises LogDamaged if the tables disagree about it."""
        c.execute(sql.SELECT_TIP)
        return tip_of(*c.fetchone())

    def before(self, c: SQLiteCursor, streams: Sequence[str], keys: Sequence[str]) -> Before:
        """Look up all that an append is checked against; raises LogDamaged as `tip` does."""
        return Before(self.tip(c), self.stream_heads(c, streams), self.select_keys(c, keys))

    def insert(self, c: SQLiteCursor, first: int, rows: Sequence[Row], seals: Sequence[Seal]) -> None:
        """Insert events at the positions from `first`, each with its seal."""
        whole = len(rows) - len(rows) % sql.MANY
        placed = [(position, *row) for position, row in enumerate(rows, first)]
        for n in range(0, whole, sql.MANY):
            c.execute(sql.INSERT_MANY_EVENTS, list(chain.from_iterable(placed[n : n + sql.MANY])))
        if rest := placed[whole:]:
            c.executemany(sql.INSERT_EVENT, rest)
        if len(rows) < sql.FEW:
            entries = enumerate(seals, first)
            c.executemany(sql.INSERT_ENTRY, [(at, at - 1, *seal) for at, seal in entries])
        else:
            c.execute(sql.INSERT_ENTRIES, (len(rows), first, *joined(seals)))

    def insert_keys(self, c: SQLiteCursor, rows: Sequence[KeyRow]) -> None:
        """Insert keys."""
        if rows:
            c.executemany(
                "INSERT INTO marks (name, position, digest, checksum) VALUES (?, ?, ?, ?)", rows
            )

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        positions = super().insert_events(stored_events, **kwargs)
        self.arrivals.announce()
        return positions

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: Any
    ) -> Sequence[int]:
        rows = [_row(event) for event in stored_events]
        tip = self.tip(c)
        seals = sealed([body for *_, body in rows], tip.digest, timestamp(datetime.now(UTC)))
        insert_events(self, c, tip.position + 1, rows, seals)
        return list(range(tip.position + 1, tip.position + 1 + len(rows)))

    def stream_heads(self, c: SQLiteCursor, streams: Iterable[str]) -> dict[str, int]:
        """Look up the last version of each of these streams, 0 for one without events."""
        heads: dict[str, int] = {}
        for chunk, places in chunks(list(streams), sql.MANY, "(?)"):
            heads.update(fetch(c, sql.SELECT_HEADS.format(places), chunk))
        return heads

    def select_place(self, c: SQLiteCursor, stream: str, version: int) -> list[StoredRow]:
        """Look up the event at this version of the stream."""
        return fetch_stored(c, "WHERE originator_id = ? AND originator_version = ?", (stream, version))

    def select_keys(self, c: SQLiteCursor, names: Sequence[str]) -> list[KeyRow]:
        """Look up the keys with these names; names that are not stored are left out."""
        stored: list[KeyRow] = []
        for chunk, places in chunks(names):
            stored += fetch(c, sql.SELECT_KEYS + f"WHERE name IN ({places})", chunk)
        return stored

    def select_stored_keys(self, names: Sequence[str]) -> list[KeyRow]:
        """Look up keys as `select_keys` does, outside a transaction."""
        with self.datastore.looking(chunk_count(names)) as c:
            return self.select_keys(c, names)

    def select_heads(self, streams: Iterable[str]) -> dict[str, int]:
        """Look up the last version of each of these streams, 0 for one without events."""
        wanted = list(streams)
        with self.datastore.looking(chunk_count(wanted, sql.MANY)) as c:
            return self.stream_heads(c, wanted)

    def select_stored(self, tail: str, params: Sequence[Any]) -> list[StoredRow]:
        """Select events with the rest of a statement: WHERE, ORDER BY, LIMIT."""
        with self.datastore.looking() as c:
            return fetch_stored(c, tail, params)

    def select_range(
        self, after: int, limit: int, until: int | None, types: Sequence[str]
    ) -> list[StoredRow]:
        """Select the first `limit` events in (after, until], of these types if any are named."""
        tail, params = "WHERE position > ?", [after]
        if until is not None:
            tail += " AND position <= ?"
            params.append(until)
        if types:
            tail += f" AND topic IN ({','.join('?' * len(types))})"
        tail += " ORDER BY position LIMIT ?"
        return self.select_stored(tail, [*params, *types, limit])

    def select_packed(self, after: int, until: int) -> Packed | None:
        """Select the events in (after, until] as one row; None unless all are there, and as usual."""
        front = SENT_FRONT.partition(b"%d")[0].decode()
        with self.datastore.looking() as c:
            [(events, lines, names, entries, seals)] = fetch(
                c, sql.SELECT_PACKED, (after, until, front)
            )
        return Packed(lines, names, seals) if events == entries == until - after else None

    def select_before(self, before: int, limit: int) -> list[StoredRow]:
        """Select the last `limit` events before a position, newest first."""
        return self.select_stored("WHERE position < ? ORDER BY position DESC LIMIT ?", (before, limit))

    def select_stream(self, stream: str, after_version: int) -> list[StoredRow]:
        """Select the events of a stream after a version, in order."""
        return self.select_stored(
            "WHERE originator_id = ? AND originator_version > ? ORDER BY originator_version",
            (stream, after_version),
        )

    def select_head(self) -> int:
        """Return the last stored position, 0 for an empty log."""
        with self.datastore.looking() as c:
            [(head,)] = fetch(c, sql.SELECT_HEAD, ())
        return int(head)

    def select_positions(self, positions: Sequence[int]) -> list[StoredRow]:
        """Select the events at these positions, any number of them, from one snapshot of the log."""
        wanted = sorted({p for p in positions if 0 < p <= LARGEST})
        found: list[StoredRow] = []
        with self.datastore.transaction(commit=False) as c:
            for chunk, places in chunks(wanted):
                found += fetch_stored(c, f"WHERE position IN ({places})", chunk)
        return found

    def select_digest(self, position: int) -> bytes | None:
        """Return the running digest through a position, None if nothing is stored there."""
        with self.datastore.looking() as c:
            rows = fetch(c, "SELECT digest FROM entries WHERE position = ?", (position,))
        return rows[0][0] if rows else None

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = 0 if start is None else start - inclusive_of_start
        return [
            Notification(
                id=position,
                originator_id=stream,
                originator_version=version,
                topic=type,
                state=body,
            )
            for position, type, stream, version, body, *_ in self.select_range(
                after, limit, stop, topics
            )
        ]

    def select_tip(self) -> Tip:
        """Return the end of the log as `tip` does, outside a transaction."""
        with self.datastore.transaction(commit=False) as c:
            return self.tip(c)

    def select_raw(
        self, c: SQLiteCursor, after: int, until: int
    ) -> tuple[list[EventRow], list[EntryRow]]:
        """Select the rows of both tables in (after, until], as they are."""
        events = fetch(c, sql.SELECT_EVENTS, (after, until))
        return events, self.tree.select_entries(c, after, until)

    def select_misplaced(self, after: int, until: int) -> list[int]:
        """Return positions in (after, until] that an index does not find."""
        with self.datastore.transaction(commit=False) as c:
            return [position for (position,) in fetch(c, sql.SELECT_MISPLACED, (after, until))]

    def select_redactions(self, after: int) -> list[StoredRow]:
        """Select the events after a position that record a redaction."""
        where = "WHERE topic = 'EventRedacted' AND position > ? ORDER BY position"
        return self.select_stored(where, (after,))

    def select_redacted(self) -> set[int]:
        """Return the positions that a later event permits to be redacted."""
        with self.datastore.transaction(commit=False) as c:
            rows = fetch(c, "SELECT redacted FROM redactions WHERE position > redacted", ())
            return {position for (position,) in rows}

    def select_all_keys(self, c: SQLiteCursor, after: str, limit: int) -> list[KeyRow]:
        """Select the first `limit` keys with names after this one, in the order of their UTF-8."""
        return fetch(c, sql.SELECT_KEYS + "WHERE name > ? ORDER BY name LIMIT ?", (after, limit))

    def select_key_count(self, c: SQLiteCursor) -> int:
        """Return the number of keys."""
        [(count,)] = fetch(c, "SELECT COUNT(*) FROM marks", ())
        return int(count)

    def select_keys_of(self, c: SQLiteCursor, after: int, until: int) -> list[KeyRow]:
        """Select the keys with positions in (after, until]."""
        return fetch(c, sql.SELECT_KEYS + "WHERE position > ? AND position <= ?", (after, until))

    def select_gone(self, c: SQLiteCursor) -> set[int]:
        """Return the positions whose bytes are gone, of those that an event permits to be redacted."""
        return {position for (position,) in fetch(c, sql.SELECT_GONE, ())}

    def redact(self, c: SQLiteCursor, positions: Sequence[int], *, guarded: bool) -> None:
        """Destroy body and salt at these positions; if not `guarded`, what nothing permits as well."""
        with nullcontext() if guarded else unguarded(c):
            places = [(position,) for position in positions]
            c.executemany("UPDATE stored_events SET state = NULL WHERE position = ?", places)
            c.executemany("UPDATE entries SET salt = NULL WHERE position = ?", places)

    def wipe(self) -> bool:
        """Write the WAL, which has the rows as they were, back into the file, and empty it.

        Returns False while another connection reads an older state of the file.
        """
        with self.datastore.get_connection(commit=True) as connection:
            c = connection.cursor()
            [(patience,)] = fetch(c, "PRAGMA busy_timeout", ())
            try:
                # Whoever writes waits meanwhile, and it is tried again.
                c.execute(f"PRAGMA busy_timeout = {sql.WIPE_MILLISECONDS}")
                [(busy, *_)] = fetch(c, "PRAGMA wal_checkpoint(TRUNCATE)", ())
            finally:
                c.execute(f"PRAGMA busy_timeout = {patience}")
        return not busy

    def structure_faults(self, stopped: Callable[[], bool]) -> list[str]:
        """Let SQLite check the file: every page, and every index against its table."""
        with self.datastore.get_connection(commit=False) as connection:
            c = connection.cursor()
            c.sqlite_cursor.connection.set_progress_handler(stopped, sql.PROGRESS_STEPS)
            try:
                said = [text for (text,) in fetch(c, "PRAGMA integrity_check", ())]
            except sqlite3.OperationalError:
                if stopped():
                    return []
                raise
            finally:
                c.sqlite_cursor.connection.set_progress_handler(None, 0)
        return [] if said == ["ok"] else said

    def select_meta(self) -> dict[str, bytes]:
        """Return what the log stores about itself, by name."""
        with self.datastore.transaction(commit=False) as c:
            return dict(fetch(c, "SELECT name, value FROM log_meta", ()))

    def settle_meta(self, id: str) -> None:
        """Store the id of the log; a secret that is stored beside it must be in a file by now."""
        with self.datastore.transaction(commit=True) as c, unguarded(c):
            c.execute("DELETE FROM log_meta WHERE name IN ('id', 'secret')")
            self.insert_meta(c, "id", id.encode())

    def insert_meta(self, c: SQLiteCursor, name: str, value: bytes | int) -> None:
        """Store something about the log, unless it is stored already."""
        c.execute(sql.INSERT_META, (name, value))

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> NotificationSubscription:
        return NotificationSubscription(self, self.arrivals, gt, topics)


def _row(event: StoredEvent) -> Row:
    stream = event.originator_id
    # The library's own selects write an id that is a UUID in this form.
    text = stream.hex if isinstance(stream, UUID) else stream
    return text, event.originator_version, event.topic, event.state
