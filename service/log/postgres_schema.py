"""The tables of a PostgreSQL log: created, or upgraded from a version that had no hashes."""

import secrets
from importlib.resources import files
from typing import Any

from service.log.hashes import SECRET_BYTES, log_id
from service.log.postgres_sessions import Session, fetch
from service.log.recorder import SCHEMA_VERSION, newer
from service.log.upgrade import UPGRADE_BATCH, checksums_of, seals_of

INSERT_META = "INSERT INTO log_meta (name, value) VALUES (%s, %b) ON CONFLICT DO NOTHING"
ADD_COLUMNS = """
    ALTER TABLE entries ADD COLUMN commitment bytea;
    ALTER TABLE entries ADD COLUMN digest bytea;
    ALTER TABLE marks ADD COLUMN checksum bytea;
    ALTER TABLE entries DISABLE TRIGGER USER;
    ALTER TABLE marks DISABLE TRIGGER USER;
    ALTER TABLE log_meta DISABLE TRIGGER USER"""
SELECT_UNSEALED = """
    SELECT position, topic, originator_id, originator_version, state, idx, salt
    FROM entries LEFT JOIN stored_events USING (position)
    WHERE position > %s ORDER BY position LIMIT %s"""
SEAL_EVENTS = """
    UPDATE entries SET commitment = fresh.commitment, digest = fresh.digest
    FROM unnest(%b::bytea[], %b::bytea[], %b::bigint[]) AS fresh (commitment, digest, position)
    WHERE entries.position = fresh.position"""
SEAL_KEYS = """
    UPDATE marks SET checksum = fresh.checksum
    FROM unnest(%b::bytea[], %b::text[]) AS fresh (checksum, name) WHERE marks.name = fresh.name"""


def create_tables(session: Session) -> None:
    """Within a transaction, create or upgrade what is missing, if the role owns the tables."""
    found = _schema_version(session)
    if found is not None and found > SCHEMA_VERSION:
        raise newer(found)
    if not _may_create(session):
        return
    # Functions keep the search path with which they are created.
    session.execute("SELECT set_config('search_path', quote_ident(current_schema()), false)")
    session.execute((files(__package__) / "tables.postgres.sql").read_bytes())
    if found is not None and found < SCHEMA_VERSION:
        _upgrade(session)
    session.execute((files(__package__) / "append_only.postgres.sql").read_bytes())
    session.execute(INSERT_META, ("schema", b"%d" % SCHEMA_VERSION))
    session.execute(INSERT_META, ("secret", secrets.token_bytes(SECRET_BYTES)))
    [(secret,)] = fetch(session, "SELECT value FROM log_meta WHERE name = 'secret'")
    session.execute(INSERT_META, ("id", log_id(secret).encode()))


def _upgrade(session: Session) -> None:
    session.execute(ADD_COLUMNS.encode())
    for batch in seals_of(lambda after: _fetch_on(session, SELECT_UNSEALED, (after, UPGRADE_BATCH))):
        session.execute(SEAL_EVENTS.encode(), _columns(batch))
    last = ""
    while rows := _fetch_on(
        session,
        "SELECT name, position, digest FROM marks WHERE name > %s ORDER BY name LIMIT %s",
        (last, UPGRADE_BATCH),
    ):
        session.execute(SEAL_KEYS.encode(), _columns(checksums_of(rows)))
        last = rows[-1][0]
    session.execute("UPDATE log_meta SET value = %b WHERE name = 'schema'", (b"%d" % SCHEMA_VERSION,))


def _fetch_on(session: Session, query: str, params: tuple[Any, ...]) -> list[Any]:
    """Fetch one more batch; each has the time of a call."""
    session.begin_call()
    return fetch(session, query, params)


def _columns(rows: list[Any]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _schema_version(session: Session) -> int | None:
    """Return the version of the schema, None if there is none yet."""
    [(table,)] = fetch(session, "SELECT to_regclass('log_meta')::text")
    if table is None:
        return None
    rows = fetch(session, "SELECT value FROM log_meta WHERE name = 'schema'")
    return int(rows[0][0]) if rows else None


def _may_create(session: Session) -> bool:
    """Return whether this role owns the tables or they do not exist yet."""
    owned = fetch(
        session,
        "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('log_meta')",
    )
    return all(mine for (mine,) in owned)
