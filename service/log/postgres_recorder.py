"""The PostgreSQL recorder: the log's tables in a schema, directly over `psycopg`.

The recorders of `eventsourcing` do not fit: they take positions from a sequence, which leaves gaps,
have no keys, and may retry for half a minute.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from psycopg import Cursor
from psycopg.abc import Params
from psycopg.rows import TupleRow

from service.log.event_log import LARGEST, SALT_BYTES, SCHEMA_VERSION, SECRET_BYTES, Keys, Row, newer
from service.log.port import Stored
from service.log.postgres_sessions import Session, Sessions
from service.log.subscription import Arrivals

SELECT_STORED = (
    "SELECT position, topic, originator_id, originator_version, COALESCE(state, '') FROM stored_events "
)
SELECT_KEYS = "SELECT name, position, digest FROM marks WHERE name = ANY(%b::text[])"
NEXT_FREE = (
    "(SELECT COALESCE(MAX(position), 0) + 1 FROM stored_events),"
    " (SELECT COALESCE(MAX(idx), -1) + 1 FROM entries)"
)
SELECT_HEADS = (
    "SELECT stream, (SELECT COALESCE(MAX(originator_version), 0) FROM stored_events"
    f" WHERE originator_id = stream), {NEXT_FREE} FROM unnest(%b::text[]) AS stream"
)
# One statement for a batch of any size, so one transaction and one round trip. Arrays cost a
# fraction of the same number of rows.
INSERT = f"""
    WITH events AS (
        INSERT INTO stored_events (position, originator_id, originator_version, topic, state)
        SELECT %(first)b::bigint + n - 1, stream, version, topic, body
        FROM unnest(%(streams)b::text[], %(versions)b::bigint[], %(topics)b::text[],
                    %(bodies)b::bytea[])
            WITH ORDINALITY AS fresh (stream, version, topic, body, n)),
    marks AS (
        INSERT INTO marks (name, position, digest)
        SELECT * FROM unnest(%(names)b::text[], %(key_positions)b::bigint[], %(digests)b::bytea[]))
    INSERT INTO entries (position, idx, salt)
    SELECT %(first)b::bigint + n, %(index)b::bigint + n,
           substr(%(salts)b::bytea, {SALT_BYTES} * n + 1, {SALT_BYTES})
    FROM generate_series(0, %(count)b::int - 1) AS n"""
INSERT_META = "INSERT INTO log_meta (name, value) VALUES (%s, %b) ON CONFLICT DO NOTHING"


class Draft:
    """What one append will store: collected first, then written by one statement.

    What the append reads in between stays true, because no other session can write.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.next_free: tuple[int, int] | None = None
        """The next position and the next index, None until they are read."""
        self.events: Sequence[Row] = ()
        self.keys: Sequence[tuple[str, int, bytes]] = ()

    def read_next_free(self) -> tuple[int, int]:
        """Return the next position and the next index."""
        if self.next_free is None:
            [(position, index)] = _fetch(self.session, f"SELECT {NEXT_FREE}")
            self.next_free = position, index
        return self.next_free

    def write(self) -> None:
        """Store the events and keys, if there are any; they are durable when this returns."""
        if not self.events and not self.keys:
            return
        first, index = self.read_next_free()
        streams, versions, topics, bodies = _columns(self.events, 4)
        names, key_positions, digests = _columns(self.keys, 3)
        values = {
            "first": first,
            "index": index,
            "count": len(self.events),
            "streams": streams,
            "versions": versions,
            "topics": topics,
            "bodies": bodies,
            "salts": secrets.token_bytes(SALT_BYTES * len(self.events)),
            "names": names,
            "key_positions": key_positions,
            "digests": digests,
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
        with self._sessions.writing() as c, c.transaction():
            _refuse_newer(c)
            if not _may_create(c):
                return
            # Functions keep the search path with which they are created.
            c.execute("SELECT set_config('search_path', quote_ident(current_schema()), false)")
            for name in "tables.postgres.sql", "append_only.postgres.sql":
                c.execute((files(__package__) / name).read_bytes())
            c.execute(INSERT_META, ("schema", b"%d" % SCHEMA_VERSION))
            c.execute(INSERT_META, ("secret", secrets.token_bytes(SECRET_BYTES)))

    @contextmanager
    def writing(self) -> Iterator[Draft]:
        """Open the only transaction that may write; commit it and announce it when the block ends."""
        with self._sessions.writing() as session:
            draft = Draft(session)
            yield draft
            draft.write()
        self.arrivals.announce()

    def insert(self, c: Draft, rows: Sequence[Row]) -> range:
        """Insert events at the next positions, each with the next index and a new random salt."""
        first, _ = c.read_next_free()
        c.events = rows
        return range(first, first + len(rows))

    def insert_keys(self, c: Draft, rows: Sequence[tuple[str, int, bytes]]) -> None:
        """Insert keys: name, position, digest."""
        c.keys = rows

    def stream_heads(self, c: Draft, streams: Iterable[str]) -> dict[str, int]:
        """Look up the last version of each of these streams, 0 for one without events."""
        rows = _fetch(c.session, SELECT_HEADS, (list(streams),))
        for _, _, position, index in rows[:1]:
            c.next_free = position, index
        return {stream: version for stream, version, _, _ in rows}

    def select_heads(self, streams: Iterable[str]) -> dict[str, int]:
        """Look up versions as `stream_heads` does, outside a transaction."""
        with self._sessions.reading() as c:
            return {row[0]: row[1] for row in _fetch(c, SELECT_HEADS, (list(streams),))}

    def select_place(self, c: Draft, stream: str, version: int) -> Stored | None:
        """Look up the event at this version of the stream."""
        there = _stored(
            c.session, "WHERE originator_id = %s AND originator_version = %s", (stream, version)
        )
        return there[0] if there else None

    def select_keys(self, c: Draft, names: Sequence[str]) -> Keys:
        """Look up the keys with these names; names that are not stored are left out."""
        return _keys(c.session, names)

    def select_stored_keys(self, names: Sequence[str]) -> Keys:
        """Look up keys as `select_keys` does, outside a transaction."""
        with self._sessions.reading() as c:
            return _keys(c, names)

    def select_range(
        self, after: int, limit: int, until: int | None, types: Sequence[str]
    ) -> list[Stored]:
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

    def select_before(self, before: int, limit: int) -> list[Stored]:
        """Select the last `limit` events before a position, newest first."""
        return self._select("WHERE position < %s ORDER BY position DESC LIMIT %s", (before, limit))

    def select_positions(self, positions: Sequence[int]) -> dict[int, Stored]:
        """Select the events at these positions, any number of them, from one snapshot of the log."""
        wanted = sorted({p for p in positions if 0 < p <= LARGEST})
        rows = self._select("WHERE position = ANY(%b::bigint[])", (wanted,)) if wanted else []
        return {row.position: row for row in rows}

    def select_stream(self, stream: str, after_version: int) -> list[Stored]:
        """Select the events of a stream after a version, in order."""
        return self._select(
            "WHERE originator_id = %s AND originator_version > %s ORDER BY originator_version",
            (stream, after_version),
        )

    def select_head(self) -> int:
        """Return the last stored position, 0 for an empty log."""
        with self._sessions.reading() as c:
            [(head,)] = _fetch(c, "SELECT COALESCE(MAX(position), 0) FROM stored_events")
        return int(head)

    def select_secret(self) -> bytes:
        """Return the random bytes that were created with the log."""
        with self._sessions.reading() as c:
            [(secret,)] = _fetch(c, "SELECT value FROM log_meta WHERE name = 'secret'")
        return bytes(secret)

    def _select(self, tail: str, params: Sequence[Any]) -> list[Stored]:
        with self._sessions.reading() as c:
            return _stored(c, tail, params)


def _fetch(c: Session, query: str, params: Params = ()) -> list[TupleRow]:
    # Binary, because as text bytes are twice as long and parsed on both sides.
    cursor: Cursor[TupleRow] = c.execute(query.encode(), params, binary=True)
    return cursor.fetchall()


def _keys(c: Session, names: Sequence[str]) -> Keys:
    if not names:
        return {}
    rows = _fetch(c, SELECT_KEYS, (list(names),))
    return {name: (position, digest) for name, position, digest in rows}


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[n] for row in rows] for n in range(width)]


def _stored(c: Session, tail: str, params: Sequence[Any]) -> list[Stored]:
    return list(map(Stored._make, _fetch(c, SELECT_STORED + tail, params)))


def _refuse_newer(c: Session) -> None:
    [(table,)] = _fetch(c, "SELECT to_regclass('log_meta')::text")
    if table is None:
        return
    for (found,) in _fetch(c, "SELECT value FROM log_meta WHERE name = 'schema'"):
        if int(found) > SCHEMA_VERSION:
            raise newer(int(found))


def _may_create(c: Session) -> bool:
    """Return whether this role owns the tables or they do not exist yet."""
    owned = _fetch(
        c,
        "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('log_meta')",
    )
    return all(mine for (mine,) in owned)
