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

from service.access.principal import Principal, Role
from service.http.admission import admit
from service.http.elsewhere import only_tried, sent_elsewhere, writes
from service.http.noted import see_operation
from service.http.problems import Problem

Endpoint = Callable[[Request], Awaitable[Response]]
Refusing = Callable[[Request, Problem], Response]
"""Answers a request that may not pass."""
Tag = Literal["writing", "reading", "operations", "access"]
JSON, NDJSON, SSE = "application/json", "application/x-ndjson", "text/event-stream"
CSV = "text/csv"
MARKDOWN, HTML = "text/markdown", "text/html"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PACKAGE = "application/vnd.datapackage+json"
"""A description of a table beside it (Frictionless Data Package)."""
CSL = "application/vnd.citationstyles.csl+json"
BIBTEX, RIS = "application/x-bibtex", "application/x-research-info-systems"
PROV = "application/prov+json"
ATOM, JSON_FEED = "application/atom+xml", "application/feed+json"
CLOUD_EVENTS = "application/cloudevents-batch+json"
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
    """The body that an operation takes: a command, but for the field that the address gives.

    It may be a file of one of the media types `or_files` instead.
    """

    command: type[BaseModel]
    in_path: str | None = None
    required: bool = True
    media_type: str = JSON
    or_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileBody:
    """A body that is kept as it is: a file of one of several media types."""

    media_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the interface.

    `query` names its query parameters, `returns` gives a shape by status and media type, `problems`
    lists the codes that it may be refused with beyond those that any operation may. What a `tagged`
    one returns has an entity tag, and is read conditionally. It takes a `role`; where that is None,
    nobody needs to say who asks. `refused` is the shape of its refusals where a protocol has its own.
    `at_writer` says whether only the node that writes the log answers it: by default if it changes
    something, but for what is only tried.
    """

    method: str
    path: str
    endpoint: Endpoint
    name: str
    summary: str
    tag: Tag
    query: tuple[str, ...] = ()
    body: Body | FileBody | None = None
    changes: bool = False
    returns: Mapping[int, Mapping[str, Shape]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    tagged: bool = False
    role: Role | None = "reader"
    refused: Shape | None = None
    at_writer: bool | None = None

    def route(self) -> Route:
        """The route that serves this operation."""
        named = self.method, self.path, self.endpoint, self.name
        tries = "dry_run" in self.query
        return route(*named, role=self.role, at_writer=self.at_writer, tries=tries)


class Answering:
    """An endpoint as an ASGI application, for principals with a role.

    A request that shows nothing of who asks counts as one of `anybody`, if given. Whoever may not pass
    is answered by `refused`, if given; whatever else it raises is answered around all routes. If it is
    `at_writer`, other nodes send it there, unless it `tries` and writes nothing.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        role: Role | None,
        path: str,
        anybody: Principal | None = None,
        refused: Refusing | None = None,
        *,
        at_writer: bool = False,
        tries: bool = False,
    ) -> None:
        self._at_writer, self._tries = at_writer, tries
        self._endpoint = endpoint
        self._path = path
        self.role = role
        self._anybody = anybody
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        see_operation(self._path)
        if self._at_writer and not (self._tries and only_tried(scope)):
            elsewhere = sent_elsewhere(scope)
            if elsewhere is not None:
                raise elsewhere
        response = await self._response(scope, receive, send)
        await response(scope, receive, send)

    async def _response(self, scope: Scope, receive: Receive, send: Send) -> Response:
        try:
            admit(scope, self.role, self._anybody)
        except Problem as problem:
            if self._refused is None:
                raise
            return self._refused(Request(scope), problem)
        return await self._endpoint(Request(scope, receive, send))


def route(
    method: str,
    path: str,
    endpoint: Endpoint,
    name: str | None = None,
    *,
    role: Role | None,
    anybody: Principal | None = None,
    refused: Refusing | None = None,
    at_writer: bool | None = None,
    tries: bool = False,
) -> Route:
    """A route that calls its endpoint with the request alone, if its principal has the role.

    Only the node that writes the log answers what is `at_writer`: by default what is not a read.
    """
    # Passed as an application, since Starlette wraps a function in two more layers.
    only_there = writes(method) if at_writer is None else at_writer
    answering = Answering(endpoint, role, path, anybody, refused, at_writer=only_there, tries=tries)
    return Route(path, answering, methods=[method], name=name)


def header(scope: Scope, name: bytes) -> str | None:
    """The first value of a header, whose name is in lower case; None where it is absent."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None
