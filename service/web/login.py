"""Logging in and out with a browser: a token is given once, for a session in a cookie."""

import math
import time
from urllib.parse import parse_qsl, quote, urlsplit

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from service.access import security_log
from service.access.principal import Principal
from service.http.admission import PRINCIPAL, address_of
from service.http.bodies import read_body
from service.http.gate import COOKIE, end_session, judged, session_texts
from service.http.problems import Problem, problem_headers
from service.http.routing import route
from service.http.submit import ERRORS
from service.service import Service
from service.settings import is_loopback
from service.web.form.filled import MEDIA_TYPE
from service.web.pages import Page, page_response, problem_page

LONGEST_FORM = 16_384
_ENDED = f"{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"


def routes(service: Service) -> list[Route]:
    """Return the routes by which a browser comes in and leaves."""

    async def form(request: Request) -> Response:
        return _form(service, request, own_path(request.query_params.get("next", "")))

    async def login(request: Request) -> Response:
        try:
            body = await read_body(request, LONGEST_FORM, MEDIA_TYPE)
            given = dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=10))
            return await _login(service, request, given.get("token", "").strip(), given)
        except ValueError:
            return problem_page(request, Problem("bad-request", "this is not the form of this page"))
        except ERRORS as error:
            return problem_page(request, error)

    async def logout(request: Request) -> Response:
        return await _logout(service, request)

    return [
        route("GET", "/login", form, role=None),
        route("POST", "/login", login, role=None, at_writer=False),
        route("POST", "/logout", logout, role=None, at_writer=False),
    ]


def to_login(request: Request) -> Response:
    """Lead a browser to where it can log in, and from there back to where it wanted to go."""
    url = request.url
    wanted = own_path(f"{url.path}?{url.query}" if url.query else url.path)
    return RedirectResponse("/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}", 303)


def own_path(text: str) -> str:
    """A path of this service as it is, or that of the board where a text is none."""
    plain = text.isascii() and text.isprintable() and not set(text) & set('\\ <>"')
    if not plain or not text.startswith("/") or text.startswith("//"):
        return "/"
    return "/" if urlsplit(text).path in ("/login", "/logout") else text


async def _login(service: Service, request: Request, text: str, given: dict[str, str]) -> Response:
    access, address = service.access, address_of(request.scope)
    wanted = own_path(given.get("next", ""))
    if not access.on:
        return RedirectResponse(wanted, 303)
    if not _is_private(service, request):
        return _form(service, request, wanted)
    if wait := access.delays.wait(address, time.monotonic()):
        security_log.slowed_down(address, wait)
        return _form(service, request, wanted, _too_soon(wait))
    found = await judged(access, text)
    if not isinstance(found, Principal):
        access.delays.failed(address, time.monotonic())
        security_log.not_recognised("login", found.reason, address, found.id)
        return _form(service, request, wanted, _WRONG)
    access.delays.succeeded(address)
    if not found.may("reader"):
        return _form(service, request, wanted, _READS_FEEDS)
    return await _begun(service, request, found, wanted)


_WRONG = Problem(
    "unauthenticated", "This token is not accepted. It may be mistyped, cut off, expired or revoked."
)

_READS_FEEDS = Problem(
    "unauthenticated", "This token reads feeds and nothing else. Log in with one of another role."
)


def _too_soon(wait: float) -> Problem:
    seconds = math.ceil(wait)
    return Problem(
        "too-many-requests",
        f"The last login from your address failed. Wait {seconds} s, then try again.",
        retry_after=seconds,
    )


async def _begun(service: Service, request: Request, principal: Principal, wanted: str) -> Response:
    """Begin a session in place of any that the browser had, and go on to where it wanted to go."""
    seconds, access = service.settings.session_seconds, service.access
    for before in session_texts(request.scope):
        await end_session(access, before)
    text = await anyio.to_thread.run_sync(access.tokens.open_session, principal, seconds)
    security_log.logged_in(principal, address_of(request.scope))
    secure = "; Secure" if service.settings.secure or not _is_here(request) else ""
    cookie = f"{COOKIE}={text}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}"
    return RedirectResponse(wanted, 303, {"Set-Cookie": cookie, "Cache-Control": "no-store"})


async def _logout(service: Service, request: Request) -> Response:
    principal: Principal | None = request.scope.get(PRINCIPAL)
    sessions = session_texts(request.scope)
    for text in sessions:
        await end_session(service.access, text)
    if principal is not None and sessions:
        security_log.logged_out(principal, address_of(request.scope))
    return RedirectResponse("/login", 303, {"Set-Cookie": _ENDED})


def _form(service: Service, request: Request, wanted: str, problem: Problem | None = None) -> Response:
    """Respond with the form, and with what was wrong the last time."""
    on, private = service.access.on, _is_private(service, request)
    context = {"wanted": wanted, "problem": problem, "on": on, "private": private}
    status = problem.kind.status if problem else 403 if on and not private else 200
    answer = page_response(request, Page("login.html", context, status))
    answer.headers.update(problem_headers(problem) if problem else {})
    return answer


def _is_private(service: Service, request: Request) -> bool:
    """Whether nobody on the way can read what the browser sends."""
    return request.url.scheme == "https" or service.settings.secure or _is_here(request)


def _is_here(request: Request) -> bool:
    return is_loopback(request.url.hostname or "")
