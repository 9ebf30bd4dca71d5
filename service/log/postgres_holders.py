"""The holders of a log in PostgreSQL: a row for each process that began to write it."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Error
from psycopg.errors import UndefinedTable

from service.log.holders import Holder
from service.log.port import LogUnavailable
from service.log.postgres_sessions import Sessions, fetch

# Whoever listens learns at once that there is another holder.
PUBLISH = """
    WITH published AS (INSERT INTO holders (url) VALUES (%s) RETURNING n)
    SELECT n, pg_notify('intellog', (SELECT COALESCE(MAX(position), 0) FROM stored_events)
                                    || ' ' || current_schema())
    FROM published"""
# The same lock as LOCK in postgres_sessions.py; as two numbers, each is one column of the view.
LATEST = """
    SELECT n, url, pg_is_in_recovery() OR EXISTS (
        SELECT 1 FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 2
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND classid::bigint = 1768714087
            AND objid::bigint = hashtext(current_schema())::bigint & 4294967295)
    FROM holders ORDER BY n DESC LIMIT 1"""


class PostgresHolders:
    """Implements `service.log.holders.Holders`; raises LogUnavailable."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def publish(self, url: str) -> Holder:
        """Note that this process takes writes at a URL."""
        with _answering(), self._sessions.writing() as session:
            row = session.execute(PUBLISH.encode(), (url,)).fetchone()
            assert row is not None
            return Holder(row[0], url)

    def latest(self) -> Holder | None:
        """Return the last holder."""
        found = self._latest()
        return found[0] if found else None

    def current(self) -> str | None:
        """Return the URL of the holder, None if it is not known."""
        found = self._latest()
        return found[0].url or None if found and found[1] else None

    def _latest(self) -> tuple[Holder, bool] | None:
        """The last holder, and whether the log is held."""
        with _answering(), self._sessions.reading() as session:
            try:
                rows = fetch(session, LATEST)
            except UndefinedTable:  # the log was made by a program that had no nodes
                return None
        return (Holder(*rows[0][:2]), rows[0][2]) if rows else None


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except Error as error:
        raise LogUnavailable(str(error).partition("\n")[0]) from error
