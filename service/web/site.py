"""The pages as one router: what they show, what they load, and what each problem code means."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.http.problems import PROBLEMS, Problem
from service.http.routing import plain_router
from service.service import Service
from service.web import (
    board,
    conflicts,
    estimate,
    log,
    post,
    reference,
    report,
    search,
    series,
    source,
)
from service.web.pages import Page, refused, render, showing, static

PAGES = (
    *board.PAGES,
    *estimate.PAGES,
    *series.PAGES,
    *search.PAGES,
    *report.PAGES,
    *source.PAGES,
    *log.PAGES,
    *conflicts.PAGES,
    *post.PAGES,
    *reference.PAGES,
)


def routes(service: Service) -> APIRouter:
    """Every page."""
    router = plain_router(include_in_schema=False)

    @router.get("/static/{name}")
    async def file(request: Request) -> Response:
        return static(request, request.path_params["name"])

    @router.get("/problems/{code}")
    async def problem(request: Request) -> Response:
        code = request.path_params["code"]
        if code not in PROBLEMS:
            return refused(request, Problem("not-found", f"there is no problem '{code[:60]}'"))
        return render(request, Page("problem.html", {"code": code, "kind": PROBLEMS[code]}))

    router.routes.extend(showing(service, PAGES).routes)
    router.routes.extend(post.routes(service).routes)
    return router
