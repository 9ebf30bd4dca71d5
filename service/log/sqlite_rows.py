"""How rows are read from an SQLite log."""

from collections.abc import Iterator, Sequence
from typing import Any

from eventsourcing.sqlite import SQLiteCursor

from service.log import sqlite_statements as sql
from service.log.recorder import StoredRow


def fetch(c: SQLiteCursor, query: str, params: Sequence[Any]) -> list[Any]:
    """Return the rows of a query as plain tuples."""
    c.sqlite_cursor.row_factory = None  # plain tuples: row objects cost a sixth more
    c.execute(query, params)
    rows: list[Any] = c.fetchall()
    return rows


def fetch_stored(c: SQLiteCursor, tail: str, params: Sequence[Any]) -> list[StoredRow]:
    """Return stored events, selected with the rest of a statement."""
    return fetch(c, sql.SELECT_STORED + tail, params)


def chunk_count(values: Sequence[Any], size: int = sql.CHUNK) -> int:
    """Return how many chunks these values make."""
    return -(-len(values) // size)


def chunks(
    values: Sequence[Any], size: int = sql.CHUNK, place: str = "?"
) -> Iterator[tuple[Sequence[Any], str]]:
    """Split the values of a list in SQL into chunks, each with its placeholders."""
    for start in range(0, len(values), size):
        chunk = values[start : start + size]
        yield chunk, ",".join([place] * len(chunk))
