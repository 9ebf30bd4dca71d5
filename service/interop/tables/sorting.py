"""Rows in the order of some of their columns, sorted on disk: memory stays constant."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing

from service.http.problems import Problem
from service.interop.tables.cells import Row, Unfit, tagged, untagged
from service.interop.tables.lines import Refusal

Key = Callable[[Row], Sequence[str | float]]


def in_order(rows: Iterable[Row | Refusal], key: Key, parts: int) -> Iterator[Row | Refusal]:
    """Rows by a key of several parts; refused ones first, those of the same key as they come."""
    columns = ", ".join(f"k{n}" for n in range(parts))
    with closing(sqlite3.connect("", isolation_level=None, check_same_thread=False)) as db:
        try:
            db.execute(f"CREATE TABLE rows (n INTEGER PRIMARY KEY, {columns}, number, cells)")
            db.execute("BEGIN")
            insert = f"INSERT INTO rows ({columns}, number, cells) VALUES ({'?, ' * parts}?, ?)"
            for row in rows:
                if isinstance(row, Refusal):
                    yield row
                    continue
                try:
                    db.execute(insert, (*key(row), row.number, json.dumps(row.cells, default=tagged)))
                except Unfit as unfit:
                    yield Refusal(row, unfit)
            for number, cells in db.execute(f"SELECT number, cells FROM rows ORDER BY {columns}, n"):
                yield Row(number, json.loads(cells, object_hook=untagged))
        except sqlite3.Error as error:
            message = f"sorting the table on disk (in TMPDIR) has no room: {error}"
            raise Problem("no-room", message) from None
