"""Whether a PostgreSQL database can hold a log."""

from psycopg import Connection
from psycopg.rows import TupleRow

from service.log.port import LogUnavailable


def refuse_unfit(session: Connection[TupleRow]) -> None:
    """Raise LogUnavailable if the database could lose events, or cannot hold a log."""
    row = session.execute(
        "SELECT current_setting('fsync'), current_setting('server_encoding'), current_schema()"
    ).fetchone()
    assert row is not None
    fsync, encoding, schema = row
    if fsync != "on":
        raise LogUnavailable("the database runs with fsync = off and could lose events")
    if encoding != "UTF8":
        raise LogUnavailable(f"the encoding of the database is {encoding}; a log needs UTF8")
    if schema is None:
        raise LogUnavailable(
            "the search path of the database names no schema for the log that the role"
            f" {session.info.user} may use; `intellog migrate` gives a role the use of one"
        )
