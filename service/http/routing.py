"""Routes as this interface has them: the request in, the response out, nothing resolved between.

Every endpoint here reads its own parameters, because the strictness of their refusals is part of the
interface. So of the framework's routes only the description is needed, not what injects arguments and
serialises results, which costs as much as deciding a report.
"""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of a name, which is in lower case; None where there is none."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


class Plain(APIRoute):
    """A documented route that calls its endpoint with the request alone."""

    matches = Route.matches
    handle = Route.handle

    def __init__(self, path: str, endpoint: Any, **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.app = _answering(endpoint)


class Application(FastAPI):
    """An application with one layer around its routes instead of the framework's five."""

    __call__ = Starlette.__call__

    def __init__(self, layer: Callable[[ASGIApp], ASGIApp], **described: Any) -> None:
        super().__init__(**described)
        self._layer = layer

    def build_middleware_stack(self) -> ASGIApp:
        return self._layer(self.router)

    def add(self, router: APIRouter) -> None:
        """Serve the routes of a router, as they are."""
        self.router.routes.extend(router.routes)


def plain_router(**options: Any) -> APIRouter:
    """A router of plain routes."""
    return APIRouter(route_class=Plain, **options)


def _answering(endpoint: Any) -> ASGIApp:
    # Errors are answered once, around the whole application.
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    return app
