"""Reading over HTTP: estimates, series, vintages, reports, claims, sources, indicators."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio.to_thread
from fastapi import APIRouter
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from domain.period import BadPeriod, Period
from projections.estimates import Narrowing
from projections.registered import indicator, indicators, source, sources
from projections.series import revisions, series
from projections.vintages import vintages
from service import queries, reports
from service.api.asking import (
    FROM,
    PAGE,
    TIMES,
    Asked,
    Standpoint,
    bad_parameter,
    caught_up,
    parameters,
    standing,
)
from service.api.openapi import PROBLEM, query_of
from service.api.pages import DEFAULT_LIMIT, open_cursor, page
from service.api.problems import Problem
from service.core import Service

Endpoint = Callable[[Request], Awaitable[Response]]
Look = Callable[[Service, Request, Asked, Standpoint], Response]

NARROWING = ("period", "cohort", "originator", "policy")


def routes(service: Service) -> APIRouter:
    """The reading half of the interface, but for what streams."""
    router = APIRouter(tags=["reading"], responses={**PROBLEM})
    for path, look, names, heavy in READS:
        router.add_api_route(
            path,
            _endpoint(service, look, names, heavy),
            methods=["GET"],
            name=look.__name__.strip("_"),
            summary=(look.__doc__ or "").partition("\n")[0],
            openapi_extra=query_of(path, *names),
        )
    return router


def _endpoint(service: Service, look: Look, names: tuple[str, ...], heavy: bool) -> Endpoint:
    def answer(request: Request, asked: Asked) -> Response:
        with standing(service, asked) as here:
            return look(service, request, asked, here)

    async def endpoint(request: Request) -> Response:
        asked = parameters(request, *names)
        if "cursor" in names:
            open_cursor(service, request, asked)
        await caught_up(service, asked)
        if heavy:
            return await anyio.to_thread.run_sync(answer, request, asked)
        return answer(request, asked)

    return endpoint


def narrowing(asked: Asked) -> Narrowing:
    """What a caller asks of an indicator beside the times."""
    return Narrowing(*(asked.get(name) for name in ("cohort", "period", "originator", "policy")))


def _json(body: dict[str, Any], here: Standpoint, headers: dict[str, str] | None = None) -> Response:
    return Response(to_json({**body, "as_of": here.echo}), 200, headers, "application/json")


def _paged(
    service: Service, request: Request, asked: Asked, here: Standpoint, found: list[Any], key: str
) -> Response:
    """A page of items that were read one more than asked for."""
    limit = asked.get("limit", DEFAULT_LIMIT)
    items = found[:limit]
    last = items[-1][key] if len(found) > limit else None
    return page(service, request, items, last, here.echo)


def _estimates(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """The board: the estimate of every indicator."""
    limit = asked.get("limit", DEFAULT_LIMIT)
    wanted = queries.Board(*(asked.get(name) for name in ("q", "measure", "flag", "source")))
    after = asked[FROM] or ""
    found = queries.board(here.db, here.as_of, wanted, after, limit + 1, here.current, here.suspect)
    return _paged(service, request, asked, here, found, "indicator")


def _estimate(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """One estimate at any times, of any cell, cohort or originator."""
    name = _indicator(request, here)
    asks = narrowing(asked)
    return _json(queries.estimate(here.db, name, here.as_of, asks, here.current, here.suspect), here)


def _series(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """A cell a row, in order of period."""
    name = _indicator(request, here)
    within = _within(asked)
    release = asked.get("release", "latest")
    rows = series(here.db, name, here.as_of, narrowing(asked), release, within, here.suspect)
    return _rows(service, request, asked, here, rows)


def _within(asked: Asked) -> Period | None:
    try:
        return queries.span(asked.get("period_from"), asked.get("period_to"))
    except BadPeriod:
        raise bad_parameter("period_to", "ends before period_from begins") from None


def _vintages(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """How a figure was revised, along record or publication time."""
    name = _indicator(request, here)
    every, axis = asked.get("all") == "true", asked.get("axis", "record")
    found = vintages(here.db, name, here.as_of, narrowing(asked), axis, every=every)
    return _rows(service, request, asked, here, queries.vintage_rows(found))


def _explanation(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Why this figure: every claim used or left out, each with its reason and its chain."""
    name = _indicator(request, here)
    asks = narrowing(asked)
    return _json(queries.explanation(here.db, name, here.as_of, asks, here.suspect), here)


def _revisions(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """How each originator revised its figures, cell by cell and for its headline."""
    name = _indicator(request, here)
    found = revisions(here.db, name, here.as_of, narrowing(asked))
    return _rows(service, request, asked, here, [queries.revision_row(row) for row in found])


def _rows(
    service: Service, request: Request, asked: Asked, here: Standpoint, rows: list[dict[str, Any]]
) -> Response:
    """A page of rows that are computed as a whole."""
    start, limit = asked[FROM] or 0, asked.get("limit", DEFAULT_LIMIT)
    end = start + limit
    return page(service, request, rows[start:end], end if end < len(rows) else None, here.echo)


def _conflicts(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Every open flag: contradictions at every cut-off, disputes, falls, suspected relays and more."""
    limit, wanted = asked.get("limit", DEFAULT_LIMIT), (asked.get("indicator"), asked.get("code"))
    after = tuple(asked[FROM] or ("", 0))
    found = queries.open_flags(here.db, here.as_of, wanted, after, limit + 1, here.suspect)
    items = found[:limit]
    last = [items[-1]["indicator"], items[-1]["n"]] if len(found) > limit else None
    plain = [{name: value for name, value in item.items() if name != "n"} for item in items]
    return page(service, request, plain, last, here.echo)


def _reports(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Full-text search over reports and their claims."""
    if "q" not in asked:
        raise Problem("bad-parameter", "q: is missing; give words to look for", parameter="q")
    limit = asked.get("limit", DEFAULT_LIMIT)
    hits = reports.search(service.log, here.db, asked["q"], here.as_of, asked[FROM] or "", limit + 1)
    return _paged(service, request, asked, here, hits, "id")


def _report(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """A report as it stands at the times asked."""
    name = request.path_params["id"]
    body = reports.report(service.log, name, here.as_of)
    if body is None:
        raise _nothing("report", name)
    return _json(body, here, {"ETag": f'"{body["version"]}"'})


def _history(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """The events of a report, in order."""
    name = request.path_params["id"]
    events = reports.report_events(service.log, name, here.as_of)
    if not events:
        raise _nothing("report", name)
    return _rows(service, request, asked, here, events)


def _claim(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """A claim as it stands at the times asked, with the chain to its origin."""
    name = f"{request.path_params['report']}/{request.path_params['n']}"
    body = reports.claim(service.log, here.db, name, here.as_of)
    if body is None:
        raise _nothing("claim", name)
    return _json(body, here)


def _sources(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Every source with its grade."""
    limit = asked.get("limit", DEFAULT_LIMIT)
    found = sources(here.db, here.as_of.position, asked[FROM] or "", limit + 1)
    return _paged(service, request, asked, here, [queries.source_item(row) for row in found], "id")


def _source(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """A source with its grades over time and its reports."""
    name = request.path_params["id"]
    row = source(here.db, name, here.as_of.position)
    if row is None:
        raise _nothing("source", name)
    body = queries.source_page(here.db, row, here.as_of)
    return _json(body, here, {"ETag": f'"{row.version}"'})


def _indicators(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Every indicator with its definition."""
    limit = asked.get("limit", DEFAULT_LIMIT)
    found = indicators(here.db, here.as_of.position, asked[FROM] or "", limit + 1)
    return _paged(service, request, asked, here, [queries.indicator_item(row) for row in found], "id")


def _one_indicator(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """An indicator with its definition."""
    name = request.path_params["id"]
    row = indicator(here.db, name, here.as_of.position)
    if row is None:
        raise Problem("not-found", _no_indicator(name, here))
    return _json(queries.indicator_item(row), here, {"ETag": f'"{row.version}"'})


def _nothing(what: str, name: str) -> Problem:
    shown = name if len(name) <= 140 else name[:137] + "..."
    return Problem("not-found", f"there is no {what} '{shown}' at the times asked")


def _indicator(request: Request, here: Standpoint) -> str:
    name = str(request.path_params["indicator"])
    if not queries.ever_defined(here.db, name):
        raise Problem("not-found", _no_indicator(name, here))
    return name


def _no_indicator(name: str, here: Standpoint) -> str:
    near = queries.nearest_indicators(here.db, name)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; /v1/indicators lists them"
    return f"there is no indicator '{name[:60]}' at the times asked{hint}"


_ONE = "/v1/estimates/{indicator}"
READS: tuple[tuple[str, Look, tuple[str, ...], bool], ...] = (
    ("/v1/estimates", _estimates, (*TIMES, *PAGE, "q", "measure", "flag", "source"), True),
    (_ONE, _estimate, (*TIMES, *NARROWING), False),
    (
        f"{_ONE}/series",
        _series,
        (*TIMES, *PAGE, "release", "period_from", "period_to", "cohort", "originator"),
        True,
    ),
    (
        f"{_ONE}/vintages",
        _vintages,
        (*TIMES, *PAGE, "originator", "cohort", "period", "axis", "all"),
        True,
    ),
    (f"{_ONE}/explanation", _explanation, (*TIMES, *NARROWING), True),
    (f"{_ONE}/revisions", _revisions, (*TIMES, *PAGE, "originator", "cohort", "period"), True),
    ("/v1/conflicts", _conflicts, (*TIMES, *PAGE, "code", "indicator"), True),
    ("/v1/reports", _reports, (*TIMES, *PAGE, "q"), True),
    ("/v1/reports/{id}", _report, TIMES, False),
    ("/v1/reports/{id}/history", _history, (*TIMES, *PAGE), False),
    ("/v1/claims/{report}/{n}", _claim, TIMES, False),
    ("/v1/sources", _sources, (*TIMES, *PAGE), False),
    ("/v1/sources/{id}", _source, TIMES, False),
    ("/v1/indicators", _indicators, (*TIMES, *PAGE), False),
    ("/v1/indicators/{id}", _one_indicator, TIMES, False),
)
"""Address, how it is answered, its parameters, and whether it may take long (then in a thread)."""
