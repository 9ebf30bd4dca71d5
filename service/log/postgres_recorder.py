"""The PostgreSQL recorder: the log's tables in a schema, directly over `psycopg`.

The recorders of `eventsourcing` do not fit: they take positions from a sequence, which leaves gaps,
have no keys, and may retry for half a minute.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from psycopg import Error
from psycopg.errors import InsufficientPrivilege, UndefinedTable

from service.log.hashes import Seal
from service.log.port import LogUnavailable
from service.log.postgres_draft import LAST_VERSION, Draft, keys_in, tip_in
from service.log.postgres_migration import refuse_unpermitted, unmigrated
from service.log.postgres_schema import INSERT_META, create_tables, may_create
from service.log.postgres_sessions import Session, Sessions, fetch
from service.log.postgres_tree import PostgresTree
from service.log.postgres_verbatim import (
    SELECT_GONE,
    SELECT_KEYS_OF,
    adopt_secret,
    snapshot_of,
)
from service.log.recorder import LARGEST, Before, EventRow, KeyRow, Packed, Row, StoredRow, Tip
from service.log.subscription import Arrivals
from service.log.tree_tables import EntryRow

SELECT_STORED = (
    "SELECT position, topic, originator_id, originator_version, COALESCE(state, ''), salt, commitment"
    " FROM stored_events LEFT JOIN entries USING (position) "
)
SELECT_ALL_KEYS = (
    "SELECT name, position, digest, checksum FROM marks WHERE name > %s ORDER BY name LIMIT %s"
)
SELECT_EVENTS = (
    "SELECT position, topic, originator_id, originator_version, state FROM stored_events"
    " WHERE position > %s AND position <= %s ORDER BY position"
)
BY_PLACE = """
    SELECT i.position FROM stored_events AS i
    WHERE i.originator_id = t.originator_id AND i.originator_version = t.originator_version"""
SELECT_MISPLACED = f"""
    SELECT t.position FROM stored_events AS t
    WHERE t.position > %(after)s AND t.position <= %(until)s AND (
        t.position IS DISTINCT FROM ({BY_PLACE} LIMIT 1)
        OR (t.originator_version > 1 AND NOT COALESCE(({BY_PLACE} - 1 LIMIT 1) < t.position, FALSE)))
    UNION
    SELECT t.position FROM entries AS t WHERE t.position > %(after)s AND t.position <= %(until)s
    AND t.position IS DISTINCT FROM (SELECT i.position FROM entries AS i WHERE i.idx = t.idx LIMIT 1)
    ORDER BY 1"""
SELECT_HEADS = f"SELECT stream, {LAST_VERSION} FROM unnest(%b::text[]) AS stream"


class PostgresRecorder:
    """Inserts and selects the rows of one log."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self.arrivals = Arrivals()
        self.tree = PostgresTree()

    def create_tables(self, secret: bytes | None = None) -> None:
        """Create or upgrade the tables and the triggers that guard them, as their owner.

        A log that is empty gets this `secret`. Another role leaves the tables as they are; raises
        LogUnavailable if it may not write what is there.
        """
        with self._sessions.writing() as session, session.transaction():
            if may_create(session):
                create_tables(session)
                if secret is not None:
                    adopt_secret(session, secret)
            else:
                refuse_unpermitted(session)

    @contextmanager
    def writing(self) -> Iterator[Draft]:
        """Open the only transaction that may write; commit it and announce it when the block ends."""
        with self._sessions.writing() as session:
            draft = Draft(session)
            yield draft
            try:
                draft.write()
            except (Error, OSError):
                # A session that was lost has not said whether it committed; one that is left has not.
                if session.usable or not self._is_stored(draft):
                    raise
        self.arrivals.announce()

    @contextmanager
    def snapshot(self) -> Iterator[Draft]:
        """Open a transaction that reads and sees the log as it is now, however long it lasts."""
        with snapshot_of(self._sessions) as session:
            yield Draft(session, lasting=True)

    def tip(self, c: Draft) -> Tip:
        """Return the end of the log; raises LogDamaged if the tables disagree about it."""
        return c.tip()

    def before(self, c: Draft, streams: Sequence[str], keys: Sequence[str]) -> Before:
        """Look up all that an append is checked against; raises LogDamaged as `tip` does."""
        return c.look(streams, keys)

    def insert(self, c: Draft, first: int, rows: Sequence[Row], seals: Sequence[Seal]) -> None:
        """Insert events at the positions from `first`, each with its seal."""
        c.first, c.events, c.seals = first, rows, seals

    def insert_keys(self, c: Draft, rows: Sequence[KeyRow]) -> None:
        """Insert keys."""
        c.keys = rows

    def select_heads(self, streams: Iterable[str]) -> dict[str, int]:
        """Look up the last version of each of these streams, 0 for one without events."""
        with self._sessions.reading() as c:
            return dict(fetch(c, SELECT_HEADS, (list(streams),)))

    def select_place(self, c: Draft, stream: str, version: int) -> list[StoredRow]:
        """Look up the event at this version of the stream."""
        return _stored(
            c.session, "WHERE originator_id = %s AND originator_version = %s", (stream, version)
        )

    def select_keys(self, c: Draft, names: Sequence[str]) -> list[KeyRow]:
        """Look up the keys with these names; names that are not stored are left out."""
        return keys_in(c.session, names)

    def select_stored_keys(self, names: Sequence[str]) -> list[KeyRow]:
        """Look up keys as `select_keys` does, outside a transaction."""
        with self._sessions.reading() as c:
            return keys_in(c, names)

    def select_range(
        self, after: int, limit: int, until: int | None, types: Sequence[str]
    ) -> list[StoredRow]:
        """Select the first `limit` events in (after, until], of these types if any are named."""
        end = LARGEST if until is None else until
        if not types:
            return self._select(
                "WHERE position > %s AND position <= %s ORDER BY position LIMIT %s",
                (after, end, limit),
            )
        return self._select(
            "WHERE position > %s AND position <= %s AND topic = ANY(%s) ORDER BY position LIMIT %s",
            (after, end, list(types), limit),
        )

    def select_packed(self, after: int, until: int) -> Packed | None:
        """None: pages are read row by row."""
        return None

    def select_before(self, before: int, limit: int) -> list[StoredRow]:
        """Select the last `limit` events before a position, newest first."""
        return self._select("WHERE position < %s ORDER BY position DESC LIMIT %s", (before, limit))

    def select_positions(self, positions: Sequence[int]) -> list[StoredRow]:
        """Select the events at these positions, any number of them, from one snapshot of the log."""
        wanted = sorted({p for p in positions if 0 < p <= LARGEST})
        return self._select("WHERE position = ANY(%b::bigint[])", (wanted,)) if wanted else []

    def select_stream(self, stream: str, after_version: int) -> list[StoredRow]:
        """Select the events of a stream after a version, in order."""
        return self._select(
            "WHERE originator_id = %s AND originator_version > %s ORDER BY originator_version",
            (stream, after_version),
        )

    def select_head(self) -> int:
        """Return the last stored position, 0 for an empty log."""
        with self._sessions.reading() as c:
            [(head,)] = fetch(c, "SELECT COALESCE(MAX(position), 0) FROM stored_events")
        return int(head)

    def select_digest(self, position: int) -> bytes | None:
        """Return the running digest through a position, None if nothing is stored there."""
        with self._sessions.reading() as c:
            rows = fetch(c, "SELECT digest FROM entries WHERE position = %s", (position,))
        return rows[0][0] if rows else None

    def select_tip(self) -> Tip:
        """Return the end of the log as `tip` does, outside a transaction."""
        with self._sessions.reading() as c:
            return tip_in(c)

    def select_raw(self, c: Draft, after: int, until: int) -> tuple[list[EventRow], list[EntryRow]]:
        """Select the rows of both tables in (after, until], as they are."""
        events = c.fetch(SELECT_EVENTS, (after, until))
        return events, self.tree.select_entries(c, after, until)

    def select_misplaced(self, after: int, until: int) -> list[int]:
        """Return positions in (after, until] that an index does not find."""
        span = {"after": after, "until": until}
        with self._sessions.reading() as c, c.transaction():
            c.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off")
            return [position for (position,) in fetch(c, SELECT_MISPLACED, span)]

    def select_redactions(self, after: int) -> list[StoredRow]:
        """Select the events after a position that record a redaction."""
        return self._select(
            "WHERE topic = 'EventRedacted' AND position > %s ORDER BY position", (after,)
        )

    def select_redacted(self) -> set[int]:
        """Return the positions that a later event permits to be redacted."""
        with self._sessions.reading() as c:
            rows = fetch(c, "SELECT redacted FROM redactions WHERE position > redacted")
        return {position for (position,) in rows}

    def select_all_keys(self, c: Draft, after: str, limit: int) -> list[KeyRow]:
        """Select the first `limit` keys with names after this one, in the order of their UTF-8."""
        return c.fetch(SELECT_ALL_KEYS, (after, limit))

    def select_key_count(self, c: Draft) -> int:
        """Return the number of keys."""
        [(count,)] = c.fetch("SELECT count(*) FROM marks")
        return int(count)

    def select_keys_of(self, c: Draft, after: int, until: int) -> list[KeyRow]:
        """Select the keys with positions in (after, until]."""
        return c.fetch(SELECT_KEYS_OF, (after, until))

    def select_gone(self, c: Draft) -> set[int]:
        """Return the positions whose bytes are gone, of those that an event permits to be redacted."""
        return {position for (position,) in c.fetch(SELECT_GONE)}

    def redact(self, c: Draft, positions: Sequence[int], *, guarded: bool) -> None:
        """Destroy body and salt at these positions; if not `guarded`, what nothing permits as well."""
        c.gone, c.guarded = positions, guarded

    def insert_meta(self, c: Draft, name: str, value: bytes) -> None:
        """Store something about the log, unless it is stored already."""
        c.session.execute(INSERT_META, (name, value))

    def wipe(self) -> bool:
        """Return true: what is removed from a row leaves the files with a VACUUM of the owner."""
        return True

    def structure_faults(self, stopped: Callable[[], bool]) -> list[str]:
        """Return nothing: a server checks its pages when it reads them, if it has checksums."""
        return []

    def select_meta(self) -> dict[str, bytes]:
        """Return what the log stores about itself, by name.

        Raises LogUnavailable if there is no log, or none that the role may read.
        """
        with self._sessions.reading() as c:
            try:
                return dict(fetch(c, "SELECT name, value FROM log_meta"))
            except (UndefinedTable, InsufficientPrivilege):
                raise unmigrated(c) from None

    def _is_stored(self, draft: Draft) -> bool:
        """Whether a draft is stored although its session was lost; False if that is not found out.

        False as well if another process has written since: whoever wrote this decides again then.
        """
        with suppress(Error, OSError, LogUnavailable):
            return draft.is_stored(self._sessions.retaken(draft.session))
        return False

    def _select(self, tail: str, params: Sequence[Any]) -> list[StoredRow]:
        with self._sessions.reading() as c:
            return _stored(c, tail, params)


def _stored(c: Session, tail: str, params: Sequence[Any]) -> list[StoredRow]:
    rows: list[StoredRow] = fetch(c, SELECT_STORED + tail, params)
    return rows
