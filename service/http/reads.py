"""Operations that read: their times, their page, their answer, and the cache of answers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from service.http.answer_cache import AnswerCache
from service.http.lookups import check_names
from service.http.paging import DEFAULT_LIMIT, open_cursor, page
from service.http.parameters import Asked, parameters
from service.http.preconditions import conditional, tagged
from service.http.problem_kinds import CONDITIONAL, LISTED, READ
from service.http.questions import Questions
from service.http.routing import CSV, JSON, Endpoint, Operation, Shape
from service.http.streaming import Streams
from service.http.tables import Table, table_answer, wanted
from service.http.times import FROM, HEAD, NotThereYet, behind_header, caught_up, standing
from service.query.standpoint import Standpoint
from service.service import Service

Look = Callable[[Service, Request, Asked, Standpoint], Response]


@dataclass(frozen=True, slots=True)
class Read:
    """An address that is read: how it is answered, its parameters, and the shape of its answer.

    One that may take long is `heavy` and runs in a thread. A list is a table as well, and so is what
    names its `rows`; one that is always computed `whole` is not asked for page by page.
    """

    path: str
    look: Look
    query: tuple[str, ...]
    shape: Shape
    heavy: bool = True
    whole: bool = False
    rows: Table | None = None

    @property
    def table(self) -> Table | None:
        """The answer as a table; None where it is none."""
        return self.rows or (
            Table(self.shape.type, whole=self.whole) if self.shape.wrap == "page" else None
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """What reads are answered with: the service, the answers kept, and the limits."""

    service: Service
    cache: AnswerCache
    questions: Questions
    streams: Streams


def read_operations(reading: Reading, reads: Iterable[Read]) -> list[Operation]:
    """The operations that a table of reads describes."""
    return [_operation(reading, read) for read in reads]


def _operation(reading: Reading, read: Read) -> Operation:
    return Operation(
        "GET",
        read.path,
        _endpoint(reading, read),
        name=read.look.__name__.strip("_"),
        summary=(read.look.__doc__ or "").partition("\n")[0],
        tag="reading",
        query=read.query,
        returns={200: {JSON: read.shape, **({CSV: Shape(str)} if read.table else {})}},
        problems=(*READ, *CONDITIONAL, "not-acceptable", *(LISTED if "cursor" in read.query else ())),
        tagged=True,
    )


def _endpoint(reading: Reading, read: Read) -> Endpoint:
    service, cache = reading.service, reading.cache

    def look_up(request: Request, asked: Asked) -> Response:
        with standing(service, asked) as here:
            check_names(here.db, asked, request.path_params.get("indicator"))
            answer = read.look(service, request, asked, here)
            answer.headers.update(behind_header(here))
            return tagged(answer)

    async def endpoint(request: Request) -> Response:
        asked = parameters(request, *read.query)
        media_type, table = wanted(request, read.table), read.table
        if "cursor" in read.query:
            open_cursor(service, request, asked)
        await caught_up(service, asked)
        if table is not None and media_type == CSV:
            ask = partial(answered, request)
            return await table_answer(service, reading.streams, request, asked, table, ask)
        stand = cache.stand()
        found = cache.get(request, stand)
        if found is None:
            try:
                found = await answered(request, asked)
            except NotThereYet:
                # It may be among the events that wait, so the answer waits for them if they move.
                if service.follower.error is not None or service.views.file.condemned:
                    raise
                await service.follower.wait_async(asked[HEAD], service.settings.patience)
                found = await answered(request, asked)
            cache.keep(request, stand, found)
        return conditional(request, found)

    async def answered(request: Request, asked: Asked) -> Response:
        if read.heavy:
            return await reading.questions.answer(request, read.path, partial(look_up, request, asked))
        return look_up(request, asked)

    return endpoint


def one(
    body: Mapping[str, object], here: Standpoint, headers: dict[str, str] | None = None
) -> Response:
    """One thing as it stands at the times asked for, which it echoes."""
    return Response(to_json({**body, "as_of": here.echo}), 200, headers, JSON)


def keyed_page(
    service: Service, request: Request, asked: Asked, here: Standpoint, found: Sequence[Any], key: str
) -> Response:
    """A page of items, one more than asked for having been read; the next starts after the `key`."""
    limit = asked.get("limit", DEFAULT_LIMIT)
    items = found[:limit]
    last = items[-1][key] if len(found) > limit else None
    return page(service, request, items, last, here.echo)


def counted_page(
    service: Service, request: Request, asked: Asked, here: Standpoint, rows: Sequence[Any]
) -> Response:
    """A page of rows that are always computed as a whole."""
    start, limit = asked[FROM] or 0, asked.get("limit", DEFAULT_LIMIT)
    end = start + limit
    return page(service, request, rows[start:end], end if end < len(rows) else None, here.echo)
