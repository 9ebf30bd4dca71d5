"""Lists as tables: CSV of a whole list, sent page by page."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json
from starlette.requests import Request
from starlette.responses import Response

from service.http.negotiation import accepted
from service.http.paging import open_cursor
from service.http.parameters import Asked
from service.http.routing import CSV, JSON
from service.http.streaming import Streams
from service.interop.columns import AS_OF, Cell, Column, cells_of, columns_of
from service.interop.csv_lines import csv_lines
from service.service import Service

Body = Mapping[str, Any]
Ask = Callable[[Asked], Awaitable[Response]]
"""Answers a request with these parameters, in JSON."""
PAGE_OF_TABLE = 1_000
WHOLE = 2**53


@dataclass(frozen=True, slots=True)
class Table:
    """How an answer is read as a table: the type of a row, and the rows in a body.

    A list that is always computed `whole` is asked for at once, any other in pages.
    """

    row: Any
    rows: Callable[[Body], Iterator[Body]] = lambda body: iter(body["items"])
    whole: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the table, without those of the times asked."""
        return columns_of(self.row)


def wanted(request: Request, table: Table | None) -> str:
    """The media type of an answer, by `Accept`; raises `Problem` where there is no such one."""
    return accepted(request, JSON, *((CSV,) if table else ()))


async def table_answer(
    service: Service, streams: Streams, request: Request, asked: Asked, table: Table, ask: Ask
) -> Response:
    """A list as CSV: up to `limit` rows, or all; raises `Problem` before anything is sent."""
    most = asked.get("limit", WHOLE)
    first = _body(await ask(_page(asked, table, most)))
    pages = _pages(service, request, asked, table, ask, most, first)
    answer = streams.answer(request, pages, f"{CSV}; charset=utf-8; header=present")
    answer.headers["Content-Disposition"] = f'attachment; filename="{_file_name(request)}"'
    answer.headers["Vary"] = "Accept"
    return answer


def _body(answer: Response) -> Body:
    body: Body = from_json(bytes(answer.body))
    return body


def _file_name(request: Request) -> str:
    """The address of a list as the name of a file: `estimates-killed-vintages.csv`."""
    path = request.scope["path"].removeprefix("/v1/")
    kept = "".join(
        each if each.isascii() and (each.isalnum() or each in "._-") else "-" for each in path
    )
    return f"{kept}.csv"


def _page(asked: Asked, table: Table, most: int) -> Asked:
    return {**asked, "limit": most if table.whole else min(most, PAGE_OF_TABLE)}


async def _pages(
    service: Service,
    request: Request,
    asked: Asked,
    table: Table,
    ask: Ask,
    most: int,
    body: Body,
) -> AsyncIterator[bytes]:
    columns = table.columns
    yield csv_lines([[each.name for each in (*columns, *AS_OF)]])
    while True:
        rows = list(_rows(table, columns, body))
        yield csv_lines(rows)
        most -= len(rows)
        if body.get("next_cursor") is None or most <= 0:
            return
        following = _page({**asked, "cursor": body["next_cursor"]}, table, most)
        open_cursor(service, request, following)
        body = _body(await ask(following))


def _rows(table: Table, columns: tuple[Column, ...], body: Body) -> Iterator[list[Cell]]:
    times = cells_of(AS_OF, body.get("as_of", {}))
    for item in table.rows(body):
        yield [*cells_of(columns, item), *times]
