"""The tables of an SQLite log: created, or upgraded from a version that had less."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

from eventsourcing.sqlite import SQLiteCursor

from service.log.port import LogDamaged
from service.log.recorder import SCHEMA_VERSION, newer
from service.log.sqlite_tree import INSERT_SUBTREE, SELECT_SUBTREES
from service.log.upgrade import UPGRADE_BATCH, WITH_HASHES, checksums_of, seals_of, tree_of

GUARDS = (
    *("stored_events_update", "entries_insert", "entries_update", "marks_insert", "marks_update"),
    *("log_meta_update", "log_meta_delete"),
)
SELECT_UNSEALED = (
    "SELECT position, topic, originator_id, originator_version, state, idx, salt FROM entries"
    " LEFT JOIN stored_events USING (position) WHERE position > ? ORDER BY position LIMIT ?"
)

SELECT_SEALED = (
    "SELECT position, topic, originator_id, originator_version, state, salt, commitment FROM entries"
    " LEFT JOIN stored_events USING (position) WHERE position > ? ORDER BY position LIMIT ?"
)


def schema_version(c: SQLiteCursor) -> int | None:
    """Return the version of the schema, None if there is none yet."""
    c.execute("SELECT 1 FROM sqlite_master WHERE name = 'log_meta'")
    if c.fetchone() is None:
        return None
    c.execute("SELECT value FROM log_meta WHERE name = 'schema'")
    row = c.fetchone()
    return int(row[0]) if row else None


def prepare(c: SQLiteCursor) -> None:
    """Upgrade an older log; raises LogUnavailable for one that a newer program wrote."""
    found = schema_version(c)
    if found is None or found == SCHEMA_VERSION:
        return
    if found > SCHEMA_VERSION:
        raise newer(found)
    _refuse_unsound(c)
    for statement in statements("tables.sqlite.sql"):
        c.execute(statement)
    with unguarded(c):
        if found < WITH_HASHES:
            c.execute("ALTER TABLE entries ADD COLUMN commitment BLOB")
            c.execute("ALTER TABLE entries ADD COLUMN digest BLOB")
            c.execute("ALTER TABLE marks ADD COLUMN checksum BLOB")
            _seal_events(c)
            _seal_keys(c)
        c.execute("ALTER TABLE entries ADD COLUMN recorded_at TEXT")
        _plant(c)
        c.execute("UPDATE log_meta SET value = ? WHERE name = 'schema'", (SCHEMA_VERSION,))


@contextmanager
def unguarded(c: SQLiteCursor) -> Iterator[None]:
    """Within the running transaction, permit changes to what is stored beside the events."""
    for name in GUARDS:
        c.execute(f"DROP TRIGGER IF EXISTS {name}")
    yield
    for statement in statements("append_only.sqlite.sql"):
        c.execute(statement)


def statements(name: str) -> Iterator[str]:
    """Split an SQL file of this package into statements.

    `executescript` would commit first, and the schema must be created in one transaction.
    """
    statement = ""
    for line in (files(__package__) / name).read_text("utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _refuse_unsound(c: SQLiteCursor) -> None:
    """Raise LogDamaged for a file that is damaged already: hashes would confirm the damage."""
    c.execute("PRAGMA integrity_check(1)")
    [said] = c.fetchone()
    if said != "ok":
        raise LogDamaged(said, None)


def _seal_events(c: SQLiteCursor) -> None:
    seals = seals_of(lambda after: _unsealed(c, after))
    for batch in seals:
        c.executemany("UPDATE entries SET commitment = ?, digest = ? WHERE position = ?", batch)


def _unsealed(c: SQLiteCursor, after: int) -> list[tuple[object, ...]]:
    c.execute(SELECT_UNSEALED, (after, UPGRADE_BATCH))
    return [tuple(row) for row in c.fetchall()]


def _plant(c: SQLiteCursor) -> None:
    """Store the time of each event and the hashes of the tree."""

    def read(after: int) -> list[tuple[object, ...]]:
        c.execute(SELECT_SEALED, (after, UPGRADE_BATCH))
        return [tuple(row) for row in c.fetchall()]

    def read_subtrees(level: int, first: int, end: int) -> list[bytes]:
        c.execute(SELECT_SUBTREES, (level, first, end))
        return [row[0] for row in c.fetchall()]

    for times, subtrees in tree_of(read, read_subtrees):
        c.executemany("UPDATE entries SET recorded_at = ? WHERE position = ?", times)
        c.executemany(INSERT_SUBTREE, subtrees)


def _seal_keys(c: SQLiteCursor) -> None:
    last = ""
    while True:
        c.execute(
            "SELECT name, position, digest FROM marks WHERE name > ? ORDER BY name LIMIT ?",
            (last, UPGRADE_BATCH),
        )
        rows = [tuple(row) for row in c.fetchall()]
        if not rows:
            return
        c.executemany("UPDATE marks SET checksum = ? WHERE name = ?", checksums_of(rows))
        last = rows[-1][0]
