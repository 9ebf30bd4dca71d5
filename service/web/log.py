"""The log, newest first: each event with what it is about, and itself beside it; live at its end."""

import json
from typing import Any
from urllib.parse import urlencode

from pydantic_core import from_json
from starlette.requests import Request

from domain.events import EVENT_TYPES
from domain.stream_names import split_stream
from projections.answers.selection import Selection, positions
from service.api.events import SELECTING
from service.http.parameters import TIMES, Asked, position_of_time
from service.query import words
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.pages import Page, Shown

A_PAGE = 100
LONGEST = 20_000
"""An event of more characters is not written out on a page."""


def row_of(event: dict[str, Any]) -> dict[str, Any]:
    """An event as pages show it; one that was redacted has neither time nor actor nor data."""
    family, name = split_stream(event["stream"])
    data = event.get("data", {})
    raw = json.dumps(event, indent=2, ensure_ascii=False)
    return {
        "position": event["position"],
        "type": event["type"],
        "family": family,
        "id": name,
        "n": data.get("n"),
        "recorded_at": event.get("recorded_at", ""),
        "actor": event.get("actor", ""),
        "data": data,
        "note": data.get("reason") or data.get("rationale") or _title(data) or "",
        "raw": raw if len(raw) <= LONGEST else None,
    }


def _title(data: dict[str, Any]) -> str | None:
    parts = (data.get("provenance"), data.get("definition"))
    return next((part["title"] for part in parts if part and part.get("title")), data.get("name"))


def _log(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    wanted: dict[str, Any] = {name: asked.get(name) for name in SELECTING}
    selection = Selection(**wanted, clearance=here.as_of.clearance)
    end = here.as_of.position
    if "until" in asked:
        end = min(end, position_of_time(here.db, asked["until"]))
    found, older, newer = _page(here, selection, asked, end)
    rows = [row_of(from_json(each.wire())) for each in service.log.at(found)]
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
            "stream": _stream(wanted) if here.current and not newer else None,
            "most": A_PAGE,
            "longest": LONGEST,
        },
    )


def _page(here: Standpoint, selection: Selection, asked: Asked, end: int) -> tuple[list[int], ...]:
    """Positions, newest first: those of a page, one of an older event, one of a newer, where there are.

    `before` is a page that ends in front of a position, `after` one that begins behind it.
    """

    def some(after: int, before: int, limit: int, *, descending: bool) -> list[int]:
        return positions(here.db, selection, after, before, limit, descending=descending)

    head = here.as_of.position + 1
    after, before = asked.get("after", 0), min(asked.get("before", head), end + 1)
    forward = "after" in asked and "before" not in asked
    found = some(after, before, A_PAGE + 1, descending=not forward)
    found, beyond = found[:A_PAGE], found[A_PAGE:]
    if forward:
        found.reverse()
        return found, some(0, found[-1] if found else after + 1, 1, descending=True), beyond
    first = found[0] if found else before - 1
    return found, beyond, some(first, head, 1, descending=False) if before < head else []


def _link(request: Request, **place: int) -> str:
    """The same log at another place; a day jumped to counts no more."""
    query = request.query_params.multi_items()
    kept = [(n, v) for n, v in query if v and n not in ("after", "before", "until", "min_position")]
    asks = urlencode([*kept, *place.items()])
    return f"/events?{asks}" if asks else "/events"


def _stream(wanted: dict[str, Any]) -> str:
    """The address at which the same events come live."""
    chosen = {name: value for name, value in wanted.items() if value is not None}
    return f"/v1/events?{urlencode(chosen)}" if chosen else "/v1/events"


_ASKS = (*TIMES, *SELECTING, "after", "before", "until")
PAGES: tuple[Shown, ...] = (("/events", _log, _ASKS),)
