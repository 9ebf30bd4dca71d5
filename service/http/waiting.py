"""What a node answers that has no views: whether it lives, and where the writer is."""

from collections.abc import Callable

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from service.http.elsewhere import to_writer
from service.http.hosts import Hosts
from service.http.problems import problem_response
from service.http.routing import JSON
from service.settings import Settings

Writer = Callable[[], str | None]
"""Returns the address of the node that takes writes, None if it is not known."""
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def waiting_app(settings: Settings, writer: Writer = lambda: None) -> ASGIApp:
    """An application that sends every request to the writer, and is alive but not ready."""
    hosts = Hosts.of(settings)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _answer(Request(scope), hosts, writer)(scope, receive, send)

    return app


def _answer(request: Request, hosts: Hosts, writer: Writer) -> Response:
    refused = hosts.refused(request.scope)
    if refused is not None:
        return problem_response(refused, _HEADERS)
    if request.url.path == "/healthz":
        return Response(to_json({"status": "ok"}), 200, _HEADERS, JSON)
    # A balancer must not take this node for one that answers, whoever the writer is.
    found = None if request.url.path == "/readyz" else writer()
    return problem_response(to_writer(request.scope, found), _HEADERS)
