"""Deferred rows in portions that do not depend on each other, so that two processes can build them."""

import re
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_CREATE = "CREATE TABLE "
OTHER = "other"
"""The name under which a connection has the database of the second process attached."""


def _nothing(db: sqlite3.Connection) -> None:
    """Nothing is to be noted."""


@dataclass(frozen=True, slots=True)
class Portions:
    """Rows that a file has before it is first read, in portions that are built in any order.

    `waiting` lists the portions that are not built yet, in the order of their rows in the tables;
    `build` builds one, and `end` notes that all are built. `schema` is that of the tables into which
    `build` writes: it writes to no others, and of them reads rows of the same portion alone.
    """

    schema: str
    waiting: Callable[[sqlite3.Connection], Sequence[str]]
    build: Callable[[sqlite3.Connection, str], None]
    end: Callable[[sqlite3.Connection], None] = _nothing

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables."""
        return tuple(re.findall(rf"{_CREATE}(\w+)", self.schema))

    def build_all(self, db: sqlite3.Connection) -> None:
        """Build every portion that is not built yet."""
        for each in self.waiting(db):
            self.build(db, each)
        self.end(db)


class Apart:
    """Builds portions into a database of their own, on a connection that only reads the tables."""

    def __init__(self, db: sqlite3.Connection, portions: Portions, database: str) -> None:
        self._db, self._portions, self._database = db, portions, database
        # A temporary table hides that of the same name, and the indices on it are temporary too.
        db.executescript(portions.schema.replace(_CREATE, "CREATE TEMP TABLE "))
        for statement in portions.schema.split(";"):
            if statement.strip().startswith(_CREATE):
                db.execute(statement.replace(_CREATE, f"CREATE TABLE {database}."))

    def build(self, portion: str) -> None:
        """Build a portion, and move its rows to the other database."""
        self._db.execute("BEGIN")
        self._portions.build(self._db, portion)
        for table in self._portions.tables:
            self._db.execute(f"INSERT INTO {self._database}.{table} SELECT * FROM temp.{table}")
            self._db.execute(f"DELETE FROM temp.{table}")
        self._db.execute("COMMIT")


def bring_together(db: sqlite3.Connection, portions: Portions, database: str) -> None:
    """Insert all rows that were built into another database."""
    for table in portions.tables:
        db.execute(f"INSERT INTO main.{table} SELECT * FROM {database}.{table} ORDER BY indicator")
