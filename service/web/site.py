"""All pages as routes, with the files they load and the page of each problem code."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.near import did_you_mean, nearest
from service.http.problem_kinds import PROBLEMS
from service.http.problems import Near, Problem
from service.http.questions import Questions
from service.http.routing import route
from service.service import Service
from service.web import (
    attach,
    board,
    briefing,
    changes,
    chart_file,
    citations,
    conflicts,
    estimate,
    event,
    log,
    login,
    open_matters,
    reference,
    report,
    search,
    series,
    source,
    sources,
    tables,
    verify,
)
from service.web.acts.routes import act_routes
from service.web.docs.page import docs_routes
from service.web.elsewhere.routes import elsewhere_routes
from service.web.pages import Page, page_response, page_routes, problem_page
from service.web.reading.page import reading_routes
from service.web.static_files import static_file

PAGES = (
    *board.PAGES,
    *estimate.PAGES,
    *chart_file.PAGES,
    *series.PAGES,
    *search.PAGES,
    *report.PAGES,
    *sources.PAGES,
    *source.PAGES,
    *briefing.PAGES,
    *changes.PAGES,
    *log.PAGES,
    *event.PAGES,
    *conflicts.PAGES,
    *citations.PAGES,
    *open_matters.PAGES,
    *reference.PAGES,
)


def routes(service: Service, questions: Questions) -> list[Route]:
    """Return the routes of every page."""
    return [
        route("GET", "/static/{name}", _file, role=None),
        route("GET", "/problems/{code}", _problem, role=None),
        *page_routes(service, questions, PAGES),
        *elsewhere_routes(service, questions),
        *act_routes(service, questions),
        *reading_routes(service, questions),
        *page_routes(service, questions, attach.PAGES, "analyst"),
        *attach.routes(service),
        *page_routes(service, questions, tables.PAGES, "analyst"),
        *tables.routes(service, questions),
        *login.routes(service),
        *verify.routes(service, questions),
        *docs_routes(),
    ]


async def _file(request: Request) -> Response:
    return static_file(request, request.path_params["name"])


async def _problem(request: Request) -> Response:
    code = request.path_params["code"]
    if code not in PROBLEMS:
        near = nearest(code, PROBLEMS)
        detail = f"there is no problem '{code[:60]}'{did_you_mean(near)}"
        return problem_page(request, Problem("not-found", detail, near=Near("problem", tuple(near))))
    return page_response(request, Page("problem.html", {"code": code, "kind": PROBLEMS[code]}))
