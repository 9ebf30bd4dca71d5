"""The recorder: the log's tables in a PostgreSQL schema.

Directly over `psycopg`: the recorders of `eventsourcing` take positions from a sequence, which
leaves holes, know no marks, and may try again for half a minute.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from psycopg import Cursor
from psycopg.abc import Params
from psycopg.rows import TupleRow

from service.log.event_log import LARGEST, SALT_BYTES, SCHEMA_VERSION, SECRET_BYTES, Marks, Row, newer
from service.log.port import Stored
from service.log.postgres_sessions import Session, Sessions
from service.log.subscription import Arrivals

SELECT_STORED = (
    "SELECT position, topic, originator_id, originator_version, COALESCE(state, '') FROM stored_events "
)
SELECT_MARKS = "SELECT name, position, digest FROM marks WHERE name = ANY(%b::text[])"
NEXT_FREE = (
    "(SELECT COALESCE(MAX(position), 0) + 1 FROM stored_events),"
    " (SELECT COALESCE(MAX(idx), -1) + 1 FROM entries)"
)
SELECT_HEADS = (
    "SELECT stream, (SELECT COALESCE(MAX(originator_version), 0) FROM stored_events"
    f" WHERE originator_id = stream), {NEXT_FREE} FROM unnest(%b::text[]) AS stream"
)
# One statement for a batch of any size, and so one transaction and one answer to wait for. Arrays
# cost a fraction of as many rows.
INSERT = f"""
    WITH events AS (
        INSERT INTO stored_events (position, originator_id, originator_version, topic, state)
        SELECT %(first)b::bigint + n - 1, stream, version, topic, body
        FROM unnest(%(streams)b::text[], %(versions)b::bigint[], %(topics)b::text[],
                    %(bodies)b::bytea[])
            WITH ORDINALITY AS fresh (stream, version, topic, body, n)),
    marks AS (
        INSERT INTO marks (name, position, digest)
        SELECT * FROM unnest(%(names)b::text[], %(borne)b::bigint[], %(digests)b::bytea[]))
    INSERT INTO entries (position, idx, salt)
    SELECT %(first)b::bigint + n, %(index)b::bigint + n,
           substr(%(salts)b::bytea, {SALT_BYTES} * n + 1, {SALT_BYTES})
    FROM generate_series(0, %(count)b::int - 1) AS n"""
INSERT_META = "INSERT INTO log_meta (name, value) VALUES (%s, %b) ON CONFLICT DO NOTHING"


class Draft:
    """What one append is to store: gathered, then written by one statement.

    What is read for it in between stays true, because the session holds the log.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.next_free: tuple[int, int] | None = None
        """The next position and the next index, once they are known."""
        self.events: Sequence[Row] = ()
        self.marks: Sequence[tuple[str, int, bytes]] = ()

    def place(self) -> tuple[int, int]:
        """Give the next position and the next index."""
        if self.next_free is None:
            [(position, index)] = _fetch(self.session, f"SELECT {NEXT_FREE}")
            self.next_free = position, index
        return self.next_free

    def write(self) -> None:
        """Store what there is to store; it is durable when this returns."""
        if not self.events and not self.marks:
            return
        first, index = self.place()
        streams, versions, topics, bodies = _columns(self.events, 4)
        names, borne, digests = _columns(self.marks, 3)
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
            "borne": borne,
            "digests": digests,
        }
        self.session.execute(INSERT.encode(), values)


class PostgresRecorder:
    """Inserts and selects events of one log, and the tables beside them."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self.arrivals = Arrivals()

    def create_tables(self) -> None:
        """Make what is missing of the tables and their guards.

        Raises LogUnavailable if they were written by a newer program. A role that does not own
        them leaves them as their owner made them.
        """
        with self._sessions.writing() as c, c.transaction():
            _refuse_newer(c)
            if not _may_make(c):
                return
            # Functions keep the search path under which they are made.
            c.execute("SELECT set_config('search_path', quote_ident(current_schema()), false)")
            for name in "tables.postgres.sql", "append_only.postgres.sql":
                c.execute((files(__package__) / name).read_bytes())
            c.execute(INSERT_META, ("schema", b"%d" % SCHEMA_VERSION))
            c.execute(INSERT_META, ("secret", secrets.token_bytes(SECRET_BYTES)))

    @contextmanager
    def writing(self) -> Iterator[Draft]:
        """Hold the one transaction that may write: committed at the end, then announced."""
        with self._sessions.writing() as session:
            draft = Draft(session)
            yield draft
            draft.write()
        self.arrivals.announce()

    def insert(self, c: Draft, rows: Sequence[Row]) -> range:
        """Store events at the next positions, each with the next index and a fresh salt."""
        first, _ = c.place()
        c.events = rows
        return range(first, first + len(rows))

    def insert_marks(self, c: Draft, rows: Sequence[tuple[str, int, bytes]]) -> None:
        """Store marks: name, position, digest."""
        c.marks = rows

    def stream_heads(self, c: Draft, streams: Iterable[str]) -> dict[str, int]:
        """Look up the version at the head of each of these streams, 0 where there is none."""
        rows = _fetch(c.session, SELECT_HEADS, (list(streams),))
        for _, _, position, index in rows[:1]:
            c.next_free = position, index
        return {stream: version for stream, version, _, _ in rows}

    def select_heads(self, streams: Iterable[str]) -> dict[str, int]:
        """Look up heads as `stream_heads` does, outside of any transaction."""
        with self._sessions.reading() as c:
            return {row[0]: row[1] for row in _fetch(c, SELECT_HEADS, (list(streams),))}

    def select_place(self, c: Draft, stream: str, version: int) -> Stored | None:
        """Look up the event that holds this version of the stream."""
        there = _stored(
            c.session, "WHERE originator_id = %s AND originator_version = %s", (stream, version)
        )
        return there[0] if there else None

    def select_marks(self, c: Draft, names: Sequence[str]) -> Marks:
        """Look up the marks of these names: position and digest of each that is there."""
        return _marks(c.session, names)

    def select_known_marks(self, names: Sequence[str]) -> Marks:
        """Look up marks as `select_marks` does, outside of any transaction."""
        with self._sessions.reading() as c:
            return _marks(c, names)

    def select_range(
        self, after: int, limit: int, until: int | None, types: Sequence[str]
    ) -> list[Stored]:
        """Select the first `limit` events of these types (none: all) in (after, until]."""
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
        """Select the last `limit` events in front of a position, newest first."""
        return self._select("WHERE position < %s ORDER BY position DESC LIMIT %s", (before, limit))

    def select_positions(self, positions: Sequence[int]) -> dict[int, Stored]:
        """Select the events at these positions, any number of them, as one state of the log."""
        wanted = sorted({p for p in positions if 0 < p <= LARGEST})
        rows = self._select("WHERE position = ANY(%b::bigint[])", (wanted,)) if wanted else []
        return {row.position: row for row in rows}

    def select_stream(self, stream: str, after_version: int) -> list[Stored]:
        """Select the events of a stream behind a version, in order."""
        return self._select(
            "WHERE originator_id = %s AND originator_version > %s ORDER BY originator_version",
            (stream, after_version),
        )

    def select_head(self) -> int:
        """Give the last position stored, 0 of an empty log."""
        with self._sessions.reading() as c:
            [(head,)] = _fetch(c, "SELECT COALESCE(MAX(position), 0) FROM stored_events")
        return int(head)

    def select_secret(self) -> bytes:
        """Give the random bytes that were made with the log."""
        with self._sessions.reading() as c:
            [(secret,)] = _fetch(c, "SELECT value FROM log_meta WHERE name = 'secret'")
        return bytes(secret)

    def _select(self, tail: str, params: Sequence[Any]) -> list[Stored]:
        with self._sessions.reading() as c:
            return _stored(c, tail, params)


def _fetch(c: Session, query: str, params: Params = ()) -> list[TupleRow]:
    # In binary: as text, bytes are twice as long and parsed on either side.
    cursor: Cursor[TupleRow] = c.execute(query.encode(), params, binary=True)
    return cursor.fetchall()


def _marks(c: Session, names: Sequence[str]) -> Marks:
    if not names:
        return {}
    rows = _fetch(c, SELECT_MARKS, (list(names),))
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


def _may_make(c: Session) -> bool:
    """Tell whether the tables are this role's, or not there yet."""
    owned = _fetch(
        c,
        "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('log_meta')",
    )
    return all(mine for (mine,) in owned)
