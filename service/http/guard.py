"""Around all routes: which hosts and origins are allowed, and the headers of every answer."""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.problems import Problem, problem_response
from service.http.routing import header

READING = ("GET", "HEAD", "OPTIONS")
Failed = Callable[[Request, Exception], Response]
"""Returns the answer to a request that failed."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all a browser says of our own forms: Origin: null
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'",
}
_SECURITY = [(name.lower().encode(), value.encode()) for name, value in SECURITY.items()]


class Guard:
    """Refuses requests to another host name, and changes from pages of another origin.

    Answers HEAD like GET without the body, lists every method of an address in `Allow`, and answers
    requests that failed before their answer started.
    """

    def __init__(self, app: ASGIApp, failed: Failed) -> None:
        self._app = app
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send)
        problem = _refused(scope)
        if problem is not None:
            await problem_response(problem)(scope, receive, answer.send)
            return
        asked = {**scope, "method": "GET"} if answer.bodiless else scope
        try:
            await self._app(asked, receive, answer.send)
        except Exception as error:
            if answer.started:
                raise
            await self._failed(Request(scope), error)(scope, receive, answer.send)


class _Answer:
    """Sends an answer with the headers that all answers have, and without a body to a HEAD."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._ended = False
        self.started = False
        self.bodiless = scope["method"] == "HEAD"

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self._complete(message)
            await self._send(message)
            if self.bodiless:
                # Immediately, because a stream has no end to wait for.
                self._ended = True
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        elif not self._ended:
            await self._send(message)

    def _complete(self, message: Message) -> None:
        headers = message["headers"]
        given = [name for name, _ in headers]
        message["headers"] = headers + [each for each in _SECURITY if each[0] not in given]
        if message["status"] == 405:
            MutableHeaders(scope=message)["Allow"] = ", ".join(_allowed(self._scope))


def _refused(scope: Scope) -> Problem | None:
    host, origin = header(scope, b"host") or "", header(scope, b"origin")
    if not _is_here(host):
        return Problem("host-not-allowed", f"Host '{host[:60]}' is not this machine")
    if scope["method"] in READING or origin is None or origin.partition("://")[2] == host:
        return None
    return Problem("cross-origin", f"Origin '{origin[:60]}' is not this service at '{host}'")


@lru_cache(maxsize=64)
def _is_here(host: str) -> bool:
    """Whether a `Host` names this machine; an IP address cannot be made to mean another one."""
    name, colon, port = host.lower().rpartition(":")
    name = name if colon and port.isdigit() else host.lower()
    try:
        return name == "localhost" or ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _allowed(scope: Scope) -> list[str]:
    """Every method that the address supports, over all its routes."""
    routes = scope["app"].routes
    found = [
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    return ["GET", "HEAD", *found[1:]] if "GET" in found else found
