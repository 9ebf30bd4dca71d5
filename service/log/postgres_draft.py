"""What one append to a PostgreSQL log stores, by one statement or by COPY, and whether it is there."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from service.log.damage import tip_of
from service.log.hashes import Seal, joined
from service.log.postgres_copy import copy_batch
from service.log.postgres_sessions import Session, fetch
from service.log.postgres_tree import INSERT_SUBTREES, store_said
from service.log.postgres_verbatim import destroy
from service.log.recorder import Before, KeyRow, Row, Tip
from service.log.tree import StoredCheckpoint
from service.log.tree_tables import AttachmentRow, SubtreeRow

SELECT_KEYS = "SELECT name, position, digest, checksum FROM marks WHERE name = ANY(%b::text[])"
TIP = (
    "(SELECT COALESCE(MAX(position), 0) FROM stored_events),"
    " (SELECT COALESCE(MAX(idx), -1) FROM entries), (SELECT COALESCE(MAX(position), 0) FROM entries),"
    " (SELECT digest FROM entries ORDER BY position DESC LIMIT 1)"
)
LAST_VERSION = (
    "(SELECT COALESCE(MAX(originator_version), 0) FROM stored_events WHERE originator_id = stream)"
)
# One statement, so one round trip: all that an append is checked against, each row with its kind.
SELECT_BEFORE = f"""
    SELECT 0, '', head, digest, NULL::bytea, idx, entry
    FROM (SELECT {TIP}) AS tip (head, idx, entry, digest)
    UNION ALL SELECT 1, stream, {LAST_VERSION}, NULL, NULL, NULL, NULL
    FROM unnest(%b::text[]) AS stream
    UNION ALL SELECT 2, name, position, digest, checksum, NULL, NULL
    FROM marks WHERE name = ANY(%b::text[])"""
# The notification is sent when the batch is committed; it names the schema because others in the
# database may hold logs as well.
INSERT_MARKS = """
        INSERT INTO marks (name, position, digest, checksum)
        SELECT * FROM unnest(%(names)b::text[], %(key_positions)b::bigint[], %(key_digests)b::bytea[],
                             %(checksums)b::bytea[])"""
NOTIFY = """
    SELECT pg_notify('intellog', concat(%(first)b::bigint + %(count)b::int - 1, ' ', current_schema()))
    WHERE %(count)b::int > 0"""
# One statement for all of a batch, so one transaction and one round trip. Arrays cost a fraction of
# the same number of rows.
WITH = "WITH "
WITH_SUBTREES = f"WITH subtrees AS ({INSERT_SUBTREES}), "
INSERT = f"""
    events AS (
        INSERT INTO stored_events (position, originator_id, originator_version, topic, state)
        SELECT %(first)b::bigint + n - 1, stream, version, topic, body
        FROM unnest(%(streams)b::text[], %(versions)b::bigint[], %(topics)b::text[],
                    %(bodies)b::bytea[])
            WITH ORDINALITY AS fresh (stream, version, topic, body, n)),
    marks AS ({INSERT_MARKS}),
    entries AS (
        INSERT INTO entries (position, idx, salt, commitment, digest, recorded_at)
        SELECT %(first)b::bigint + n, %(first)b::bigint + n - 1,
               substr(%(salts)b::bytea, 32 * n + 1, 32),
               substr(%(commitments)b::bytea, 32 * n + 1, 32),
               substr(%(digests)b::bytea, 32 * n + 1, 32),
               rtrim(convert_from(substr(%(times)b::bytea, 27 * n + 1, 27), 'UTF8'))
        FROM generate_series(0, %(count)b::int - 1) AS n)
    {NOTIFY}"""
COPY_BYTES = 4 * 1_048_576
"""Size of the events from which COPY costs less, although it takes more round trips."""
AFTER_COPY = f"marks AS ({INSERT_MARKS}) {NOTIFY}"


class Draft:
    """What one append will store: collected first, then written by one statement.

    What the append reads in between stays true, because no other session can write. `before` is the
    end of the log that it continues; `gone` are positions whose bodies and salts it destroys. With
    `lasting` each query has the time of a call, where otherwise all of them have it together.
    """

    def __init__(self, session: Session, *, lasting: bool = False) -> None:
        self.session = session
        self._lasting = lasting
        self.before: Tip | None = None
        self.first = 0
        self.events: Sequence[Row] = ()
        self.seals: Sequence[Seal] = ()
        self.subtrees: Sequence[SubtreeRow] = ()
        self.checkpoints: Sequence[StoredCheckpoint] = ()
        self.attachments: Sequence[AttachmentRow] = ()
        self.keys: Sequence[KeyRow] = ()
        self.gone: Sequence[int] = ()
        self.guarded = True

    def fetch(self, query: str, params: Sequence[Any] = ()) -> list[Any]:
        """Return the rows of a query."""
        if self._lasting:
            self.session.begin_call()
        return fetch(self.session, query, params)

    def tip(self) -> Tip:
        """Return the end of the log; raises LogDamaged if the tables disagree about it."""
        [row] = self.fetch(f"SELECT {TIP}")
        self.before = tip_of(*row)
        return self.before

    def look(self, streams: Sequence[str], keys: Sequence[str]) -> Before:
        """Look up all that the append is checked against; raises LogDamaged as `tip` does."""
        rows = fetch(self.session, SELECT_BEFORE, (list(streams), list(keys)))
        [(head, digest, _, index, entry)] = [row[2:] for row in rows if row[0] == 0]
        self.before = tip_of(head, index, entry, digest)
        heads = {stream: version for kind, stream, version, *_ in rows if kind == 1}
        return Before(self.before, heads, [row[1:5] for row in rows if row[0] == 2])

    def write(self) -> None:
        """Store the events and keys; with or without any, all is durable when this returns."""
        beside = self.gone or self.checkpoints or self.attachments
        if not self.events and not self.keys and not beside:
            self.session.settle()
            return
        with self.session.storing(), self.session.transaction() if beside else nullcontext():
            self._store()
            store_said(self.session, self.checkpoints, self.attachments)
            if self.gone:
                destroy(self.session, self.gone, guarded=self.guarded)

    def _store(self) -> None:
        if sum(len(body) for *_, body in self.events) >= COPY_BYTES:
            self._copy()
        elif self.events or self.keys:
            self._insert()

    def _insert(self) -> None:
        self._execute(INSERT, {**self._event_values(), **self._key_values()})

    def _copy(self) -> None:
        with self.session.transaction():
            copy_batch(self.session, self.first, self.events, self.seals)
            self._execute(AFTER_COPY, self._key_values())

    def _execute(self, rest: str, values: dict[str, Any]) -> None:
        """Run a statement that begins with the hashes of complete tiles, if there are any."""
        if not self.subtrees:
            self.session.execute((WITH + rest).encode(), values)
            return
        levels, numbers, hashes = _columns(self.subtrees, 3)
        subtrees = {"levels": levels, "numbers": numbers, "hashes": hashes}
        self.session.execute((WITH_SUBTREES + rest).encode(), {**values, **subtrees})

    def _event_values(self) -> dict[str, Any]:
        streams, versions, topics, bodies = _columns(self.events, 4)
        salts, commitments, digests, times = joined(self.seals) if self.seals else [b""] * 4
        return {
            "streams": streams,
            "versions": versions,
            "topics": topics,
            "bodies": bodies,
            "salts": salts,
            "commitments": commitments,
            "digests": digests,
            "times": times,
        }

    def _key_values(self) -> dict[str, Any]:
        names, key_positions, key_digests, checksums = _columns(self.keys, 4)
        return {
            "first": self.first,
            "count": len(self.events),
            "names": names,
            "key_positions": key_positions,
            "key_digests": key_digests,
            "checksums": checksums,
        }

    def is_stored(self, session: Session) -> bool:
        """Whether the log ends with what this should store, as another session sees it; durable if so.

        The salts are random, so only what this very append has sent has its running digest. Redactions,
        checkpoints and attachments leave no such trace, and are sent again.
        """
        if self.gone or self.checkpoints or self.attachments:
            return False
        session.settle()
        after = Tip(self.first + len(self.events) - 1, self.seals[-1].digest) if self.events else None
        names = [name for name, *_ in self.keys]
        return tip_in(session) == (after or self.before) and sorted(keys_in(session, names)) == sorted(
            self.keys
        )


def tip_in(c: Session) -> Tip:
    """Return the end of the log; raises LogDamaged if the tables disagree about it."""
    [row] = fetch(c, f"SELECT {TIP}")
    return tip_of(*row)


def keys_in(c: Session, names: Sequence[str]) -> list[KeyRow]:
    """Look up the keys with these names; names that are not stored are left out."""
    if not names:
        return []
    return list(map(tuple, fetch(c, SELECT_KEYS, (list(names),))))


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[n] for row in rows] for n in range(width)]
