"""The composition root: one service, every way in, one application. Nothing is built at import."""

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from fastapi import FastAPI
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from domain.near import did_you_mean
from service import __version__
from service.api import (
    access,
    briefing,
    bundles,
    estimate_proofs,
    events,
    evidence,
    feeds,
    import_stream,
    inspect,
    log_entries,
    operations,
    proofs,
    proposals,
    published,
    read,
    rebuild,
    replay,
    stix,
    tables,
    taxii,
    webhooks,
    witness,
    write,
)
from service.api.openapi import document
from service.http.admission import admit
from service.http.answer_cache import AnswerCache
from service.http.gate import Gate
from service.http.guard import Guard
from service.http.near_addresses import near_addresses
from service.http.problem_kinds import ACCESS
from service.http.problems import Near, Problem, problem_of, problem_response
from service.http.questions import Questions
from service.http.reads import Reading
from service.http.routing import JSON, Operation, route
from service.http.streaming import Streams
from service.http.suffixes import Suffixes
from service.http.taxii_errors import is_taxii, taxii_response
from service.model_context.exchange import exchange
from service.proof.standalone.single import NAME, single_file
from service.service import Service
from service.views.doubts import Doubts
from service.web import site
from service.web.login import to_login
from service.web.pages import problem_page, wants_page

_logger = logging.getLogger("intellog")
_OFTEN = (("POST", "/v1/reports"), ("GET", "/v1/estimates/{indicator}"))
"""What is asked most: routes are tried in order, and 20 that do not match cost a read a fifth."""
_CODES = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}


def create_app(service: Service, *, local_only: bool = False) -> FastAPI:
    """The application over an open service.

    With `local_only`, every request is from whoever runs this process: for a socket of its own.
    """
    questions = Questions(service.settings.limits, service.metrics)
    table = all_operations(service, questions)
    app = FastAPI(
        routes=[
            *(each.route() for each in sorted(table, key=_is_seldom)),
            route("GET", "/openapi.json", _description, role=None),
            route("GET", "/verify.py", _verifier, role=None),
            exchange(service),
            *site.routes(service, questions),
        ],
        title="intellog",
        version=__version__,
        summary="An event-sourced intelligence log: every reported fact kept, every figure explained.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # Spans and metrics are ours; the framework would ask for providers of its own at each request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    # One layer around the routes; the framework's five cost as much as deciding a report.
    failed = partial(_failed, Doubts(service.follower))
    app.middleware_stack = Guard(
        Suffixes(app.router, table), failed, service, Gate(service, local_only=local_only)
    )
    _describe(app, table)
    return app


def _is_seldom(operation: Operation) -> bool:
    return (operation.method, operation.path) not in _OFTEN


def all_operations(service: Service, questions: Questions) -> list[Operation]:
    """Every operation of the interface; those that are called most often come first."""
    streams = Streams(service)
    reading = Reading(service, AnswerCache(service), questions, streams)
    return [
        *write.operations(service, questions),
        *import_stream.operations(service),
        *read.operations(reading),
        *inspect.operations(reading),
        *feeds.operations(reading),
        *briefing.operations(reading),
        *evidence.operations(service, questions),
        *proposals.operations(service, questions),
        *tables.operations(service, questions),
        *events.operations(service, questions, streams),
        *proofs.operations(service, questions),
        *estimate_proofs.operations(reading),
        *bundles.operations(reading),
        *published.operations(service, questions),
        *replay.operations(service, streams),
        *log_entries.operations(service, streams),
        *stix.operations(service, streams),
        *taxii.operations(service, questions),
        *operations.operations(service, questions),
        *rebuild.operations(service),
        *access.operations(service),
        *webhooks.operations(service),
        *witness.operations(service),
    ]


def _describe(app: FastAPI, table: Sequence[Operation]) -> None:
    """Have `/openapi.json` describe our table, since the framework knows only routes of its own."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document(app.title, app.version, app.summary or "", table)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


async def _description(request: Request) -> Response:
    return Response(to_json(request.app.openapi()), 200, None, JSON)


async def _verifier(request: Request) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{NAME}"'}
    return Response(single_file(), 200, headers, "text/x-python")


def _failed(doubts: Doubts, request: Request, error: Exception) -> Response:
    """The answer to a request that failed."""
    if isinstance(error, HTTPException):
        return _not_routed(request, error)
    problem = problem_of(error)
    if is_taxii(request.scope):
        return taxii_response(_found_out(doubts, request, problem, error))
    if problem.code in ACCESS:
        return _not_admitted(request, problem)
    return problem_response(_found_out(doubts, request, problem, error))


def _found_out(doubts: Doubts, request: Request, problem: Problem, error: Exception) -> Problem:
    """The problem as it is answered: a fault of ours is logged, and may be damage."""
    if problem.code == "internal":
        _logger.error("failed: %s %s", request.method, request.url.path, exc_info=error)
        if doubts.may_be_damage(error):
            return Problem("not-caught-up", "the views may be damaged; they are being rebuilt")
    return problem


def _not_admitted(request: Request, problem: Problem) -> Response:
    """The answer to a request that may not pass: a browser is shown where to log in, or why not."""
    if request.url.path.startswith(("/v1/", "/feeds/")):
        return problem_response(problem)
    if problem.code == "unauthenticated" and request.method == "GET" and wants_page(request):
        return to_login(request)
    return problem_page(request, problem)


def _not_routed(request: Request, error: HTTPException) -> Response:
    try:
        admit(request.scope, "reader")
    except Problem as problem:
        return taxii_response(problem) if is_taxii(request.scope) else _not_admitted(request, problem)
    code = _CODES.get(error.status_code, "invalid")
    path, routes = request.url.path, request.app.routes
    found = near_addresses(request.method, path, routes) if code == "not-found" else []
    detail = f"{request.method} {path[:200]}: {error.detail}{did_you_mean(found)}"
    nowhere = Problem(code, detail, near=Near("address", tuple(found)))
    if is_taxii(request.scope):
        return taxii_response(nowhere, error.headers)
    if request.method == "GET" and not path.startswith("/v1/"):
        return problem_page(request, nowhere)
    return problem_response(nowhere, error.headers)
