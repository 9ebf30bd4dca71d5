"""Queries of the public views in SQL, read-only and without a server."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from service.cli.client import USAGE, fail
from service.cli.options import DEFAULT_DATA, Data, Json
from service.cli.output import say, say_json, show
from service.views.current import LINK
from service.views.pointer import file_in_use

WAIT_SECONDS = 10.0


def sql(
    query: Annotated[
        str | None, typer.Argument(help="A query in SQL; without it, print the path of the file.")
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Query the public views of a log on this machine, beside a running server or without one."""
    path = file_in_use(data)
    if path is None:
        fail(f"there are no views in {data}; name a directory with --data, and serve it once", USAGE)
    if query is None:
        link = data / LINK
        say(str(link if link.is_file() else path))
        return
    try:
        _print(path, query, as_json=as_json)
    except (sqlite3.Error, sqlite3.Warning) as error:
        fail(f"the query failed: {error}")


def _print(path: Path, query: str, *, as_json: bool) -> None:
    where = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(where, uri=True, timeout=WAIT_SECONDS)) as db:
        db.execute("PRAGMA query_only = ON")
        rows = db.execute(query)
        names = [column[0] for column in rows.description or ()]
        if as_json:
            for row in rows:
                say_json(dict(zip(names, row, strict=True)))
        else:
            show([names, *map(list, rows)], _table)


def _table(lines: list[list[object]]) -> Table:
    names, *rows = lines
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(str(name), overflow="fold")
    for row in rows:
        table.add_row(*_texts(row))
    return table


def _texts(row: list[object]) -> Iterator[str]:
    for value in row:
        whole = isinstance(value, float) and value.is_integer()
        yield "" if value is None else str(int(value) if whole else value)  # type: ignore[call-overload]
