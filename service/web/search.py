"""Reports and definitions by words; without words the reports published last."""

from typing import Any

from starlette.requests import Request

from projections.answers.as_of import published_last
from projections.tables.registry import indicator_at
from projections.tables.search import found
from service.http.parameters import TIMES, Asked
from service.query import reports
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.pages import Page, Shown

A_PAGE = 100
MOST_INDICATORS = 20


def _search(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    q = asked.get("q")
    hits = _latest(service, here) if q is None else _hits(service, here, q)
    shown = sorted(hits[:A_PAGE], key=lambda r: (r["published_at"], r["position"]), reverse=True)
    return Page(
        "search.html",
        {
            "q": q or "",
            "hits": shown,
            "more": len(hits) > A_PAGE,
            "indicators": [] if q is None else _indicators(here, q),
            "empty": here.as_of.position == 0,
        },
    )


def _hits(service: Service, here: Standpoint, q: str) -> list[dict[str, Any]]:
    return reports.search(service.log, here.db, q, here.as_of, "", A_PAGE + 1)


def _latest(service: Service, here: Standpoint) -> list[dict[str, Any]]:
    names = published_last(here.db, here.as_of, A_PAGE + 1)
    bodies = [reports.report(service.log, name, here.as_of) for name in names]
    return [{**body, "claims": []} for body in bodies if body]


def _indicators(here: Standpoint, q: str) -> list[dict[str, str]]:
    position = here.as_of.position
    names = found(here.db, "indicator", q, position, "", MOST_INDICATORS)
    rows = [indicator_at(here.db, name, position) for name in names]
    return [
        {"id": row.id, "title": row.definition.title, "definition": row.definition.definition}
        for row in rows
        if row
    ]


PAGES: tuple[Shown, ...] = (("/reports", _search, (*TIMES, "q")),)
