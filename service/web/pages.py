"""What every page has in common: its route, rendering, response headers, and the page of a problem."""

import gzip
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from projections.tables.sight import may_see_all, sight_of
from service.access.principal import Principal, Role
from service.http.admission import PRINCIPAL, caller_of
from service.http.gate import session_texts
from service.http.lookups import check_names
from service.http.negotiation import accepts_gzip
from service.http.noted import see_problem
from service.http.paging import open_cursor
from service.http.parameters import TIMES, Asked, parameters
from service.http.preconditions import is_known
from service.http.problems import Near, problem_headers, problem_of, problem_response
from service.http.questions import Questions
from service.http.routing import Endpoint, route
from service.http.seen import seen_mark
from service.http.submit import ERRORS
from service.http.times import behind_header, caught_up, standing
from service.query.standpoint import Standpoint
from service.service import Service
from service.views.history import position_of
from service.web.links import address, page_of
from service.web.rendering import rendered
from service.web.wording import SourceNames, template_environment

HTML = "text/html; charset=utf-8"
MENU: tuple[tuple[str, str, Role], ...] = (
    ("/", "Board", "reader"),
    ("/briefing", "Briefing", "reader"),
    ("/changes", "Changes", "reader"),
    ("/open", "What is open", "reader"),
    ("/conflicts", "Conflicts", "reader"),
    ("/citations", "Citations", "reader"),
    ("/events", "Events", "reader"),
    ("/reports", "Reports", "reader"),
    ("/sources", "Sources", "reader"),
    ("/post", "Post", "reporter"),
    ("/read", "Read", "reporter"),
    ("/tables", "Tables", "analyst"),
    ("/indicators/new", "Define", "analyst"),
    ("/reference", "API", "reader"),
    ("/docs", "Docs", "reader"),
)
"""The pages that every page leads to, each for those with a role."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page to render: its template, the template's variables, and the HTTP status."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


PageFunction = Callable[[Service, Request, Asked, Standpoint], Page | Response]
PageRoute = tuple[str, PageFunction, tuple[str, ...]]
"""Path, the function that makes the page, and the parameters it accepts."""


def page_routes(
    service: Service, questions: Questions, pages: Iterable[PageRoute], role: Role = "reader"
) -> list[Route]:
    """Return the GET routes of pages that show something at the requested times.

    Those that take a higher role than a reader's are forms, which the node has that takes them.
    """
    return [
        route(
            "GET", page[0], _endpoint(service, questions, page), role=role, at_writer=role != "reader"
        )
        for page in pages
    ]


def _endpoint(service: Service, questions: Questions, page: PageRoute) -> Endpoint:
    path, page_of, names = page

    def respond(request: Request, asked: Asked) -> Response:
        with standing(service, asked) as here:
            check_names(here.db, asked, request.path_params.get("indicator"))
            made = page_of(service, request, asked, here)
            if not isinstance(made, Response):
                made = page_response(request, made, shared_context(service, here))
            made.headers.update(behind_header(here))
            return made

    async def endpoint(request: Request) -> Response:
        try:
            asked = parameters(request, *names, blanks=True)
            if "cursor" in names:
                open_cursor(service, request, asked)
            await caught_up(service, asked)
            return await questions.answer(request, path, partial(respond, request, asked))
        except ERRORS as error:
            return problem_page(request, error)

    return endpoint


def shared_context(service: Service, here: Standpoint) -> dict[str, Any]:
    """The template variables that every page at a standpoint has."""
    head = position_of(here.db)
    names = SourceNames(here.db, head)
    sight = sight_of(here.db)
    seen = None if may_see_all(here.db) else seen_mark(service.log.secret, head, sight.clearance)
    return {"as_of": here.echo, "names": names, "head": head, "log": service.log.id, "seen": seen}


def page_response(request: Request, page: Page, shared: Mapping[str, Any] | None = None) -> Response:
    """Respond with a rendered page."""
    return tagged_response(request, page_html(request, page, shared), HTML, page.status)


def page_html(request: Request, page: Page, shared: Mapping[str, Any] | None = None) -> bytes:
    """Render a page. Its links and forms can keep the requested times: `times`, `kept`."""
    query = request.query_params.multi_items()
    kept = [(name, value) for name, value in query if name in TIMES[:3] and value]
    common = {
        "as_of": None,
        "seen": None,
        "watched": "/v1/events",
        "here": request.url.path,
        "times": address("", kept),
        "kept": kept,
        **_visitor(request),
    }
    template = template_environment().get_template(page.template)
    return rendered(template, {**common, **(shared or {}), **page.context})


def _visitor(request: Request) -> dict[str, Any]:
    """The template variables about who looks: the pages for that role; and who, where one logs in."""
    principal: Principal | None = request.scope.get(PRINCIPAL)
    if principal is None:
        return {"pages": [], "may": lambda role: False, "who": None, "in_session": False}
    return {
        "may": principal.may,
        "pages": [(path, name) for path, name, role in MENU if principal.may(role)],
        "who": principal if caller_of(request).share is not None else None,
        "in_session": bool(session_texts(request.scope)),
    }


def wants_page(request: Request) -> bool:
    """Whether the client is a browser that shows a page, and no program."""
    return "text/html" in request.headers.get("accept", "")


def _links(request: Request, near: Near | None) -> list[tuple[str, str]]:
    """What may have been meant, each with its address."""
    if near is None:
        return []
    if near.parameter is not None:
        url = request.url
        asked = [(name, str(url.include_query_params(**{near.parameter: name}))) for name in near.names]
        return [(name, address.removeprefix(f"{url.scheme}://{url.netloc}")) for name, address in asked]
    return [(name, page_of(near.what, name)) for name in near.names]


def problem_page(request: Request, error: Exception) -> Response:
    """Respond with the page of a problem; clients that do not accept HTML get the problem itself."""
    problem = problem_of(error)
    if not wants_page(request):
        return problem_response(problem)
    see_problem(problem.code)
    kind = problem.kind
    context = {
        "title": kind.title,
        "detail": problem.detail,
        "status": kind.status,
        "code": problem.code,
        "near": _links(request, problem.near),
    }
    answer = page_response(request, Page("refused.html", context, kind.status))
    answer.headers.update(problem_headers(problem))
    return answer


def tagged_response(request: Request, body: bytes, media_type: str, status: int = 200) -> Response:
    """Respond with a body and its ETag: compressed if accepted, 304 if the client already has it."""
    zipped = len(body) > 500 and accepts_gzip(request)
    # A tag names one sequence of bytes (RFC 9110, 8.8.3.3).
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}{"-gzip" if zipped else ""}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if status == 200 and is_known(request, tag):
        return Response(status_code=304, headers=headers)
    if zipped:
        body, headers["Content-Encoding"] = gzip.compress(body, 6, mtime=0), "gzip"
    return Response(body, status, headers, media_type)
