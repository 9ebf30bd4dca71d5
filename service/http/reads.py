"""Operations that read: their times, their page, their answer, and the cache of answers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from service.access.principal import Role
from service.http.answer_cache import AnswerCache
from service.http.lookups import check_names
from service.http.paging import DEFAULT_LIMIT, open_cursor, page
from service.http.parameters import Asked, parameters
from service.http.preconditions import conditional, tagged
from service.http.problem_kinds import CONDITIONAL, LISTED, OF_REPORTS, READ
from service.http.questions import Questions
from service.http.routing import JSON, Endpoint, Operation, Shape
from service.http.streaming import Streams
from service.http.tables import TABLE_SHAPES, Table, table_answer, wanted
from service.http.times import FROM, HEAD, NotThereYet, behind_header, caught_up, standing
from service.query.standpoint import Standpoint
from service.service import Service

Look = Callable[[Service, Request, Asked, Standpoint], Response]


@dataclass(frozen=True, slots=True)
class Form:
    """Another form of an answer, by a media type of its own: how it is made, and its shape."""

    look: Look
    shape: Shape


@dataclass(frozen=True, slots=True)
class Read:
    """An address that is read: how it is answered, its parameters, and the shape of its answer.

    One that may take long is `heavy` and runs in a thread. A list is a table as well, and so is what
    names its `rows`; one that is always computed `whole` is not asked for page by page. One that is not
    only `of_views` shows what changes without an event, so that its answers are not kept. `forms` are
    other forms of the answer, by media type; its own is `media_type`. It takes a `role`. `problems` are
    those that other reads do not have.
    """

    path: str
    look: Look
    query: tuple[str, ...]
    shape: Shape
    heavy: bool = True
    whole: bool = False
    of_views: bool = True
    rows: Table | None = None
    forms: Mapping[str, Form] = field(default_factory=dict)
    media_type: str = JSON
    role: Role = "reader"
    problems: tuple[str, ...] = ()

    @property
    def returns(self) -> dict[str, Shape]:
        """The shape of each media type in which it is answered."""
        others = {name: form.shape for name, form in self.forms.items()}
        return {self.media_type: self.shape, **(TABLE_SHAPES if self.table else {}), **others}

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
    of_a_report = read.path.startswith(("/v1/reports/{id}", "/v1/claims/"))
    listed = LISTED if "cursor" in read.query else ()
    more = (*read.problems, *listed, *(OF_REPORTS if of_a_report else ()))
    return Operation(
        "GET",
        read.path,
        _endpoint(reading, read),
        name=read.look.__name__.strip("_"),
        summary=(read.look.__doc__ or "").partition("\n")[0],
        tag="reading",
        query=read.query,
        returns={200: read.returns},
        problems=(*READ, *CONDITIONAL, "not-acceptable", *more),
        tagged=True,
        role=read.role,
    )


def _endpoint(reading: Reading, read: Read) -> Endpoint:
    service, cache = reading.service, reading.cache
    types, table = tuple(read.returns), read.table

    def look_up(look: Look, request: Request, asked: Asked) -> Response:
        with standing(service, asked) as here:
            check_names(here.db, asked, request.path_params.get("indicator"))
            answer = look(service, request, asked, here)
            answer.headers.update(behind_header(here))
            return tagged(answer)

    async def endpoint(request: Request) -> Response:
        asked = parameters(request, *read.query)
        media_type = wanted(request, *types)
        if "cursor" in read.query:
            open_cursor(service, request, asked)
        await caught_up(service, asked)
        if table is not None and media_type in TABLE_SHAPES:
            ask = partial(answered, read.look, request)
            given = request, asked, table, ask, media_type
            return await table_answer(service, reading.streams, *given)
        if media_type in read.forms:
            answer = await patient(read.forms[media_type].look, request, asked)
            answer.headers["Vary"] = "Accept"
            return conditional(request, answer)
        stand = cache.stand() if read.of_views else None
        found = cache.get(request, stand)
        if found is None:
            found = await patient(read.look, request, asked)
            cache.keep(request, stand, found)
        return conditional(request, found)

    async def patient(look: Look, request: Request, asked: Asked) -> Response:
        try:
            return await answered(look, request, asked)
        except NotThereYet:
            # It may be among the events that wait, so the answer waits for them if they move.
            if service.follower.error is not None or service.views.file.condemned:
                raise
            await service.follower.wait_async(asked[HEAD], service.settings.patience)
            return await answered(look, request, asked)

    async def answered(look: Look, request: Request, asked: Asked) -> Response:
        if read.heavy:
            find = partial(look_up, look, request, asked)
            return await reading.questions.answer(request, read.path, find)
        return look_up(look, request, asked)

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
