"""What copies need of a PostgreSQL log: a snapshot for as long as it takes, and redacted events."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from psycopg import Error

from service.log.hashes import log_id
from service.log.postgres_sessions import Session, Sessions, fetch

SELECT_KEYS_OF = (
    "SELECT name, position, digest, checksum FROM marks WHERE position > %s AND position <= %s"
)
SELECT_GONE = (
    "SELECT redacted FROM redactions JOIN stored_events AS gone ON gone.position = redacted"
    " WHERE gone.state IS NULL"
)
# A snapshot is idle while its reader stores what it has read.
SNAPSHOT = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0"
)
TRIGGERS = """
    ALTER TABLE stored_events {0} TRIGGER intellog_update;
    ALTER TABLE entries {0} TRIGGER intellog_update"""
IS_EMPTY = "SELECT NOT EXISTS (SELECT 1 FROM stored_events) AND NOT EXISTS (SELECT 1 FROM marks)"


@contextmanager
def snapshot_of(sessions: Sessions) -> Iterator[Session]:
    """A session in a transaction that reads, and sees the log as it is now."""
    with sessions.reading() as session:
        session.execute(SNAPSHOT)
        try:
            yield session
        finally:
            session.begin_call()
            with suppress(Error):
                session.execute("ROLLBACK")


def destroy(session: Session, positions: Sequence[int], *, guarded: bool) -> None:
    """Within a transaction, remove bodies and salts; what nothing permits only if not `guarded`.

    Without the guard the role must own the tables.
    """
    if guarded:
        session.execute("SELECT intellog_destroy(%s)", (list(positions),))
        return
    session.execute(TRIGGERS.format("DISABLE").encode())
    session.execute("UPDATE stored_events SET state = NULL WHERE position = ANY(%s)", (positions,))
    session.execute("UPDATE entries SET salt = NULL WHERE position = ANY(%s)", (positions,))
    session.execute(TRIGGERS.format("ENABLE ALWAYS").encode())


def adopt_secret(session: Session, secret: bytes) -> None:
    """Within a transaction, give an empty log the secret of its original; the role must own the tables.

    A log that is not empty keeps its own.
    """
    [(empty,)] = fetch(session, IS_EMPTY)
    [(own,)] = fetch(session, "SELECT value FROM log_meta WHERE name = 'secret'")
    if own == secret or not empty:
        return
    session.execute("ALTER TABLE log_meta DISABLE TRIGGER intellog_remove")
    for name, value in ("secret", secret), ("id", log_id(secret).encode()):
        session.execute("UPDATE log_meta SET value = %b WHERE name = %s", (value, name))
    session.execute("ALTER TABLE log_meta ENABLE ALWAYS TRIGGER intellog_remove")
