"""All sources with their current grade, found by word, kind and reliability."""

from typing import get_args

from starlette.requests import Request

from domain.vocabulary import Kind, Reliability
from service.http.parameters import SOURCE_FILTERS, TIMES, Asked
from service.query import words
from service.query.sources import UNGRADED, SourceFilter, sources
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.downloads import downloads
from service.web.pages import Page, PageRoute

MOST_ROWS = 1_000
"""Maximum number of sources on the page."""


def _sources(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    wanted = SourceFilter(*(asked.get(name) for name in SOURCE_FILTERS))
    found = sources(here, limit=MOST_ROWS + 1, wanted=wanted)
    grades = [(each, words.grade(each)) for each in get_args(Reliability)]
    return Page(
        "sources.html",
        {
            "sources": found[:MOST_ROWS],
            "more": len(found) > MOST_ROWS,
            "wanted": wanted,
            "empty": here.as_of.position == 0,
            "kinds": [(kind, kind) for kind in get_args(Kind)],
            "grades": [*grades, (UNGRADED, UNGRADED)],
            "downloads": downloads(request, "These sources", "/v1/sources"),
        },
    )


PAGES: tuple[PageRoute, ...] = (("/sources", _sources, (*TIMES, *SOURCE_FILTERS)),)
