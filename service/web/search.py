"""Search for reports and definitions; without words, the reports published last."""

from starlette.requests import Request

from projections.tables.registry import indicator_at
from projections.tables.search import found
from service.http.parameters import TIMES, Asked
from service.query.search import ReportHit, latest, search
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.downloads import downloads
from service.web.pages import Page, PageRoute

PAGE_SIZE = 100
"""Maximum number of reports on the page."""
MOST_INDICATORS = 20
"""Maximum number of indicators on the page."""


def _search(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    q = asked.get("q")
    hits = _latest(service, here) if q is None else _hits(service, here, q)
    latest_first = sorted(
        hits[:PAGE_SIZE], key=lambda r: (r["published_at"], r["position"]), reverse=True
    )
    return Page(
        "search.html",
        {
            "q": q or "",
            "hits": latest_first,
            "more": len(hits) > PAGE_SIZE,
            "indicators": [] if q is None else _indicators(here, q),
            "empty": here.as_of.position == 0,
            "downloads": downloads(request, "All such reports", "/v1/reports"),
        },
    )


def _hits(service: Service, here: Standpoint, q: str) -> list[ReportHit]:
    return search(here, service.log, q, "", PAGE_SIZE + 1)


def _latest(service: Service, here: Standpoint) -> list[ReportHit]:
    return latest(here, service.log, PAGE_SIZE + 1)[0]


def _indicators(here: Standpoint, q: str) -> list[dict[str, str]]:
    position = here.as_of.position
    names = found(here.db, "indicator", q, position, "", MOST_INDICATORS)
    rows = [indicator_at(here.db, name, position) for name in names]
    return [
        {"id": row.id, "title": row.definition.title, "definition": row.definition.definition}
        for row in rows
        if row
    ]


PAGES: tuple[PageRoute, ...] = (("/reports", _search, (*TIMES, "q")),)
