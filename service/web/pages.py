"""What every page has in common: how it is asked for, rendered, sent, and how it says no."""

import gzip
import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

import anyio.to_thread
from fastapi import APIRouter
from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import Response

from domain.events import EVENT_TYPES
from projections.tables.registry import source_at
from service.api.write import ERRORS
from service.http.parameters import TIMES, Asked, caught_up, parameters, standing
from service.http.problems import PROBLEMS, Problem, problem_of, response
from service.http.routing import plain_router
from service.query import words
from service.query.standpoint import Standpoint
from service.service import Service
from service.views.store import position_of
from service.web.chart import drawing


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be rendered: its template, what it shows, and its status."""

    template: str
    shows: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


Look = Callable[[Service, Request, Asked, Standpoint], Page | Response]
Shown = tuple[str, Look, tuple[str, ...]]
"""Address, how its page is made, its parameters."""


class Names(dict[str, str]):
    """What sources are called, looked up when a page speaks of them."""

    def __init__(self, db: sqlite3.Connection, position: int) -> None:
        super().__init__()
        self._db, self._position = db, position

    def __missing__(self, name: str) -> str:
        row = source_at(self._db, name, self._position)
        self[name] = (row.registered.name if row else None) or name
        return self[name]


def showing(service: Service, pages: Iterable[Shown]) -> APIRouter:
    """Routes of pages that show something at the times asked."""
    router = plain_router(include_in_schema=False)
    for path, look, names in pages:
        router.add_api_route(path, _endpoint(service, look, names), methods=["GET"])
    return router


def _endpoint(service: Service, look: Look, names: tuple[str, ...]) -> Any:
    def made(request: Request, asked: Asked) -> Response:
        with standing(service, asked) as here:
            page = look(service, request, asked, here)
            if isinstance(page, Response):
                return page
            return render(request, page, around(here))

    async def endpoint(request: Request) -> Response:
        try:
            asked = parameters(request, *names, blanks=True)
            await caught_up(service, asked)
            return await anyio.to_thread.run_sync(made, request, asked)
        except ERRORS as error:
            return refused(request, error)

    return endpoint


def around(here: Standpoint) -> dict[str, Any]:
    """What every page at a standpoint shows around its own matter."""
    head = position_of(here.db)
    return {"as_of": here.echo, "names": Names(here.db, head), "head": head}


def render(request: Request, page: Page, shared: Mapping[str, Any] | None = None) -> Response:
    """A page as HTML, compressed for who takes it so."""
    return sent(request, html(request, page, shared), HTML, page.status)


HTML = "text/html; charset=utf-8"


def html(request: Request, page: Page, shared: Mapping[str, Any] | None = None) -> bytes:
    """A page as HTML; links and forms on it may carry on the times asked: `times`, `kept`."""
    query = request.query_params.multi_items()
    kept = [(name, value) for name, value in query if name in TIMES[:3] and value]
    times = f"?{urlencode(kept)}" if kept else ""
    around = {"as_of": None, "here": request.url.path, "times": times, "kept": kept}
    text = templates().get_template(page.template).render({**around, **(shared or {}), **page.shows})
    return text.encode()


def refused(request: Request, error: Exception) -> Response:
    """The page that says why something is not shown or not done; a program gets the problem itself."""
    problem = problem_of(error)
    if "text/html" not in request.headers.get("accept", ""):
        return response(problem)
    kind = PROBLEMS[problem.code]
    shows = {
        "title": kind.title,
        "detail": problem.detail,
        "status": kind.status,
        "code": problem.code,
    }
    return render(request, Page("refused.html", shows, kind.status))


def sent(request: Request, body: bytes, media_type: str, status: int = 200) -> Response:
    """A body with its tag, compressed for who takes it so, and not sent again to who has it."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if status == 200 and tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", "") and len(body) > 500:
        body, headers["Content-Encoding"] = gzip.compress(body, 6, mtime=0), "gzip"
    return Response(body, status, headers, media_type)


@cache
def templates() -> Environment:
    """The templates, with the words that they use."""
    made = Environment(
        loader=FunctionLoader(_template),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.tests["at"] = lambda phase, step: phase.begins <= step < phase.ends
    made.globals["event_types"] = " ".join(each.TYPE for each in EVENT_TYPES)
    made.filters |= {
        "figure": lambda body: thin(words.figure(body)),
        "number": lambda value: "" if value is None else thin(f"{value:,}"),
        "grade": words.grade,
        "moment": words.day_of,
        "thin": thin,
        "sourced": _sourced,
        "says": lambda claim: thin(words.says(claim)),
        "event": words.event,
    }
    return made


def _template(name: str) -> str:
    return files("service.web").joinpath("templates", name).read_text("utf-8")


def thin(text: str) -> str:
    """Figures in words, their thousands set apart by a narrow space that never breaks."""
    return text.replace(",", "\u202f")


def _sourced(text: str, names: Mapping[str, str]) -> str:
    """A sentence with sources called by their names; claims keep their ids."""
    return _SOURCE.sub(lambda found: names[found[0]], text)


_SOURCE = re.compile(r"(?<![\w./-])[a-z0-9][a-z0-9._-]*[a-z0-9](?![\w/-])")


def static(request: Request, name: str) -> Response:
    """A file that pages load: a stylesheet or a script; raises `Problem`."""
    kind, held = _KINDS.get(name[name.rfind(".") :]), _static()
    if kind is None or name not in held:
        raise Problem("not-found", f"there is no file '{name[:60]}'")
    return sent(request, held[name], kind)


_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@cache
def _static() -> Mapping[str, bytes]:
    folder = files("service.web").joinpath("static")
    held = {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}
    return held | {"style.css": held["style.css"] + drawing.STYLE.encode()}
