"""Operations: how each address is reached, what it takes and what it returns.

An endpoint takes the request and returns the response; it reads its own parameters and body, because
the strictness of their refusals is part of the interface.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from service.access.principal import Role
from service.http.admission import admit

Endpoint = Callable[[Request], Awaitable[Response]]
Tag = Literal["writing", "reading", "operations", "access"]
JSON, NDJSON, SSE = "application/json", "application/x-ndjson", "text/event-stream"
CSV = "text/csv"
HANG_UP = "intellog.hang-up"
"""The extension of ASGI by which an answer is broken off, so that nobody takes it for the whole."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The type of a body, and how it is wrapped.

    `one` adds the times asked, `page` makes it the item of a list, `lines` the item of a stream.
    """

    type: Any
    wrap: Literal["plain", "one", "page", "lines"] = "plain"


@dataclass(frozen=True, slots=True)
class Body:
    """The body that an operation takes: a command, but for the field that the address gives."""

    command: type[BaseModel]
    in_path: str | None = None
    required: bool = True
    media_type: str = JSON


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the interface.

    `query` names its query parameters, `returns` gives a shape by status and media type, `problems`
    lists the codes that it may be refused with beyond those that any operation may. What a `tagged`
    one returns has an entity tag, and is read conditionally. It takes a `role`; where that is None,
    nobody needs to say who asks.
    """

    method: str
    path: str
    endpoint: Endpoint
    name: str
    summary: str
    tag: Tag
    query: tuple[str, ...] = ()
    body: Body | None = None
    changes: bool = False
    returns: Mapping[int, Mapping[str, Shape]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    tagged: bool = False
    role: Role | None = "reader"

    def route(self) -> Route:
        """The route that serves this operation."""
        return route(self.method, self.path, self.endpoint, self.name, role=self.role)


class Answering:
    """An endpoint as an ASGI application, for principals with a role.

    Whatever it raises is answered around all routes.
    """

    def __init__(self, endpoint: Endpoint, role: Role | None) -> None:
        self._endpoint = endpoint
        self.role = role

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        admit(scope, self.role)
        response = await self._endpoint(Request(scope, receive, send))
        await response(scope, receive, send)


def route(
    method: str, path: str, endpoint: Endpoint, name: str | None = None, *, role: Role | None
) -> Route:
    """A route that calls its endpoint with the request alone, if its principal has the role."""
    # Passed as an application, since Starlette wraps a function in two more layers.
    return Route(path, Answering(endpoint, role), methods=[method], name=name)


def header(scope: Scope, name: bytes) -> str | None:
    """The first value of a header, whose name is in lower case; None where it is absent."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None
