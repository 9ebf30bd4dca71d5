"""The tables of a PostgreSQL log: created, or upgraded from a version that had less.

Only their owner does that, and one session at a time: two that create the same function at once fail.
"""

import secrets
from importlib.resources import files
from typing import Any

from service.log.hashes import SECRET_BYTES, log_id
from service.log.port import LogLocked
from service.log.postgres_sessions import Session, fetch
from service.log.postgres_tree import INSERT_SUBTREES, SELECT_SUBTREES
from service.log.recorder import SCHEMA_VERSION, newer
from service.log.upgrade import UPGRADE_BATCH, WITH_HASHES, checksums_of, seals_of, tree_of

ONE_AT_A_TIME = """
    SET LOCAL lock_timeout = '5s';
    SELECT pg_advisory_xact_lock(1768714088, hashtext(current_schema()))"""
# The lock of whoever writes the log: a session that has it gets it once more.
HOLD = "SELECT pg_try_advisory_xact_lock(1768714087, hashtext(current_schema()))"
MAY_CREATE = """
    SELECT COALESCE(
        (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('log_meta')),
        has_schema_privilege(current_schema(), 'CREATE'))"""
INSERT_META = "INSERT INTO log_meta (name, value) VALUES (%s, %b) ON CONFLICT DO NOTHING"
UNGUARD = """
    ALTER TABLE entries DISABLE TRIGGER USER;
    ALTER TABLE marks DISABLE TRIGGER USER;
    ALTER TABLE log_meta DISABLE TRIGGER USER"""
ADD_HASHES = """
    ALTER TABLE entries ADD COLUMN commitment bytea;
    ALTER TABLE entries ADD COLUMN digest bytea;
    ALTER TABLE marks ADD COLUMN checksum bytea"""
ADD_TIMES = 'ALTER TABLE entries ADD COLUMN recorded_at text COLLATE "C"'
SELECT_UNSEALED = """
    SELECT position, topic, originator_id, originator_version, state, idx, salt
    FROM entries LEFT JOIN stored_events USING (position)
    WHERE position > %s ORDER BY position LIMIT %s"""
SELECT_SEALED = """
    SELECT position, topic, originator_id, originator_version, state, salt, commitment
    FROM entries LEFT JOIN stored_events USING (position)
    WHERE position > %s ORDER BY position LIMIT %s"""
SET_TIMES = """
    UPDATE entries SET recorded_at = fresh.recorded_at
    FROM unnest(%b::text[], %b::bigint[]) AS fresh (recorded_at, position)
    WHERE entries.position = fresh.position"""
SEAL_EVENTS = """
    UPDATE entries SET commitment = fresh.commitment, digest = fresh.digest
    FROM unnest(%b::bytea[], %b::bytea[], %b::bigint[]) AS fresh (commitment, digest, position)
    WHERE entries.position = fresh.position"""
SEAL_KEYS = """
    UPDATE marks SET checksum = fresh.checksum
    FROM unnest(%b::bytea[], %b::text[]) AS fresh (checksum, name) WHERE marks.name = fresh.name"""


def create_tables(session: Session) -> int | None:
    """Within a transaction of the owner, create or upgrade what is missing, and renew the guards.

    Returns the version of the schema that was there, None if there was none. Raises LogUnavailable if
    it is newer than this program, LogLocked if the tables must change while a process writes the log.
    """
    session.execute(ONE_AT_A_TIME.encode())
    found = schema_version(session)
    if found is not None and found > SCHEMA_VERSION:
        raise newer(found)
    if found != SCHEMA_VERSION:
        [(free,)] = fetch(session, HOLD)
        if not free:
            raise LogLocked("a process writes the log; stop it before its tables are changed")
    # Functions keep the search path with which they are created. Temporary tables come last: else a
    # session could put one of its own in the place of what a guard looks up.
    path = "quote_ident(current_schema()) || ', pg_temp'"
    session.execute(f"SELECT set_config('search_path', {path}, false)")
    session.execute((files(__package__) / "tables.postgres.sql").read_bytes())
    if found is not None and found < SCHEMA_VERSION:
        _upgrade(session, found)
    session.execute((files(__package__) / "append_only.postgres.sql").read_bytes())
    session.execute(INSERT_META, ("schema", b"%d" % SCHEMA_VERSION))
    session.execute(INSERT_META, ("secret", secrets.token_bytes(SECRET_BYTES)))
    [(secret,)] = fetch(session, "SELECT value FROM log_meta WHERE name = 'secret'")
    session.execute(INSERT_META, ("id", log_id(secret).encode()))
    return found


def schema_version(session: Session) -> int | None:
    """Return the version of the schema, None if there is none yet."""
    [(table,)] = fetch(session, "SELECT to_regclass('log_meta')::text")
    if table is None:
        return None
    rows = fetch(session, "SELECT value FROM log_meta WHERE name = 'schema'")
    return int(rows[0][0]) if rows else None


def may_create(session: Session) -> bool:
    """Return whether the role owns the tables or, where there are none, may create them."""
    [(permitted,)] = fetch(session, MAY_CREATE)
    return bool(permitted)


def _upgrade(session: Session, found: int) -> None:
    session.execute(UNGUARD.encode())
    if found < WITH_HASHES:
        _add_hashes(session)
    _add_tree(session)
    session.execute("UPDATE log_meta SET value = %b WHERE name = 'schema'", (b"%d" % SCHEMA_VERSION,))


def _add_tree(session: Session) -> None:
    session.execute(ADD_TIMES.encode())
    for times, subtrees in tree_of(
        lambda after: _fetch_on(session, SELECT_SEALED, (after, UPGRADE_BATCH)),
        lambda *which: [hash for (hash,) in _fetch_on(session, SELECT_SUBTREES, which)],
    ):
        session.execute(SET_TIMES.encode(), _columns(times))
        if subtrees:
            levels, numbers, hashes = _columns(subtrees)
            values = {"levels": levels, "numbers": numbers, "hashes": hashes}
            session.execute(INSERT_SUBTREES.encode(), values)


def _add_hashes(session: Session) -> None:
    session.execute(ADD_HASHES.encode())
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


def _fetch_on(session: Session, query: str, params: tuple[Any, ...]) -> list[Any]:
    """Fetch one more batch; each has the time of a call."""
    session.begin_call()
    return fetch(session, query, params)


def _columns(rows: list[Any]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
