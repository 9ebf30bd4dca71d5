"""Around all routes: which hosts and origins are allowed, who asks, and the headers of every answer."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.access_log import log_request
from service.http.admission import PRINCIPAL
from service.http.body_time import BodyTime
from service.http.elsewhere import NODE
from service.http.gate import Gate
from service.http.hosts import Hosts
from service.http.noted import NOTED, Noted
from service.http.problems import problem_response
from service.http.routing import HANG_UP, header
from service.http.streaming import LOG_HEADER, StreamCut, other_history
from service.process import REQUEST_ID
from service.service import Service
from service.traces.request import TracedRequest, carrier_of

if TYPE_CHECKING:
    from service.traces.spans import Traces

Failed = Callable[[Request, Exception], Response]
"""Returns the answer to a request that failed."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
KNOWN_METHODS = (*METHODS, "HEAD", "OPTIONS")
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all a browser says of our own forms: Origin: null
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'",
}
_ALWAYS = [
    *((name.lower().encode(), value.encode()) for name, value in SECURITY.items()),
    # Nobody but the client keeps an answer, and it asks again before it uses it.
    (b"cache-control", b"private, no-cache"),
]
_HSTS = (b"strict-transport-security", b"max-age=31536000")
"""To browsers that came by https: never come by http again."""
_NAMES = frozenset(name for name, _ in (*_ALWAYS, _HSTS))
_logger = logging.getLogger("intellog.http")


class Guard:
    """Refuses requests to another host name, changes from pages of another origin, another history.

    Answers HEAD like GET without the body, lists every method of an address in `Allow`, and answers
    requests that failed before their answer started; one that fails later is broken off. Each request
    gets an id, which its answer and its log lines bear, and the principal that it is from.
    """

    def __init__(self, app: ASGIApp, failed: Failed, service: Service, gate: Gate) -> None:
        self._app = app
        self._failed = failed
        self._service = service
        self._traces = service.traces
        self._gate = gate
        self._hosts = Hosts.of(service.settings)
        self._headers = [*_ALWAYS, *([_HSTS] if service.settings.secure else ())]
        self._ids = map(f"{uuid4().hex[:8]}-{{:x}}".format, count(1))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = next(self._ids)
        REQUEST_ID.set(request_id)
        self._hosts.believe_proxy(scope)
        scope[NODE] = self._service.node
        answer = _Answer(scope, send, request_id, self._headers)
        noted, begun = Noted(), time.perf_counter()
        NOTED.set(noted)
        try:
            if self._traces is None:
                await self._respond(scope, receive, answer)
            else:
                with self._traced(self._traces, scope, answer, noted):
                    await self._respond(scope, receive, answer)
        finally:
            self._note(scope, answer, noted, time.perf_counter() - begun)

    async def _respond(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        problem = self._hosts.refused(scope)
        if problem is not None:
            await problem_response(problem)(scope, receive, answer.send)
            return
        timed = BodyTime(scope, receive, self._service.settings.limits)
        try:
            await self._gate.identify(scope)
            self._check_history(scope)
            asked = {**scope, "method": "GET"} if answer.bodiless else scope
            await self._app(asked, timed.receive, answer.send)
        except ClientDisconnect:
            _hang_up(scope)  # nobody is left to answer
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) or answer.started:
                self._break_off(scope, error)
                return
            await self._failed(Request(scope), error)(scope, receive, answer.send)

    def _note(self, scope: Scope, answer: "_Answer", noted: Noted, seconds: float) -> None:
        """Count a request and what was answered."""
        method = scope["method"] if scope["method"] in KNOWN_METHODS else "OTHER"
        metrics = self._service.metrics
        metrics.answered(noted.operation, method, answer.status_class, seconds, stream=noted.stream)
        if noted.code is not None:
            metrics.refused(noted.code)
        principal = scope.get(PRINCIPAL)
        subject = None if principal is None else principal.subject
        given = method, noted.operation, answer.status, seconds, answer.sent
        log_request(*given, subject, noted.code)

    @contextmanager
    def _traced(
        self, traces: "Traces", scope: Scope, answer: "_Answer", noted: Noted
    ) -> Iterator[None]:
        """The span of a request."""
        traced = TracedRequest(carrier_of(scope["headers"]), scope["method"])
        with traces.request(traced):
            try:
                yield
            finally:
                traced.operation, traced.failed = noted.operation, answer.status >= 500
                traced.attributes = {
                    "http.request.method": scope["method"],
                    "http.route": noted.operation,
                    "http.response.status_code": answer.status,
                    "intellog.request_id": REQUEST_ID.get(),
                }

    def _check_history(self, scope: Scope) -> None:
        """Refuse a request about another log, if whoever asks may know the id of this one."""
        named = header(scope, LOG_HEADER) if PRINCIPAL in scope else None
        if named is not None and (other := other_history(self._service, named)):
            raise other

    def _break_off(self, scope: Scope, error: BaseException) -> None:
        """End an answer so that the client sees that it is not whole."""
        ours = isinstance(error, StreamCut | asyncio.CancelledError)
        if not ours:
            path = scope["path"]
            _logger.error("broken off: %s %s", scope["method"], path, exc_info=error)
        if not _hang_up(scope):
            raise error


def _hang_up(scope: Scope) -> bool:
    """Close the connection without ending the answer; return False where the server cannot."""
    extension = (scope.get("extensions") or {}).get(HANG_UP)
    if extension is None:
        return False
    extension["call"]()
    return True


class _Answer:
    """Sends an answer with the headers that all answers have, and without a body to a HEAD."""

    def __init__(
        self, scope: Scope, send: Send, request_id: str, always: list[tuple[bytes, bytes]]
    ) -> None:
        self._always = always
        self._scope = scope
        self._send = send
        self._request_id = request_id.encode()
        self._ended = False
        self.started = False
        self.status = self.sent = 0
        self.bodiless = scope["method"] == "HEAD"

    @property
    def status_class(self) -> str:
        """The class of the status, as `2xx`; `none` where the client left before an answer began."""
        return f"{self.status // 100}xx" if self.started else "none"

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started, self.status = True, message["status"]
            self._complete(message)
            await self._send(message)
            if self.bodiless:
                # Immediately, because a stream has no end to wait for.
                self._ended = True
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        elif not self._ended:
            self.sent += len(message.get("body", b""))
            await self._send(message)

    def _complete(self, message: Message) -> None:
        headers, always = message["headers"], self._always
        given = {name for name, _ in headers}
        if not given.isdisjoint(_NAMES):
            always = [each for each in always if each[0] not in given]
        message["headers"] = [*headers, *always, (b"x-request-id", self._request_id)]
        if message["status"] == 405:
            MutableHeaders(scope=message)["Allow"] = ", ".join(_allowed(self._scope))


def _allowed(scope: Scope) -> list[str]:
    """Every method that the address supports, over all its routes."""
    routes = scope["app"].routes
    found = [
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    return ["GET", "HEAD", *found[1:]] if "GET" in found else found
