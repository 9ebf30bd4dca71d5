"""How tools ask: the addresses of the interface, over a connection or within this process."""

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlencode

import anyio
import anyio.to_thread
import httpx2
from pydantic_core import from_json, to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope

from service.http.problems import Problem, ProblemBody, problem_body
from service.http.routing import JSON

GONE = "intellog.gone"
"""Member of a scope: the event that is set once the client has left."""
_KEPT = (b"host", b"authorization", b"cookie", b"origin")
"""Headers by which a question within this process is judged as the request that it comes from."""
_TAKEN = ("type", "asgi", "http_version", "scheme", "server", "client", "root_path", "state")


class Refusal(Exception):
    """A question that was refused, with the problem that says why."""

    def __init__(self, body: ProblemBody) -> None:
        super().__init__(body["detail"])
        self.body = body


class Ask(Protocol):
    """Asks an address of the interface, with its query; with a body it is a POST."""

    async def __call__(self, address: str, body: object | None = None) -> Any:
        """The decoded answer; raises `Refusal`."""


def addressed(path: str, names: Mapping[str, str], query: Mapping[str, str]) -> str:
    """An address with the names in its places, and its query."""
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return f"{path}?{urlencode(query)}" if query else path


def over(client: httpx2.Client) -> Ask:
    """Ask a service through a client."""

    def send(address: str, body: object | None) -> Response:
        content = None if body is None else to_json(body)
        method, headers = ("GET", {}) if body is None else ("POST", {"Content-Type": JSON})
        answer = client.request(method, address, content=content, headers=headers)
        return Response(answer.content, answer.status_code)

    async def ask(address: str, body: object | None = None) -> Any:
        try:
            answer = await anyio.to_thread.run_sync(send, address, body, abandon_on_cancel=True)
        except httpx2.TransportError as error:
            raise _unreachable(f"{client.base_url}: {error or type(error).__name__}") from None
        return _decoded(answer)

    return ask


def within(request: Request) -> Ask:
    """Ask the application that a request came to, as the one who sent it."""
    outer, headers = request.scope, [each for each in request.scope["headers"] if each[0] in _KEPT]
    shared = {name: outer[name] for name in _TAKEN if name in outer}

    async def ask(address: str, body: object | None = None) -> Any:
        path, _, query = address.partition("?")
        content = b"" if body is None else to_json(body)
        length = (b"content-length", str(len(content)).encode())
        scope = {
            **shared,
            "method": "GET" if body is None else "POST",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [*headers, (b"content-type", JSON.encode()), length],
        }
        answer = await collected(request.app, scope, received(content, outer[GONE]))
        if answer is None:
            raise _unreachable("the client has left")
        return _decoded(answer)

    return ask


def received(content: bytes, gone: anyio.Event) -> Receive:
    """Receive a body that is already here, and then that the client has left, once it has."""
    messages: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    return receive


async def collected(app: ASGIApp, scope: Scope, receive: Receive) -> Response | None:
    """The whole answer of an application; None where it gives none, because the client has left."""
    head: list[Message] = []
    parts: list[bytes] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            head.append(message)
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    if not head:
        return None
    answer = Response(b"".join(parts), head[0]["status"])
    answer.raw_headers = list(head[0]["headers"])
    return answer


def _decoded(answer: Response) -> Any:
    try:
        body = from_json(bytes(answer.body))
    except ValueError:
        raise _unreachable(f"the answer is no JSON, with status {answer.status_code}") from None
    if answer.status_code >= 400:
        raise Refusal(body)
    return body


def _unreachable(detail: str) -> Refusal:
    return Refusal(problem_body(Problem("log-unavailable", detail)))
