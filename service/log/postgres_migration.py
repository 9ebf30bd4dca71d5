"""Preparing a database for a log: its tables, by their owner, and what the role of the service may do.

The role of the service has SELECT and INSERT alone, so that it cannot change what is stored whatever
becomes of the program.
"""

from contextlib import closing
from typing import NamedTuple

from psycopg.sql import SQL, Identifier

from service.log.port import LogUnavailable
from service.log.postgres_fitness import refuse_unfit
from service.log.postgres_schema import create_tables, may_create, schema_version
from service.log.postgres_sessions import (
    Session,
    connected,
    deadline_of_call,
    fetch,
    place,
)
from service.log.recorder import SCHEMA_VERSION, newer

TREE = ("subtrees", "checkpoints", "attachments")
TABLES = ("stored_events", "entries", "marks", "log_meta", "holders", *TREE)
VIEWS = ("redactions",)
DESTROY = "intellog_destroy(bigint[])"
"""The function by which the role of the service destroys what a stored event redacts."""
OWNS = """
    SELECT rolsuper OR pg_has_role(pg_roles.oid, relowner, 'MEMBER')
    FROM pg_roles, pg_class WHERE pg_class.oid = %s::regclass AND rolname = %s"""
FORBIDDEN = "UPDATE, DELETE, TRUNCATE, TRIGGER"
PRESENT = "SELECT relname FROM pg_class WHERE oid = ANY(SELECT to_regclass(unnest(%s::text[])))"
PERMITTED = "SELECT to_regclass(%s) IS NOT NULL AND has_table_privilege(to_regclass(%s), %s)"


class Migrated(NamedTuple):
    """What a migration found and did.

    `place` is the database without user and password, `schema` the schema in it. `before` is the
    version of the tables that was there, None if there were none, `version` the present one.
    """

    place: str
    schema: str
    before: int | None
    version: int


def migrated(url: str, role: str | None) -> Migrated:
    """Create or upgrade the tables of a log as their owner, and let a role select and insert there.

    All of it happens or nothing. Doing it again changes nothing. Raises the errors of `psycopg`;
    LogUnavailable if the database is unfit, and if the user or the role is not one that this can be
    done for; LogLocked if the tables must change while a process writes the log.
    """
    with closing(connected(url, deadline_of_call())) as session, session.transaction():
        refuse_unfit(session)
        if not may_create(session):
            raise LogUnavailable(
                f"the role {_quoted(session.info.user)} may not create or upgrade tables in"
                f" {place(url)}; run `intellog migrate` as their owner"
            )
        [(schema,)] = fetch(session, "SELECT current_schema()::text")
        before = create_tables(session)
        if role is not None:
            _permit(session, schema, role)
        return Migrated(place(url), schema, before, SCHEMA_VERSION)


def refuse_unpermitted(session: Session) -> None:
    """Raise LogUnavailable if this role cannot write the log as it is."""
    found = schema_version(session) if _may(session, "log_meta", "SELECT") else None
    if found is not None and found > SCHEMA_VERSION:
        raise newer(found)
    appended_to = ("stored_events", "entries", "marks", *TREE)
    if found != SCHEMA_VERSION or not all(_may(session, table, "INSERT") for table in appended_to):
        raise unmigrated(session)


def unmigrated(session: Session) -> LogUnavailable:
    """The error for a database that has no log of this version for the role that is connected."""
    role = _quoted(session.info.user)
    return LogUnavailable(
        f"the database {session.info.dbname} is not ready: it holds no log of this version that the"
        f" role {role} may use; run `intellog migrate --role {role}` once, as the owner of the tables"
    )


def _permit(session: Session, schema: str, role: str) -> None:
    """Let a role select and insert and nothing else; raises LogUnavailable if it could do more."""
    owns = fetch(session, OWNS, (TABLES[0], role))
    if not owns:
        raise LogUnavailable(
            f"there is no role {_quoted(role)}; create it first:"
            f" CREATE ROLE {_quoted(role)} LOGIN PASSWORD '...'"
        )
    if owns == [(True,)]:
        raise _powerful(role)
    to = Identifier(role)
    session.execute(SQL("GRANT USAGE ON SCHEMA {} TO {}").format(Identifier(schema), to))
    for rights, names in ("SELECT, INSERT", TABLES), ("SELECT", VIEWS):
        for (name,) in fetch(session, PRESENT, (list(names),)):
            table = Identifier(schema, name)
            session.execute(SQL("REVOKE ALL ON {} FROM {}").format(table, to))
            session.execute(SQL(f"GRANT {rights} ON {{}} TO {{}}").format(table, to))
            # It may still have a right as a member of another role, or as everybody has.
            if fetch(session, "SELECT has_table_privilege(%s, %s, %s)", (role, name, FORBIDDEN)) != [
                (False,)
            ]:
                raise _powerful(role)
    session.execute(
        SQL(f"GRANT EXECUTE ON FUNCTION {{}}.{DESTROY} TO {{}}").format(Identifier(schema), to)
    )


def _powerful(role: str) -> LogUnavailable:
    return LogUnavailable(
        f"the role {_quoted(role)} could change what is stored: it owns the tables, is a superuser, or"
        " is a member of a role that may; give the service a role of its own"
    )


def _may(session: Session, table: str, right: str) -> bool:
    [(may,)] = fetch(session, PERMITTED, (table, table, right))
    return bool(may)


def _quoted(name: str) -> str:
    """A name as a shell and SQL read it, in quotes if it is no plain word."""
    return name if name.isidentifier() and name.islower() else f'"{name}"'
