"""Reading over HTTP: estimates and their history, reports, claims, sources, indicators."""

from collections.abc import Mapping

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from domain.period import BadPeriod, Period
from projections.answers.as_of import EVERYTHING
from projections.answers.derived_series import NotDerivable
from projections.answers.latest_reports import FROM_THE_TOP
from projections.tables.registry import source_at
from service.api.estimate_forms import CITATIONS
from service.api.event_schema import EVENT_SCHEMA
from service.http.changed_page import changed_page
from service.http.lookups import claim_named, indicator_named, narrowing, no_indicator, no_plan, nothing
from service.http.paging import DEFAULT_LIMIT, page
from service.http.parameters import (
    BOARD_FILTERS,
    NARROWING,
    PAGE,
    SOURCE_FILTERS,
    TIMES,
    Asked,
    bad_parameter,
)
from service.http.preconditions import version_tag
from service.http.reads import Read, Reading, counted_page, keyed_page, one, read_operations
from service.http.routing import Operation, Shape
from service.http.tables import Table
from service.http.times import FROM
from service.query import (
    board,
    changed,
    citations,
    claims,
    estimates,
    history,
    indicators,
    reports,
    search,
    slippage,
    sources,
)
from service.query.chains import ChainLink, chain
from service.query.events import EventAnswer
from service.query.listed import CountedEstimate
from service.query.standpoint import Standpoint
from service.query.track_records import IndicatorTrackRecord, track_records
from service.service import Service


def _estimates(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """The board: the estimate of every indicator, filtered and in order."""
    limit, start = asked.get("limit", DEFAULT_LIMIT), tuple(asked[FROM] or ())
    wanted = board.BoardFilter(*(asked.get(name) for name in BOARD_FILTERS))
    found = board.board(here, wanted, asked.get("sort", "id"), start, limit + 1)
    last = found[limit - 1][0] if len(found) > limit else None
    return page(service, request, [item for _, item in found[:limit]], last, here.echo)


def _changed(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Changed estimates: a row for each change of the default answer about an indicator."""
    limit, latest_first = asked.get("limit", DEFAULT_LIMIT), asked.get("order") == "desc"
    found = changed_page(here, asked, limit, latest_first=latest_first)
    items = [changed.listed_change(item) for item in found.items]
    return page(service, request, items, found.last, here.echo)


def _estimate(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """One estimate at any times, of any cell, cohort or originator."""
    name = indicator_named(request, here)
    return one(estimates.counted_estimate(here, name, narrowing(asked)), here)


def _used(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Every claim that an estimate uses, in its order; the estimate itself lists the first 100."""
    name, start = indicator_named(request, here), asked[FROM] or 0
    limit = asked.get("limit", DEFAULT_LIMIT)
    found = estimates.used(here, name, narrowing(asked), start, limit + 1)
    last = start + limit if len(found) > limit else None
    return page(service, request, found[:limit], last, here.echo)


def _cohorts(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Every cohort of which an indicator has claims that count; the estimate lists the first 100."""
    found = estimates.cohort_items(here, indicator_named(request, here))
    return counted_page(service, request, asked, here, found)


def _series(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """The estimate of each cell, in order of period."""
    name = indicator_named(request, here)
    release, turned = asked.get("release", "latest"), asked.get("as")
    start, limit = asked[FROM] or 0, asked.get("limit", DEFAULT_LIMIT)
    part = slice(start, start + limit + 1)
    try:
        how = release, _within(asked), turned, part
        rows = history.series_rows(here, name, narrowing(asked), *how)
    except NotDerivable as error:
        raise bad_parameter("as", str(error)) from None
    last = start + limit if len(rows) > limit else None
    return page(service, request, rows[:limit], last, here.echo)


def _within(asked: Asked) -> Period | None:
    try:
        return history.period_between(asked.get("period_from"), asked.get("period_to"))
    except BadPeriod:
        raise bad_parameter("period_to", "ends before period_from begins") from None


def _vintages(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """How a figure was revised, along record or publication time."""
    name = indicator_named(request, here)
    every, axis = asked.get("all") == "true", asked.get("axis", "record")
    start, limit = asked[FROM] or 0, asked.get("limit", DEFAULT_LIMIT)
    part = slice(start, start + limit + 1)
    rows = history.vintage_rows(here, name, narrowing(asked), axis, every=every, part=part)
    last = start + limit if len(rows) > limit else None
    return page(service, request, rows[:limit], last, here.echo)


def _known_vintages(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """How a figure was revised along both axes: what we knew when, of what was published when."""
    name = indicator_named(request, here)
    rows = history.known_vintage_rows(here, name, narrowing(asked))
    return counted_page(service, request, asked, here, rows)


def _revisions(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """How each voice revised its figures, cell by cell and for its headline."""
    name = indicator_named(request, here)
    rows = history.revision_rows(here, name, narrowing(asked))
    return counted_page(service, request, asked, here, rows)


def _slippage(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Each statement of a plan against what is fulfilled of it, by its target and now."""
    name = indicator_named(request, here)
    rows = slippage.slippage_rows(here, name, asked.get("cohort"))
    if rows is None:
        raise no_plan(name)
    return counted_page(service, request, asked, here, rows)


def _reports(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Reports that contain all words of `q`, by id; without it all, published or revised last first."""
    limit = asked.get("limit", DEFAULT_LIMIT)
    if "q" not in asked:
        after = (asked[FROM][0], asked[FROM][1]) if asked[FROM] else FROM_THE_TOP
        found, last = search.latest(here, service.log, limit, after)
        return page(service, request, found, last, here.echo)
    hits = search.search(here, service.log, asked["q"], asked[FROM] or "", limit + 1)
    return keyed_page(service, request, asked, here, hits, "id")


def _report(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """A report as it stands at the times asked."""
    name = request.path_params["id"]
    body = reports.report(here, service.log, name, service.evidence)
    if body is None:
        raise nothing("report", name, here)
    beyond = _narrowed(here, body) or _copy_of(body)
    return one(body, here, {"ETag": version_tag(body["version"], beyond)})


def _copy_of(body: reports.ReportAnswer) -> bytes:
    """What a report shows of its stored copy, which no event decides."""
    evidence = body["evidence"]
    return b"" if evidence is None or evidence["state"] == "hash-only" else to_json(evidence)


def _narrowed(here: Standpoint, body: Mapping[str, object]) -> bytes:
    """What a version shows a reader from whom something may be hidden: that changes without it."""
    return b"" if here.as_of.clearance == EVERYTHING else to_json(body)


def _history(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """The events of a report, in order."""
    name = request.path_params["id"]
    events = reports.report_events(here, service.log, name)
    if not events:
        raise nothing("report", name, here)
    return counted_page(service, request, asked, here, events)


def _claim(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """A claim as it stands at the times asked, with the chain to its origin."""
    name = claim_named(request)
    body = claims.claim(here, service.log, name)
    if body is None:
        raise nothing("claim", name, here)
    return one(body, here)


def _chain(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """The claims from one to its roots, itself first."""
    name = claim_named(request)
    if claims.claim(here, service.log, name) is None:
        raise nothing("claim", name, here)
    return counted_page(service, request, asked, here, chain(here, name))


def _sources(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Every source with its grade, found by word, kind and reliability."""
    limit = asked.get("limit", DEFAULT_LIMIT)
    wanted = sources.SourceFilter(*(asked.get(name) for name in SOURCE_FILTERS))
    found = sources.sources(here, asked[FROM] or "", limit + 1, wanted)
    return keyed_page(service, request, asked, here, found, "id")


def _source(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """A source with its grades over time and its reports."""
    name = request.path_params["id"]
    body = sources.source(here, name)
    if body is None:
        raise nothing("source", name, here)
    beyond = _narrowed(here, body) or _beyond(body)
    return one(body, here, {"ETag": version_tag(body["version"], beyond)})


def _source_revisions(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """How the voice of a source revised its own figures, for each indicator."""
    name = request.path_params["id"]
    if source_at(here.db, name, here.as_of.position) is None:
        raise nothing("source", name, here)
    return counted_page(service, request, asked, here, track_records(here, name))


def _beyond(body: sources.SourceAnswer) -> bytes:
    """What a source shows that others recorded: reports that mention it, and how its figures held."""
    shown = body["reports"], body["revisions"]
    return to_json(shown) if body["reports"] or body["revisions"]["indicators"] else b""


def _indicators(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Every indicator with its definition."""
    limit = asked.get("limit", DEFAULT_LIMIT)
    found = indicators.indicators(here, asked[FROM] or "", limit + 1)
    return keyed_page(service, request, asked, here, found, "id")


def _indicator(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """An indicator with its definition."""
    name = request.path_params["id"]
    body = indicators.indicator(here, name)
    if body is None:
        raise no_indicator(name, here)
    return one(body, here, {"ETag": version_tag(body["version"], _narrowed(here, body))})


def _citations(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Citations: figures that were used somewhere, those that moved first."""
    start, limit = asked[FROM] or 0, asked.get("limit", DEFAULT_LIMIT)
    wanted = asked.get("state"), asked.get("indicator")
    found = citations.citations(here, *wanted, start, limit + 1)
    last = start + limit if len(found) > limit else None
    return page(service, request, found[:limit], last, here.echo)


def _citation(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """A citation: what the figure was where it was used, what it is now, and what moved it."""
    name = request.path_params["id"]
    body = citations.citation(here, name)
    if body is None:
        raise nothing("citation", name, here)
    return one(body, here)


_ONE = "/v1/estimates/{indicator}"
_WITHIN = ("release", "as", "period_from", "period_to", "cohort", "originator")
RECORDED = ("known_at", "min_position")
_CELL = ("originator", "cohort", "incident", "period")
READS: tuple[Read, ...] = (
    Read(
        "/v1/estimates",
        _estimates,
        (*TIMES, *PAGE, *BOARD_FILTERS, "sort"),
        Shape(board.BoardItem, "page"),
    ),
    Read(
        "/v1/changes",
        _changed,
        (*TIMES, *PAGE, *BOARD_FILTERS, "since", "until", "order"),
        Shape(changed.ListedChange, "page"),
    ),
    Read(
        _ONE,
        _estimate,
        (*TIMES, *NARROWING),
        Shape(CountedEstimate, "one"),
        heavy=False,
        forms=CITATIONS,
    ),
    Read(
        f"{_ONE}/used",
        _used,
        (*TIMES, *PAGE, *NARROWING),
        Shape(estimates.UsedItem, "page"),
        whole=True,
    ),
    Read(
        f"{_ONE}/cohorts",
        _cohorts,
        (*TIMES, *PAGE),
        Shape(estimates.CohortItem, "page"),
        whole=True,
    ),
    Read(
        f"{_ONE}/series",
        _series,
        (*TIMES, *PAGE, *_WITHIN),
        Shape(history.CountedSeriesRow, "page"),
        whole=True,
    ),
    Read(
        f"{_ONE}/vintages",
        _vintages,
        (*TIMES, *PAGE, *_CELL, "axis", "all"),
        Shape(history.VintageRow, "page"),
        whole=True,
    ),
    Read(
        f"{_ONE}/vintages/known",
        _known_vintages,
        (*TIMES, *PAGE, *_CELL),
        Shape(history.KnownVintageRow, "page"),
        whole=True,
    ),
    Read(
        f"{_ONE}/revisions",
        _revisions,
        (*TIMES, *PAGE, *_CELL),
        Shape(history.RevisionRow, "page"),
        whole=True,
    ),
    Read(
        f"{_ONE}/slippage",
        _slippage,
        (*TIMES, *PAGE, "cohort"),
        Shape(slippage.SlippageRow, "page"),
        whole=True,
    ),
    Read("/v1/reports", _reports, (*TIMES, *PAGE, "q"), Shape(search.ReportHit, "page")),
    Read(
        "/v1/reports/{id}",
        _report,
        TIMES,
        Shape(reports.ReportAnswer, "one"),
        heavy=False,
        of_views=False,
    ),
    Read(
        "/v1/reports/{id}/history",
        _history,
        (*TIMES, *PAGE),
        Shape(EVENT_SCHEMA, "page"),
        heavy=False,
        rows=Table(EventAnswer, whole=True),
    ),
    Read("/v1/claims/{report}/{n}", _claim, TIMES, Shape(claims.ClaimAnswer, "one"), heavy=False),
    Read(
        "/v1/claims/{report}/{n}/chain",
        _chain,
        (*TIMES, *PAGE),
        Shape(ChainLink, "page"),
        whole=True,
    ),
    Read(
        "/v1/sources",
        _sources,
        (*TIMES, *PAGE, *SOURCE_FILTERS),
        Shape(sources.SourceItem, "page"),
    ),
    Read("/v1/sources/{id}", _source, TIMES, Shape(sources.SourceAnswer, "one")),
    Read(
        "/v1/sources/{id}/revisions",
        _source_revisions,
        (*TIMES, *PAGE),
        Shape(IndicatorTrackRecord, "page"),
        whole=True,
    ),
    Read(
        "/v1/indicators",
        _indicators,
        (*TIMES, *PAGE),
        Shape(indicators.IndicatorItem, "page"),
        heavy=False,
    ),
    Read(
        "/v1/citations",
        _citations,
        (*RECORDED, *PAGE, "state", "indicator"),
        Shape(citations.CitationItem, "page"),
    ),
    Read("/v1/citations/{id}", _citation, RECORDED, Shape(citations.CitationItem, "one")),
    Read("/v1/indicators/{id}", _indicator, TIMES, Shape(indicators.IndicatorItem, "one"), heavy=False),
)


def operations(reading: Reading) -> list[Operation]:
    """The operations that read what stands, and how it came to be."""
    return read_operations(reading, READS)
