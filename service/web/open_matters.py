"""What is open: a page of what somebody should look at, each with the act that settles it."""

from typing import Any

from starlette.requests import Request

from projections.tables.registry import definitions_at
from service.http.parameters import TIMES, Asked
from service.query.open_matters import MOST, what_is_open
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.pages import Page, PageRoute

Body = dict[str, Any]


def _open(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    defined = definitions_at(here.db, here.as_of.position)
    titles = {name: definition.title for name, definition in defined}
    return Page("open.html", {"open": what_is_open(here), "titles": titles, "most": MOST})


PAGES: tuple[PageRoute, ...] = (("/open", _open, TIMES),)
