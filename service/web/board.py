"""The board: every indicator with its current estimate, and what each problem code means."""

import sqlite3
from importlib.resources import files

from fastapi import APIRouter
from jinja2 import Environment, FunctionLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from service import queries
from service.api.asking import TIMES, caught_up, parameters, standing
from service.api.problems import PROBLEMS, Problem
from service.core import Service
from service.wording import figure

MOST_ROWS = 1_000


def routes(service: Service) -> APIRouter:
    """The pages."""
    router = APIRouter(include_in_schema=False)
    templates = Environment(
        loader=FunctionLoader(_template), autoescape=select_autoescape(default=True)
    )
    templates.filters["figure"] = figure
    style = files("service.web").joinpath("style.css").read_bytes()

    @router.get("/")
    async def board(request: Request) -> Response:
        asked = parameters(request, *TIMES, "q", blanks=True)
        await caught_up(service, asked)
        with standing(service, asked) as here:
            rows = queries.board(
                here.db,
                here.as_of,
                queries.Board(asked.get("q")),
                "",
                MOST_ROWS,
                here.current,
                here.suspect,
            )
            waiting = _waiting(here.db)
        page = templates.get_template("board.html")
        return HTMLResponse(page.render(rows=rows, as_of=here.echo, empty=waiting, q=asked.get("q")))

    @router.get("/problems/{code}")
    async def problem(code: str) -> Response:
        if code not in PROBLEMS:
            raise Problem("not-found", f"there is no problem '{code[:60]}'")
        page = templates.get_template("problem.html")
        return HTMLResponse(page.render(code=code, kind=PROBLEMS[code]))

    @router.get("/style.css")
    async def styles() -> Response:
        return Response(style, media_type="text/css")

    return router


def _waiting(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM indicators LIMIT 1").fetchone() is None


def _template(name: str) -> str:
    return files("service.web").joinpath(name).read_text("utf-8")
