"""The PostgreSQL recorder: the log's tables in a schema, directly over `psycopg`.

The recorders of `eventsourcing` do not fit: they take positions from a sequence, which leaves gaps,
have no keys, and may retry for half a minute.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from service.log.damage import tip_of
from service.log.hashes import Seal
from service.log.postgres_schema import create_tables
from service.log.postgres_sessions import Session, Sessions, fetch
from service.log.recorder import LARGEST, EntryRow, EventRow, KeyRow, Row, StoredRow, Tip
from service.log.subscription import Arrivals

SELECT_STORED = (
    "SELECT position, topic, originator_id, originator_version, COALESCE(state, ''), salt, commitment"
    " FROM stored_events LEFT JOIN entries USING (position) "
)
SELECT_KEYS = "SELECT name, position, digest, checksum FROM marks WHERE name = ANY(%b::text[])"
TIP = (
    "(SELECT COALESCE(MAX(position), 0) FROM stored_events),"
    " (SELECT COALESCE(MAX(idx), -1) FROM entries), (SELECT COALESCE(MAX(position), 0) FROM entries),"
    " (SELECT digest FROM entries ORDER BY position DESC LIMIT 1)"
)
SELECT_ALL_KEYS = (
    "SELECT name, position, digest, checksum FROM marks WHERE name > %s ORDER BY name LIMIT %s"
)
SELECT_EVENTS = (
    "SELECT position, topic, originator_id, originator_version, state FROM stored_events"
    " WHERE position > %s AND position <= %s ORDER BY position"
)
SELECT_ENTRIES = (
    "SELECT position, idx, salt, commitment, digest FROM entries"
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
SELECT_HEADS = (
    "SELECT stream, (SELECT COALESCE(MAX(originator_version), 0) FROM stored_events"
    " WHERE originator_id = stream) FROM unnest(%b::text[]) AS stream"
)
# One statement for a batch of any size, so one transaction and one round trip. Arrays cost a
# fraction of the same number of rows.
INSERT = """
    WITH events AS (
        INSERT INTO stored_events (position, originator_id, originator_version, topic, state)
        SELECT %(first)b::bigint + n - 1, stream, version, topic, body
        FROM unnest(%(streams)b::text[], %(versions)b::bigint[], %(topics)b::text[],
                    %(bodies)b::bytea[])
            WITH ORDINALITY AS fresh (stream, version, topic, body, n)),
    marks AS (
        INSERT INTO marks (name, position, digest, checksum)
        SELECT * FROM unnest(%(names)b::text[], %(key_positions)b::bigint[], %(key_digests)b::bytea[],
                             %(checksums)b::bytea[]))
    INSERT INTO entries (position, idx, salt, commitment, digest)
    SELECT %(first)b::bigint + n, %(first)b::bigint + n - 1, substr(%(salts)b::bytea, 32 * n + 1, 32),
           substr(%(commitments)b::bytea, 32 * n + 1, 32), substr(%(digests)b::bytea, 32 * n + 1, 32)
    FROM generate_series(0, %(count)b::int - 1) AS n"""


class Draft:
    """What one append will store: collected first, then written by one statement.

    What the append reads in between stays true, because no other session can write.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.first = 0
        self.events: Sequence[Row] = ()
        self.seals: Sequence[Seal] = ()
        self.keys: Sequence[KeyRow] = ()

    def write(self) -> None:
        """Store the events and keys, if there are any; they are durable when this returns."""
        if not self.events and not self.keys:
            return
        streams, versions, topics, bodies = _columns(self.events, 4)
        salts, commitments, digests = (b"".join(column) for column in _columns(self.seals, 3))
        names, key_positions, key_digests, checksums = _columns(self.keys, 4)
        values = {
            "first": self.first,
            "count": len(self.events),
            "streams": streams,
            "versions": versions,
            "topics": topics,
            "bodies": bodies,
            "salts": salts,
            "commitments": commitments,
            "digests": digests,
            "names": names,
            "key_positions": key_positions,
            "key_digests": key_digests,
            "checksums": checksums,
        }
        self.session.execute(INSERT.encode(), values)


class PostgresRecorder:
    """Inserts and selects the rows of one log."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self.arrivals = Arrivals()

    def create_tables(self) -> None:
        """Create the tables and the triggers that guard them, as far as they are missing.

        Raises LogUnavailable if a newer program created them. A role that does not own them leaves
        them as they are.
        """
        with self._sessions.writing() as session, session.transaction():
            create_tables(session)

    @contextmanager
    def writing(self) -> Iterator[Draft]:
        """Open the only transaction that may write; commit it and announce it when the block ends."""
        with self._sessions.writing() as session:
            draft = Draft(session)
            yield draft
            draft.write()
        self.arrivals.announce()

    def tip(self, c: Draft) -> Tip:
        """Return the end of the log; raises LogDamaged if the tables disagree about it."""
        [row] = fetch(c.session, f"SELECT {TIP}")
        return tip_of(*row)

    def insert(self, c: Draft, first: int, rows: Sequence[Row], seals: Sequence[Seal]) -> None:
        """Insert events at the positions from `first`, each with its seal."""
        c.first, c.events, c.seals = first, rows, seals

    def insert_keys(self, c: Draft, rows: Sequence[KeyRow]) -> None:
        """Insert keys."""
        c.keys = rows

    def stream_heads(self, c: Draft, streams: Iterable[str]) -> dict[str, int]:
        """Look up the last version of each of these streams, 0 for one without events."""
        return dict(fetch(c.session, SELECT_HEADS, (list(streams),)))

    def select_heads(self, streams: Iterable[str]) -> dict[str, int]:
        """Look up versions as `stream_heads` does, outside a transaction."""
        with self._sessions.reading() as c:
            return dict(fetch(c, SELECT_HEADS, (list(streams),)))

    def select_place(self, c: Draft, stream: str, version: int) -> list[StoredRow]:
        """Look up the event at this version of the stream."""
        return _stored(
            c.session, "WHERE originator_id = %s AND originator_version = %s", (stream, version)
        )

    def select_keys(self, c: Draft, names: Sequence[str]) -> list[KeyRow]:
        """Look up the keys with these names; names that are not stored are left out."""
        return _keys(c.session, names)

    def select_stored_keys(self, names: Sequence[str]) -> list[KeyRow]:
        """Look up keys as `select_keys` does, outside a transaction."""
        with self._sessions.reading() as c:
            return _keys(c, names)

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
            [row] = fetch(c, f"SELECT {TIP}")
        return tip_of(*row)

    def select_raw(self, after: int, until: int) -> tuple[list[EventRow], list[EntryRow]]:
        """Select the rows of both tables in (after, until], as they are."""
        with self._sessions.reading() as c:
            events = fetch(c, SELECT_EVENTS, (after, until))
            return events, fetch(c, SELECT_ENTRIES, (after, until))

    def select_misplaced(self, after: int, until: int) -> list[int]:
        """Return positions in (after, until] that an index does not find."""
        span = {"after": after, "until": until}
        with self._sessions.reading() as c, c.transaction():
            c.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off")
            return [position for (position,) in fetch(c, SELECT_MISPLACED, span)]

    def select_redacted(self) -> set[int]:
        """Return the positions that a later event permits to be redacted."""
        with self._sessions.reading() as c:
            rows = fetch(c, "SELECT redacted FROM redactions WHERE position > redacted")
        return {position for (position,) in rows}

    def select_all_keys(self, after: str, limit: int) -> list[KeyRow]:
        """Select the first `limit` keys with names after this one."""
        with self._sessions.reading() as c:
            return fetch(c, SELECT_ALL_KEYS, (after, limit))

    def structure_faults(self, stopped: Callable[[], bool]) -> list[str]:
        """Return nothing: a server checks its pages when it reads them, if it has checksums."""
        return []

    def select_meta(self) -> dict[str, bytes]:
        """Return what the log stores about itself, by name."""
        with self._sessions.reading() as c:
            return dict(fetch(c, "SELECT name, value FROM log_meta"))

    def _select(self, tail: str, params: Sequence[Any]) -> list[StoredRow]:
        with self._sessions.reading() as c:
            return _stored(c, tail, params)


def _keys(c: Session, names: Sequence[str]) -> list[KeyRow]:
    if not names:
        return []
    return list(map(tuple, fetch(c, SELECT_KEYS, (list(names),))))


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[n] for row in rows] for n in range(width)]


def _stored(c: Session, tail: str, params: Sequence[Any]) -> list[StoredRow]:
    rows: list[StoredRow] = fetch(c, SELECT_STORED + tail, params)
    return rows
