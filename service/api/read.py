"""Reading over HTTP: estimates, series, vintages, reports, claims, sources, indicators."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from domain.period import BadPeriod, Period
from projections.answers.series import revisions, series
from projections.answers.vintages import vintages
from projections.tables.registry import indicator_at, indicators_at, source_at, sources_at
from service.http.lookups import (
    NARROWING,
    Read,
    answer,
    indicator_named,
    narrowing,
    no_indicator,
    nothing,
    paged,
    reading,
    rows_page,
)
from service.http.paging import DEFAULT_LIMIT
from service.http.parameters import FROM, PAGE, TIMES, Asked, bad_parameter
from service.http.problems import Problem
from service.query import estimates, reports
from service.query.sources import source_item, source_page
from service.query.standpoint import Standpoint
from service.service import Service


def _estimates(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """The board: the estimate of every indicator."""
    limit = asked.get("limit", DEFAULT_LIMIT)
    wanted = estimates.Board(*(asked.get(name) for name in ("q", "measure", "flag", "source")))
    after = asked[FROM] or ""
    found = estimates.board(here.db, here.as_of, wanted, after, limit + 1, here.current, here.suspect)
    return paged(service, request, asked, here, found, "indicator")


def _estimate(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """One estimate at any times, of any cell, cohort or originator."""
    name = indicator_named(request, here)
    asks = narrowing(asked)
    return answer(estimates.estimate(here.db, name, here.as_of, asks, here.current, here.suspect), here)


def _series(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """A cell a row, in order of period."""
    name = indicator_named(request, here)
    within = _within(asked)
    release = asked.get("release", "latest")
    rows = series(here.db, name, here.as_of, narrowing(asked), release, within, here.suspect)
    return rows_page(service, request, asked, here, rows)


def _within(asked: Asked) -> Period | None:
    try:
        return estimates.span(asked.get("period_from"), asked.get("period_to"))
    except BadPeriod:
        raise bad_parameter("period_to", "ends before period_from begins") from None


def _vintages(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """How a figure was revised, along record or publication time."""
    name = indicator_named(request, here)
    every, axis = asked.get("all") == "true", asked.get("axis", "record")
    found = vintages(here.db, name, here.as_of, narrowing(asked), axis, every=every)
    return rows_page(service, request, asked, here, estimates.vintage_rows(found))


def _revisions(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """How each originator revised its figures, cell by cell and for its headline."""
    name = indicator_named(request, here)
    found = revisions(here.db, name, here.as_of, narrowing(asked))
    return rows_page(service, request, asked, here, [estimates.revision_row(row) for row in found])


def _reports(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Full-text search over reports and their claims."""
    if "q" not in asked:
        raise Problem("bad-parameter", "q: is missing; give words to look for", parameter="q")
    limit = asked.get("limit", DEFAULT_LIMIT)
    hits = reports.search(service.log, here.db, asked["q"], here.as_of, asked[FROM] or "", limit + 1)
    return paged(service, request, asked, here, hits, "id")


def _report(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """A report as it stands at the times asked."""
    name = request.path_params["id"]
    body = reports.report(service.log, name, here.as_of)
    if body is None:
        raise nothing("report", name)
    return answer(body, here, {"ETag": f'"{body["version"]}"'})


def _history(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """The events of a report, in order."""
    name = request.path_params["id"]
    events = reports.report_events(service.log, name, here.as_of)
    if not events:
        raise nothing("report", name)
    return rows_page(service, request, asked, here, events)


def _claim(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """A claim as it stands at the times asked, with the chain to its origin."""
    name = f"{request.path_params['report']}/{request.path_params['n']}"
    body = reports.claim(service.log, here.db, name, here.as_of)
    if body is None:
        raise nothing("claim", name)
    return answer(body, here)


def _sources(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Every source with its grade."""
    limit = asked.get("limit", DEFAULT_LIMIT)
    found = sources_at(here.db, here.as_of.position, asked[FROM] or "", limit + 1)
    return paged(service, request, asked, here, [source_item(row) for row in found], "id")


def _source(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """A source with its grades over time and its reports."""
    name = request.path_params["id"]
    row = source_at(here.db, name, here.as_of.position)
    if row is None:
        raise nothing("source", name)
    body = source_page(here.db, row, here.as_of)
    return answer(body, here, {"ETag": f'"{row.version}"'})


def _indicators(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Every indicator with its definition."""
    limit = asked.get("limit", DEFAULT_LIMIT)
    found = indicators_at(here.db, here.as_of.position, asked[FROM] or "", limit + 1)
    return paged(service, request, asked, here, [estimates.indicator_item(row) for row in found], "id")


def _one_indicator(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """An indicator with its definition."""
    name = request.path_params["id"]
    row = indicator_at(here.db, name, here.as_of.position)
    if row is None:
        raise Problem("not-found", no_indicator(name, here))
    return answer(estimates.indicator_item(row), here, {"ETag": f'"{row.version}"'})


_ONE = "/v1/estimates/{indicator}"
_READS: tuple[Read, ...] = (
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
    (f"{_ONE}/revisions", _revisions, (*TIMES, *PAGE, "originator", "cohort", "period"), True),
    ("/v1/reports", _reports, (*TIMES, *PAGE, "q"), True),
    ("/v1/reports/{id}", _report, TIMES, False),
    ("/v1/reports/{id}/history", _history, (*TIMES, *PAGE), False),
    ("/v1/claims/{report}/{n}", _claim, TIMES, False),
    ("/v1/sources", _sources, (*TIMES, *PAGE), False),
    ("/v1/sources/{id}", _source, TIMES, True),
    ("/v1/indicators", _indicators, (*TIMES, *PAGE), False),
    ("/v1/indicators/{id}", _one_indicator, TIMES, False),
)


def routes(service: Service) -> APIRouter:
    """The reading half of the interface, but for what streams and what is examined."""
    return reading(service, _READS)
