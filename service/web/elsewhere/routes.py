"""Badges, frames and oEmbed as routes: who may have them, from which pages, and for how long."""

import hashlib
from base64 import b64encode
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.http.admission import ANYBODY, address_of, principal_of
from service.http.parameters import NARROWEST, WIDEST, Asked, parameters
from service.http.problems import Problem, problem_headers, problem_of, problem_response
from service.http.questions import Questions
from service.http.routing import route
from service.http.submit import ERRORS
from service.http.times import behind_header, caught_up, standing
from service.service import Service
from service.settings import EVERY_ORIGIN, Settings
from service.web.elsewhere import badge, frame
from service.web.elsewhere.oembed import LASTS, oembed, page_asked
from service.web.elsewhere.question import ASKED, figure, pin
from service.web.elsewhere.shown import Shown
from service.web.pages import HTML, tagged_response

SVG = "image/svg+xml"
PINNED_LASTS = 600
"""For how many seconds a public figure that is pinned may be kept: it may still become restricted."""
LANE = "(elsewhere)"
"""One for all: what other pages show leaves half of the threads to questions of the service's own."""
Respond = Callable[[Request], Awaitable[Response]]
Refuse = Callable[[Request, Exception], Response]


def elsewhere_routes(service: Service, questions: Questions) -> list[Route]:
    """The routes of figures on other pages."""
    settings, anybody = service.settings, ANYBODY if service.settings.embed_public else None

    def made(path: str, respond: Respond, refuse: Refuse) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                _limit(service, request)
                answer = await respond(request)
            except ERRORS as error:
                answer = refuse(request, error)
            return _for_other_pages(settings, request, answer)

        def refused(request: Request, problem: Problem) -> Response:
            return _for_other_pages(settings, request, refuse(request, problem))

        return route("GET", path, endpoint, role="reader", anybody=anybody, refused=refused)

    return [
        made("/badge/{indicator}.svg", partial(_badge, service, questions), _refused_badge),
        made("/embed/{indicator}", partial(_frame, service, questions), _refused_frame),
        made("/oembed", partial(_oembed, service, questions), _refused),
    ]


def _limit(service: Service, request: Request) -> None:
    """Refuse whoever says nothing of who asks and sends too many requests."""
    if principal_of(request) is ANYBODY:
        wait = service.access.wait(f"{ANYBODY.subject} {address_of(request.scope)}")
        if wait:
            raise Problem("too-many-requests", "your address sends more requests than one may")


async def _answered(
    service: Service,
    questions: Questions,
    request: Request,
    asked: Asked,
    make: Callable[[Shown], Response],
) -> Response:
    """The answer made from the figure that a request asks for."""

    def find() -> Response:
        with standing(service, asked) as here:
            given = figure(request, asked, here)
            answer = make(given)
            answer.headers.update(behind_header(here))
            if principal_of(request) is ANYBODY:
                lasts = PINNED_LASTS if given.pinned else LASTS
                answer.headers["Cache-Control"] = f"public, max-age={lasts}"
            return answer

    pin(asked)
    if "written_at" in asked:
        asked["min_position"] = max(asked["written_at"], asked.get("min_position", 0))
    await caught_up(service, asked)
    return await questions.answer(request, LANE, find)


async def _badge(service: Service, questions: Questions, request: Request) -> Response:
    asked = parameters(request, *ASKED, "width", blanks=True)

    def make(given: Shown) -> Response:
        return tagged_response(request, badge.badge(given, asked.get("width")).encode(), SVG)

    return await _answered(service, questions, request, asked, make)


async def _frame(service: Service, questions: Questions, request: Request) -> Response:
    asked = parameters(request, *ASKED, blanks=True)

    def make(given: Shown) -> Response:
        return tagged_response(
            request, frame.frame_page(given, request.query_params.multi_items()), HTML
        )

    return await _answered(service, questions, request, asked, make)


async def _oembed(service: Service, questions: Questions, request: Request) -> Response:
    asked = parameters(request, "url", "maxwidth", "maxheight", "format")
    page, given = page_asked(request, asked, service.settings.public_url)
    return await _answered(service, questions, page, given, partial(oembed, request, page, asked))


def _refused(request: Request, error: Exception) -> Response:
    return problem_response(problem_of(error))


def _refused_badge(request: Request, error: Exception) -> Response:
    """The problem as a badge, because an `<img>` shows nothing else; programs get it as they ask."""
    if "json" in request.headers.get("accept", ""):
        return _refused(request, error)
    problem = problem_of(error)
    text = request.query_params.get("width", "")
    sound = text.isascii() and text.isdigit() and NARROWEST <= int(text[:9]) <= WIDEST
    drawn = badge.problem_badge(problem.kind.title, problem.detail, int(text) if sound else None)
    return Response(drawn, problem.kind.status, problem_headers(problem), SVG)


def _refused_frame(request: Request, error: Exception) -> Response:
    if "text/html" not in request.headers.get("accept", "text/html"):
        return _refused(request, error)
    problem = problem_of(error)
    page = frame.problem_frame(problem)
    return Response(page, problem.kind.status, problem_headers(problem), HTML)


def _for_other_pages(settings: Settings, request: Request, answer: Response) -> Response:
    """An answer with the headers by which browsers let pages of other origins show it, or not."""
    origins = settings.embed_origins
    ancestors = EVERY_ORIGIN if EVERY_ORIGIN in origins else " ".join(("'self'", *origins))
    answer.headers["Content-Security-Policy"] = f"{_ALONE}; frame-ancestors {ancestors}"
    vary = [answer.headers.get("Vary"), "Authorization, Cookie"]
    if _may_load(origins, request):
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if origins and EVERY_ORIGIN not in origins:
        vary.append("Referer")
    answer.headers["Vary"] = ", ".join(each for each in vary if each)
    return answer


def _may_load(origins: tuple[str, ...], request: Request) -> bool:
    """Whether the page that a request comes from may load an image: by its own word for itself."""
    if EVERY_ORIGIN in origins:
        return True
    try:
        page = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return False
    return f"{page.scheme}://{page.netloc}".lower() in origins


def _hash(style: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


_ALONE = (
    f"default-src 'none'; style-src {_hash(badge.STYLE)} {_hash(frame.STYLE)}; "
    "base-uri 'none'; form-action 'none'"
)
"""What badges and frames may load: nothing; their rules stand inside."""
