"""What every read has in common: its times, its page, its answer, what it says of what is not there."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import anyio.to_thread
from fastapi import APIRouter
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from domain.near import did_you_mean
from projections.answers.estimates import Narrowing
from service.api.openapi import PROBLEM, query_of
from service.http.answer_cache import Answers
from service.http.paging import DEFAULT_LIMIT, open_cursor, page
from service.http.parameters import FROM, Asked, caught_up, parameters, standing
from service.http.problems import Problem
from service.http.routing import plain_router
from service.query import estimates
from service.query.standpoint import Standpoint
from service.service import Service

Endpoint = Callable[[Request], Awaitable[Response]]
Look = Callable[[Service, Request, Asked, Standpoint], Response]
Read = tuple[str, Look, tuple[str, ...], bool]
"""Address, how it is answered, its parameters, and whether it may take long (then in a thread)."""

NARROWING = ("period", "cohort", "originator", "policy")


def reading(service: Service, reads: Iterable[Read]) -> APIRouter:
    """Routes that read."""
    answers = Answers(service)
    router = plain_router(tags=["reading"], responses={**PROBLEM})
    for path, look, names, heavy in reads:
        router.add_api_route(
            path,
            _endpoint(service, answers, look, names, heavy),
            methods=["GET"],
            name=look.__name__.strip("_"),
            summary=(look.__doc__ or "").partition("\n")[0],
            openapi_extra=query_of(path, *names),
        )
    return router


def _endpoint(
    service: Service, answers: Answers, look: Look, names: tuple[str, ...], heavy: bool
) -> Endpoint:
    def look_up(request: Request, asked: Asked) -> Response:
        with standing(service, asked) as here:
            return look(service, request, asked, here)

    async def endpoint(request: Request) -> Response:
        asked = parameters(request, *names)
        if "cursor" in names:
            open_cursor(service, request, asked)
        await caught_up(service, asked)
        position = answers.position()
        found = answers.known(request, position)
        if found is None:
            if heavy:
                found = await anyio.to_thread.run_sync(look_up, request, asked)
            else:
                found = look_up(request, asked)
            answers.keep(request, position, found)
        return found

    return endpoint


def narrowing(asked: Asked) -> Narrowing:
    """What a caller asks of an indicator beside the times."""
    return Narrowing(*(asked.get(name) for name in ("cohort", "period", "originator", "policy")))


def answer(body: dict[str, Any], here: Standpoint, headers: dict[str, str] | None = None) -> Response:
    """One thing as it stands at the times asked, which it echoes."""
    return Response(to_json({**body, "as_of": here.echo}), 200, headers, "application/json")


def paged(
    service: Service, request: Request, asked: Asked, here: Standpoint, found: list[Any], key: str
) -> Response:
    """A page of items that were read one more than asked for."""
    limit = asked.get("limit", DEFAULT_LIMIT)
    items = found[:limit]
    last = items[-1][key] if len(found) > limit else None
    return page(service, request, items, last, here.echo)


def rows_page(
    service: Service, request: Request, asked: Asked, here: Standpoint, rows: list[dict[str, Any]]
) -> Response:
    """A page of rows that are computed as a whole."""
    start, limit = asked[FROM] or 0, asked.get("limit", DEFAULT_LIMIT)
    end = start + limit
    return page(service, request, rows[start:end], end if end < len(rows) else None, here.echo)


def nothing(what: str, name: str) -> Problem:
    """The problem that there is nothing of a name."""
    shown = name if len(name) <= 140 else name[:137] + "..."
    return Problem("not-found", f"there is no {what} '{shown}' at the times asked")


def indicator_named(request: Request, here: Standpoint) -> str:
    """The indicator that the address names; raises `Problem` if it never was defined."""
    name = str(request.path_params["indicator"])
    if not estimates.ever_defined(here.db, name):
        raise Problem("not-found", no_indicator(name, here))
    return name


def no_indicator(name: str, here: Standpoint) -> str:
    """What to tell a caller who names an indicator that is not there."""
    near = estimates.nearest_indicators(here.db, name)
    hint = did_you_mean(near, "; /v1/indicators lists them")
    return f"there is no indicator '{name[:60]}' at the times asked{hint}"
