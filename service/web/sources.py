"""All sources with their current grade, found by word, kind and reliability."""

from typing import get_args

from starlette.requests import Request

from domain.vocabulary import Kind, Reliability
from service.http.parameters import TIMES, UNGRADED, Asked
from service.query import words
from service.query.sources import SourceItem, sources
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.pages import Page, PageRoute

MOST_ROWS = 1_000
"""Maximum number of sources on the page."""
FILTERS = ("q", "kind", "reliability")


def _sources(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    found = [each for each in sources(here) if _matches(each, asked)]
    grades = [(each, words.grade(each)) for each in get_args(Reliability)]
    return Page(
        "sources.html",
        {
            "sources": found[:MOST_ROWS],
            "more": len(found) > MOST_ROWS,
            "wanted": {name: asked.get(name) for name in FILTERS},
            "empty": here.as_of.position == 0,
            "kinds": [(kind, kind) for kind in get_args(Kind)],
            "grades": [*grades, (UNGRADED, UNGRADED)],
        },
    )


def _matches(body: SourceItem, asked: Asked) -> bool:
    names = (body["id"], body["name"], *body["aliases"], body["country"], body["note"])
    text = " ".join(each for each in names if each).lower()
    return (
        asked.get("kind") in (None, body["kind"])
        and asked.get("reliability") in (None, body["reliability"] or UNGRADED)
        and all(word in text for word in asked.get("q", "").lower().split())
    )


PAGES: tuple[PageRoute, ...] = (("/sources", _sources, (*TIMES, *FILTERS)),)
