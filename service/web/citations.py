"""Citations: figures that were used somewhere, those that moved first."""

from starlette.requests import Request

from projections.tables.registry import indicators_at
from service.http.parameters import Asked
from service.query.citations import STATES, citations
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.acts.places import CITE
from service.web.downloads import downloads
from service.web.pages import Page, PageRoute

MOST = 200
"""Maximum number of citations on the page; the interface has all of them."""
MOST_SUGGESTED = 1_000
"""Maximum number of indicator ids suggested in the filter."""


def _citations(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    state, indicator = asked.get("state"), asked.get("indicator")
    found = citations(here, state, indicator, 0, MOST + 1)
    known = indicators_at(here.db, here.as_of.position, limit=MOST_SUGGESTED)
    return Page(
        "citations.html",
        {
            "citations": found[:MOST],
            "more": len(found) > MOST,
            "most": MOST,
            "state": state,
            "states": [(each, each) for each in STATES],
            "indicator": indicator or "",
            "known": known,
            "cite": CITE,
            "downloads": downloads(request, "These citations", "/v1/citations"),
        },
    )


_ASKED = ("known_at", "min_position", "state", "indicator")
PAGES: tuple[PageRoute, ...] = (("/citations", _citations, _ASKED),)
