"""The log, newest first; its newest page receives new events live."""

from typing import Any

from starlette.requests import Request

from domain.events import EVENT_TYPES
from projections.answers.selection import Selection, positions
from service.http.parameters import SELECTING, SIGHT, TIMES, Asked
from service.http.times import position_of_time
from service.query import words
from service.query.cleared_events import event_answers
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.downloads import downloads
from service.web.event_row import MOST_CHARACTERS, event_row
from service.web.links import address
from service.web.pages import Page, PageRoute

PAGE_SIZE = 100
"""Number of events on a page."""


def _log(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    wanted: dict[str, Any] = {name: asked.get(name) for name in SELECTING}
    selection = Selection(**wanted, sight=asked[SIGHT])
    end = here.as_of.position
    if "until" in asked:
        end = min(end, position_of_time(here.db, asked["until"]))
    ending = {"before": str(end + 1)} if "until" in asked else {}
    found, older, newer = _page(here, selection, asked, end)
    rows = [event_row(each) for each in event_answers(here.db, service.log.at(found))]
    return Page(
        "log.html",
        {
            "rows": rows,
            "wanted": wanted,
            "until": request.query_params.get("until", ""),
            "types": [(each.TYPE, words.event(each.TYPE)) for each in EVENT_TYPES],
            "older": _link(request, before=older[0] + 1) if older else None,
            "newer": _link(request, after=newer[0] - 1) if newer else None,
            "newest": _link(request),
            "stream": address("/v1/events", wanted) if here.current and not newer else None,
            "most": PAGE_SIZE,
            "downloads": downloads(request, "All such events", "/v1/events", order="desc", **ending),
            "longest": MOST_CHARACTERS,
        },
    )


def _page(here: Standpoint, selection: Selection, asked: Asked, end: int) -> tuple[list[int], ...]:
    """Return positions, newest first: those of a page, of one older event, of one newer event, if any.

    With `before`, the page ends before a position; with `after`, it starts after one.
    """

    def select(after: int, before: int, limit: int, *, descending: bool) -> list[int]:
        return positions(here.db, selection, after, before, limit, descending=descending)

    head = here.as_of.position + 1
    after, before = asked.get("after", 0), min(asked.get("before", head), end + 1)
    forward = "after" in asked and "before" not in asked
    found = select(after, before, PAGE_SIZE + 1, descending=not forward)
    found, beyond = found[:PAGE_SIZE], found[PAGE_SIZE:]
    if forward:
        found.reverse()
        return found, select(0, found[-1] if found else after + 1, 1, descending=True), beyond
    first = found[0] if found else before - 1
    return found, beyond, select(first, head, 1, descending=False) if before < head else []


def _link(request: Request, **place: int) -> str:
    """Return the address of the same log at another place, without the date jumped to."""
    query = request.query_params.multi_items()
    kept = [(n, v) for n, v in query if v and n not in ("after", "before", "until", "min_position")]
    return address("/events", [*kept, *place.items()])


_PARAMETERS = (*TIMES, *SELECTING, "after", "before", "until")
PAGES: tuple[PageRoute, ...] = (("/events", _log, _PARAMETERS),)
