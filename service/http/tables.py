"""Lists as tables: CSV or XLSX of a whole list, asked for page by page, and what describes it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import quote, urlencode

from anyio import to_thread
from pydantic_core import from_json, to_json
from starlette.concurrency import iterate_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from domain.times import parse_instant
from service.http.negotiation import accepted, accepts
from service.http.paging import open_cursor
from service.http.parameters import Asked
from service.http.permalinks import permalink, pinned
from service.http.preconditions import conditional, tagged
from service.http.problems import Problem
from service.http.routing import CSV, PACKAGE, XLSX, Shape
from service.http.streaming import Streams
from service.interop.columns import AS_OF, Cell, Column, cells_of, columns_of
from service.interop.csv_lines import csv_lines
from service.interop.datapackage import DataPackage, datapackage
from service.interop.xlsx import can_write_workbooks, chunks_of, open_workbook, workbook_folder
from service.service import Service

Body = Mapping[str, Any]
Ask = Callable[[Asked], Awaitable[Response]]
"""Answers a request with these parameters, in JSON."""
Rows = Sequence[list[Cell]]
PAGE_OF_TABLE = 1_000
"""Number of rows that are asked for at a time, unless a table says otherwise."""
WHOLE = 2**53
TABLE_SHAPES: Mapping[str, Shape] = {
    CSV: Shape(str),
    XLSX: Shape(bytes),
    PACKAGE: Shape(DataPackage),
}
"""The media types of a table, each with the shape of such an answer."""


@dataclass(frozen=True, slots=True)
class Table:
    """How an answer is read as a table: the type of a row, and the rows in a body.

    A list that is always computed `whole` is asked for at once, any other in pages of so many rows.
    """

    row: Any
    rows: Callable[[Body], Iterator[Body]] = lambda body: iter(body["items"])
    whole: bool = False
    page: int | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the table, without those of the times asked."""
        return columns_of(self.row)


def wanted(request: Request, *types: str) -> str:
    """The media type of an answer, by `Accept`; raises `Problem` where there is no such one."""
    there = [each for each in types if each != XLSX or can_write_workbooks()]
    try:
        return accepted(request, *there)
    except Problem:
        if len(there) < len(types) and accepts(request, XLSX):
            raise Problem(
                "not-acceptable",
                "Accept: XLSX needs the extra `excel` on the server: have its operator install "
                f"intellog[excel], or ask for {CSV}",
            ) from None
        raise


async def table_answer(
    service: Service,
    streams: Streams,
    request: Request,
    asked: Asked,
    table: Table,
    ask: Ask,
    media_type: str,
) -> Response:
    """A list in a form of a table: up to `limit` rows, or all.

    Raises `Problem` before anything is sent.
    """
    if media_type == PACKAGE:
        body = _body(await ask(_page(asked, table, 1)))
        return conditional(request, tagged(_description(request, table, body)))
    most = asked.get("limit", WHOLE)
    body = _body(await ask(_page(asked, table, most)))
    pages = _pages(service, request, asked, table, ask, most, body)
    if media_type == XLSX:
        answer = streams.answer(request, _as_xlsx(pages, table, body), XLSX)
    else:
        answer = streams.answer(request, _as_csv(pages, table), f"{CSV}; charset=utf-8; header=present")
    suffix = "xlsx" if media_type == XLSX else "csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{_name(request)}.{suffix}"'
    answer.headers["Vary"] = "Accept"
    answer.headers["Link"] = _described_by(request)
    return answer


def _body(answer: Response) -> Body:
    body: Body = from_json(bytes(answer.body))
    return body


def _name(request: Request) -> str:
    """The address of a list as a name: `estimates-killed-vintages`."""
    path = request.scope["path"].removeprefix("/v1/")
    return "".join(
        each if each.isascii() and (each.isalnum() or each in "._-") else "-" for each in path
    )


def _description(request: Request, table: Table, body: Body) -> Response:
    """The description of the table as of the same position, which the data then fits for good."""
    path = f"{quote(request.scope['path'])}.csv"
    query = pinned(request.query_params.multi_items(), body["as_of"]["position"])
    url = permalink(str(request.base_url), path, query)
    columns = (*table.columns, *AS_OF)
    described = datapackage(_name(request).lower(), url, columns, body["as_of"]["known_at"])
    return Response(to_json(described), 200, {"Vary": "Accept"}, PACKAGE)


def _described_by(request: Request) -> str:
    """Where the description of a table is."""
    query = urlencode(request.query_params.multi_items())
    address = f"{quote(request.scope['path'])}.datapackage.json{f'?{query}' if query else ''}"
    return f'<{address}>; rel="describedby"; type="{PACKAGE}"'


def _page(asked: Asked, table: Table, most: int) -> Asked:
    return {**asked, "limit": most if table.whole else min(most, table.page or PAGE_OF_TABLE)}


async def _pages(
    service: Service,
    request: Request,
    asked: Asked,
    table: Table,
    ask: Ask,
    most: int,
    body: Body,
) -> AsyncIterator[Rows]:
    """The rows of a list, a page at a time, the first of which has been asked for."""
    while True:
        rows = list(_rows(table, body))
        yield rows
        most -= len(rows)
        if body.get("next_cursor") is None or most <= 0:
            return
        following = _page({**asked, "cursor": body["next_cursor"]}, table, most)
        open_cursor(service, request, following)
        body = _body(await ask(following))


def _rows(table: Table, body: Body) -> Iterator[list[Cell]]:
    times, columns = cells_of(AS_OF, body.get("as_of", {})), table.columns
    for item in table.rows(body):
        yield [*cells_of(columns, item), *times]


def _names(table: Table) -> list[str]:
    return [each.name for each in chain(table.columns, AS_OF)]


async def _as_csv(pages: AsyncIterator[Rows], table: Table) -> AsyncIterator[bytes]:
    yield csv_lines([_names(table)])
    async for rows in pages:
        yield csv_lines(rows)


async def _as_xlsx(pages: AsyncIterator[Rows], table: Table, body: Body) -> AsyncIterator[bytes]:
    """A workbook, of which nothing can be sent before all of it is on disk."""
    known_at = body["as_of"]["known_at"]
    with workbook_folder() as folder:
        path = folder / "table.xlsx"
        created = parse_instant(known_at).replace(tzinfo=None) if known_at else None
        with open_workbook(path, _names(table), created) as book:
            async for rows in pages:
                await to_thread.run_sync(book.write, rows)
            await to_thread.run_sync(book.close)
        async for chunk in iterate_in_threadpool(chunks_of(path)):
            yield chunk
