"""The protocol over HTTP: each message is a request by itself, with the token of its sender.

There are no sessions and no streams, so that nothing is kept between two requests and nothing holds up
the end of the service. The library is loaded with the first request.
"""

from importlib.util import find_spec

import anyio
import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from service.http.bodies import read_body
from service.http.parameters import parameters
from service.http.problems import Problem
from service.http.questions import while_there
from service.http.routing import route
from service.model_context.asking import GONE, collected, received, within
from service.service import Service

PATH = "/mcp"
NEEDED = "needs the extra `mcp`: install intellog[mcp]"


def is_installed() -> bool:
    """Whether the library of the protocol is there."""
    return find_spec("mcp") is not None


def exchange(service: Service) -> Route:
    """The route at which models ask."""
    limit, loaded = service.settings.body_limit, list[ASGIApp]()

    async def mcp(request: Request) -> Response:
        parameters(request)
        if not is_installed():
            raise Problem("not-installed", f"the Model Context Protocol {NEEDED}")
        content = await read_body(request, limit)
        if not loaded:
            loaded.append(await anyio.to_thread.run_sync(_application, limit))
        gone, answer = anyio.Event(), None
        scope = {**request.scope, GONE: gone}
        async with while_there(request, gone.set):
            answer = await collected(loaded[0], scope, received(content, gone))
        if answer is None:
            raise ClientDisconnect
        return answer

    return route("POST", PATH, mcp, role="reader", at_writer=False)


def _application(limit: int) -> ASGIApp:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from service.model_context.server import model_server

    server = model_server(within)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        # One manager a request: what it starts ends with it.
        manager = StreamableHTTPSessionManager(
            server, json_response=True, stateless=True, max_request_body_size=limit
        )
        async with manager.run():
            await manager.handle_request(scope, receive, send)

    return answer
