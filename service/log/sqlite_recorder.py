"""The SQLite recorder: the log's tables in a file, over the `eventsourcing` library.

For each event it also stores a dense index and its hashes; events that are inserted with the library's
own `insert_events` get them as well.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor

from service.log import sqlite_statements as sql
from service.log.damage import tip_of
from service.log.hashes import Seal, sealed
from service.log.recorder import (
    LARGEST,
    SCHEMA_VERSION,
    EntryRow,
    EventRow,
    KeyRow,
    Row,
    StoredRow,
    Tip,
)
from service.log.sqlite_datastore import LogDatastore
from service.log.sqlite_notifications import NotificationSubscription
from service.log.sqlite_schema import prepare, statements, unguarded
from service.log.subscription import Arrivals


class LogRecorder(SQLiteApplicationRecorder):
    """Inserts and selects the rows of one log.

    Methods with a cursor run in the transaction of `writing`; the others open their own. They raise
    the errors of `eventsourcing` and `sqlite3`, and `LogUnavailable` for a file written by a newer
    program.
    """

    def __init__(self, datastore: LogDatastore) -> None:
        super().__init__(datastore)
        self.arrivals = Arrivals()

    def construct_create_table_statements(self) -> list[str]:
        return [*statements("tables.sqlite.sql"), *statements("append_only.sqlite.sql")]

    def _create_table(self, c: SQLiteCursor) -> None:
        prepare(c)
        super()._create_table(c)
        c.execute(
            "INSERT INTO log_meta (name, value) SELECT 'schema', ?1"
            " WHERE NOT EXISTS (SELECT 1 FROM log_meta WHERE name = 'schema')",
            (SCHEMA_VERSION,),
        )

    @contextmanager
    def writing(self) -> Iterator[SQLiteCursor]:
        """Open the only transaction that may write; commit it and announce it when the block ends."""
        with self.datastore.transaction(commit=True) as c:
            yield c
        self.arrivals.announce()

    def tip(self, c: SQLiteCursor) -> Tip:
        """Return the end of the log; raises LogDamaged if the tables disagree about it."""
        c.execute(sql.SELECT_TIP)
        return tip_of(*c.fetchone())

    def insert(self, c: SQLiteCursor, first: int, rows: Sequence[Row], seals: Sequence[Seal]) -> None:
        """Insert events at the positions from `first`, each with its seal."""
        whole = len(rows) - len(rows) % sql.MANY
        placed = [(position, *row) for position, row in enumerate(rows, first)]
        for n in range(0, whole, sql.MANY):
            c.execute(sql.INSERT_MANY_EVENTS, list(chain.from_iterable(placed[n : n + sql.MANY])))
        c.executemany(sql.INSERT_EVENT, placed[whole:])
        if rows:
            columns = map(b"".join, zip(*seals, strict=True))
            c.execute(sql.INSERT_ENTRIES, (len(rows), first, *columns))

    def insert_keys(self, c: SQLiteCursor, rows: Iterable[KeyRow]) -> None:
        """Insert keys."""
        c.executemany("INSERT INTO marks (name, position, digest, checksum) VALUES (?, ?, ?, ?)", rows)

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
        self.insert(c, tip.position + 1, rows, sealed([body for *_, body in rows], tip.digest))
        return list(range(tip.position + 1, tip.position + 1 + len(rows)))

    def stream_heads(self, c: SQLiteCursor, streams: Iterable[str]) -> dict[str, int]:
        """Look up the last version of each of these streams, 0 for one without events."""
        heads: dict[str, int] = {}
        for chunk, places in _chunks(list(streams), sql.MANY, "(?)"):
            c.execute(
                "SELECT column1, (SELECT COALESCE(MAX(originator_version), 0) FROM stored_events"
                f" WHERE originator_id = column1) FROM (VALUES {places})",
                chunk,
            )
            heads.update(c.fetchall())
        return heads

    def select_place(self, c: SQLiteCursor, stream: str, version: int) -> list[StoredRow]:
        """Look up the event at this version of the stream."""
        return _fetch_stored(c, "WHERE originator_id = ? AND originator_version = ?", (stream, version))

    def select_keys(self, c: SQLiteCursor, names: Sequence[str]) -> list[KeyRow]:
        """Look up the keys with these names; names that are not stored are left out."""
        stored: list[KeyRow] = []
        for chunk, places in _chunks(names):
            stored += _fetch(c, sql.SELECT_KEYS + f"WHERE name IN ({places})", chunk)
        return stored

    def select_stored_keys(self, names: Sequence[str]) -> list[KeyRow]:
        """Look up keys as `select_keys` does, outside a transaction."""
        with self.datastore.transaction(commit=False) as c:
            return self.select_keys(c, names)

    def select_heads(self, streams: Iterable[str]) -> dict[str, int]:
        """Look up versions as `stream_heads` does, outside a transaction."""
        with self.datastore.transaction(commit=False) as c:
            return self.stream_heads(c, streams)

    def select_stored(self, tail: str, params: Sequence[Any]) -> list[StoredRow]:
        """Select events with the rest of a statement: WHERE, ORDER BY, LIMIT."""
        with self.datastore.transaction(commit=False) as c:
            return _fetch_stored(c, tail, params)

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
        return self.max_notification_id() or 0

    def select_positions(self, positions: Sequence[int]) -> list[StoredRow]:
        """Select the events at these positions, any number of them, from one snapshot of the log."""
        wanted = sorted({p for p in positions if 0 < p <= LARGEST})
        found: list[StoredRow] = []
        with self.datastore.transaction(commit=False) as c:
            for chunk, places in _chunks(wanted):
                found += _fetch_stored(c, f"WHERE position IN ({places})", chunk)
        return found

    def select_digest(self, position: int) -> bytes | None:
        """Return the running digest through a position, None if nothing is stored there."""
        with self.datastore.transaction(commit=False) as c:
            c.execute("SELECT digest FROM entries WHERE position = ?", (position,))
            row = c.fetchone()
        return row[0] if row else None

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

    def select_raw(self, after: int, until: int) -> tuple[list[EventRow], list[EntryRow]]:
        """Select the rows of both tables in (after, until], as they are."""
        with self.datastore.transaction(commit=False) as c:
            events = _fetch(c, sql.SELECT_EVENTS, (after, until))
            return events, _fetch(c, sql.SELECT_ENTRIES, (after, until))

    def select_misplaced(self, after: int, until: int) -> list[int]:
        """Return positions in (after, until] that an index does not find."""
        with self.datastore.transaction(commit=False) as c:
            return [position for (position,) in _fetch(c, sql.SELECT_MISPLACED, (after, until))]

    def select_redacted(self) -> set[int]:
        """Return the positions that a later event permits to be redacted."""
        with self.datastore.transaction(commit=False) as c:
            rows = _fetch(c, "SELECT redacted FROM redactions WHERE position > redacted", ())
            return {position for (position,) in rows}

    def select_all_keys(self, after: str, limit: int) -> list[KeyRow]:
        """Select the first `limit` keys with names after this one."""
        with self.datastore.transaction(commit=False) as c:
            return _fetch(c, sql.SELECT_KEYS + "WHERE name > ? ORDER BY name LIMIT ?", (after, limit))

    def structure_faults(self, stopped: Callable[[], bool]) -> list[str]:
        """Let SQLite check the file: every page, and every index against its table."""
        with self.datastore.get_connection(commit=False) as connection:
            c = connection.cursor()
            c.sqlite_cursor.connection.set_progress_handler(stopped, sql.PROGRESS_STEPS)
            try:
                said = [text for (text,) in _fetch(c, "PRAGMA integrity_check", ())]
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
            return dict(_fetch(c, "SELECT name, value FROM log_meta", ()))

    def settle_meta(self, id: str) -> None:
        """Store the id of the log; a secret that is stored beside it must be in a file by now."""
        with self.datastore.transaction(commit=True) as c, unguarded(c):
            c.execute("DELETE FROM log_meta WHERE name IN ('id', 'secret')")
            c.execute("INSERT INTO log_meta (name, value) VALUES ('id', ?)", (id.encode(),))

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> NotificationSubscription:
        return NotificationSubscription(self, self.arrivals, gt, topics)


def _fetch(c: SQLiteCursor, query: str, params: Sequence[Any]) -> list[Any]:
    c.sqlite_cursor.row_factory = None  # plain tuples: row objects cost a sixth more
    c.execute(query, params)
    rows: list[Any] = c.fetchall()
    return rows


def _fetch_stored(c: SQLiteCursor, tail: str, params: Sequence[Any]) -> list[StoredRow]:
    return _fetch(c, sql.SELECT_STORED + tail, params)


def _chunks(
    values: Sequence[Any], size: int = sql.CHUNK, place: str = "?"
) -> Iterator[tuple[Sequence[Any], str]]:
    """Split the values of a list in SQL into chunks, each with its placeholders."""
    for start in range(0, len(values), size):
        chunk = values[start : start + size]
        yield chunk, ",".join([place] * len(chunk))


def _row(event: StoredEvent) -> Row:
    stream = event.originator_id
    # The library's own selects write an id that is a UUID in this form.
    text = stream.hex if isinstance(stream, UUID) else stream
    return text, event.originator_version, event.topic, event.state
