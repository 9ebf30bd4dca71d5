"""Every answer that a test receives is held against the schema that `/openapi.json` gives for it.

Schemas are closed first: a member that no schema names is a fault too. A test fails, at its end, with
what its answers did wrong.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import httpx2
from fastapi import FastAPI
from jsonschema_rs import Draft202012Validator
from pydantic_core import from_json
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import server
from service.app import create_app
from service.service import Service

FAULTS: list[str] = []
"""What answers did wrong since it was last emptied."""
SHOWN = 5
Schema = Mapping[str, Any]


def checked_app(service: Service) -> ASGIApp:
    """The application over a service, its answers checked."""
    return Checked(create_app(service))


def running(service: Service) -> AbstractContextManager[httpx2.Client]:
    """A client of a service that runs in this process; its answers are checked."""
    return server.running(service, checked_app)


def closed(schema: Any) -> Any:
    """A schema whose objects have no members but those that it names."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(each) for name, each in schema.items()}
    if "properties" in schema and isinstance(schema.get("required", []), list):
        inner.setdefault("additionalProperties", False)
    return inner


class Schemas:
    """The schemas of one document, by address, method, status and media type."""

    def __init__(self, document: Schema) -> None:
        self._components = {"schemas": closed(document["components"]["schemas"])}
        self.paths: Schema = document["paths"]
        self._made: dict[tuple[str, str, str, str], Draft202012Validator | None] = {}

    def validator(
        self, path: str, method: str, status: str, media_type: str
    ) -> Draft202012Validator | None:
        """What checks such an answer; None where the document promises none."""
        key = path, method, status, media_type
        if key not in self._made:
            answer = self.paths[path][method]["responses"].get(status, {})
            content = answer.get("content", {}).get(media_type)
            self._made[key] = content and Draft202012Validator(
                {**closed(content["schema"]), "components": self._components}
            )
        return self._made[key]

    def bodiless(self, path: str, method: str, status: str) -> bool:
        """Whether the document says that such an answer has no body."""
        answer = self.paths[path][method]["responses"].get(status)
        return answer is not None and "content" not in answer


class Checked:
    """An application whose answers are checked while they are sent."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    @property
    def _schemas(self) -> Schemas:
        # One for all applications of a process: they are described alike, and compiling takes long.
        if not _SCHEMAS:
            _SCHEMAS.append(Schemas(self._app.openapi()))
        return _SCHEMAS[0]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = self._path(scope), scope["method"].lower()
        if path is None or method not in self._schemas.paths[path]:
            await self._app(scope, receive, send)
            return
        check = _Check(self._schemas, f"{method.upper()} {Request(scope).url}", path, method)

        async def checking(message: Message) -> None:
            check.take(message)
            await send(message)

        await self._app(scope, receive, checking)

    def _path(self, scope: Scope) -> str | None:
        for path in self._schemas.paths:
            if _pattern(path).fullmatch(scope["path"]):
                return path
        return None


_SCHEMAS: list[Schemas] = []
_PATTERNS: dict[str, re.Pattern[str]] = {}


def _pattern(path: str) -> re.Pattern[str]:
    if path not in _PATTERNS:
        _PATTERNS[path] = re.compile(re.sub(r"\{\w+\}", "[^/]+", path.replace(".", r"\.")))
    return _PATTERNS[path]


class _Check:
    """One answer, checked whole, or, if it is a stream, item by item."""

    def __init__(self, schemas: Schemas, what: str, path: str, method: str) -> None:
        self._schemas, self._what, self._path, self._method = schemas, what, path, method
        self._rest = b""
        self._validator: Draft202012Validator | None = None
        self._media_type = ""

    def take(self, message: Message) -> None:
        """Look at one message of the answer."""
        if message["type"] == "http.response.start":
            self._begin(message)
        elif self._validator is not None:
            self._rest += message.get("body", b"")
            for body in self._items(last=not message.get("more_body", False)):
                self._validate(body)

    def _begin(self, message: Message) -> None:
        headers = dict(message["headers"])
        media_type = headers.get(b"content-type", b"").decode()
        status = str(message["status"])
        self._media_type = media_type
        where = self._path, self._method, status
        self._validator = self._schemas.validator(*where, media_type) or self._schemas.validator(
            *where, media_type.partition(";")[0]
        )
        if self._validator is None and not self._schemas.bodiless(*where):
            self._fault(f"{status} {media_type} is not described")
        if not re.search("json|event-stream", media_type):
            self._validator = None  # it has no items to check, and may be too long to keep

    def _items(self, *, last: bool) -> Iterator[bytes]:
        if "event-stream" in self._media_type:
            *blocks, self._rest = self._rest.split(b"\n\n")
            lines = (line for block in blocks for line in block.split(b"\n"))
            yield from (line.removeprefix(b"data: ") for line in lines if line.startswith(b"data: "))
        elif "ndjson" in self._media_type:
            *whole, self._rest = self._rest.split(b"\n")
            yield from whole
        elif last and "json" in self._media_type:
            yield self._rest

    def _validate(self, body: bytes) -> None:
        assert self._validator is not None
        if self._validator.is_valid(value := from_json(body)):
            return
        for error in self._validator.iter_errors(value):
            place = "/".join(map(str, error.instance_path))
            self._fault(f"at /{place}: {error.message[:500]}")

    def _fault(self, what: str) -> None:
        if len(FAULTS) < SHOWN:
            FAULTS.append(f"{self._what}: {what}")
