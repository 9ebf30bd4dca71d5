"""The composition root: one service, every way in, one application. Nothing is built at import."""

import logging
from collections.abc import Callable

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service import __version__
from service.api import events, inspect, operations, read, write
from service.api.openapi import shared_schemas
from service.http.guard import Guard
from service.http.problems import Problem, problem_of, response
from service.http.routing import Application
from service.service import Service
from service.web import site
from service.web.pages import refused

_logger = logging.getLogger("intellog")
_CODES = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}


def create_app(service: Service) -> FastAPI:
    """The application over an open service."""
    app = Application(
        lambda routes: Guard(routes, _failed),
        title="intellog",
        version=__version__,
        summary="An event-sourced intelligence log: every reported fact kept, every figure explained.",
        docs_url=None,
        redoc_url=None,
    )
    for part in (write, read, inspect, events, operations, site):
        app.add(part.routes(service))
    _complete_openapi(app)
    return app


def _failed(request: Request, error: Exception) -> Response:
    """The answer to a request that failed, by what it failed with."""
    if isinstance(error, HTTPException):
        return _not_routed(request, error)
    problem = problem_of(error)
    if problem.code == "internal":
        _logger.error("failed: %s %s", request.method, request.url.path, exc_info=error)
    return response(problem)


def _not_routed(request: Request, error: HTTPException) -> Response:
    code = _CODES.get(error.status_code, "invalid")
    detail = f"{request.method} {request.url.path[:200]}: {error.detail}"
    if request.method == "GET" and not request.url.path.startswith("/v1/"):
        return refused(request, Problem(code, detail))
    return response(Problem(code, detail), error.headers)


def _complete_openapi(app: FastAPI) -> None:
    """Add the schemas that bodies refer to; they are read by our own rules, not by the framework."""
    generated: Callable[[], dict[str, object]] = app.openapi

    def openapi() -> dict[str, object]:
        schema = generated()
        components = schema.setdefault("components", {})
        assert isinstance(components, dict)
        kinds = [kind for _, _, kind, _ in write.WRITES]
        components.setdefault("schemas", {}).update(shared_schemas(kinds))
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
