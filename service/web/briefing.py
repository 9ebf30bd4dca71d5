"""The briefing as a page: since a day, or since the last visit to the board."""

from starlette.requests import Request

from service.http.briefed import QUERY, briefed
from service.http.parameters import BOARD_FILTERS, Asked
from service.interop.briefing_text import (
    NOTHING,
    heading,
    left_out,
    links_of,
    sections,
    told_of_several,
)
from service.query.board import BoardFilter
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.downloads import Download
from service.web.filters import filter_choices
from service.web.links import address
from service.web.pages import Page, PageRoute
from service.web.visit import visit_of

AXES = (("record", "recorded"), ("publication", "published"))


def _briefing(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    visit = None
    if "since" not in asked and "known_at" not in asked and asked.get("axis") != "publication":
        visit = visit_of(request, service.log.id, here.as_of.position, service.clock()).since
        asked = {**asked, "since": min(visit, asked["until"]) if _is_position(asked) else visit}
    found = briefed(asked, here)
    query = {name: value for name, value in request.query_params.items() if name in QUERY and value}
    given = {**query, **({} if visit is None else {"since": str(visit)})}
    return Page(
        "briefing.html",
        {
            "heading": heading(found),
            "sections": sections(found["items"]),
            "rule": found["rule"],
            "nothing": NOTHING,
            "left_out": left_out(found),
            "visit": visit,
            "wanted": BoardFilter(*(asked.get(name) for name in BOARD_FILTERS)),
            "span": {name: query.get(name, "") for name in ("since", "until")},
            "axis": found["axis"],
            "axes": AXES,
            "choices": filter_choices(here),
            "links_of": links_of,
            "told_of_several": told_of_several,
            "downloads": [Download("This briefing", {"JSON": address("/v1/briefing", given)})],
        },
    )


def _is_position(asked: Asked) -> bool:
    return isinstance(asked.get("until"), int)


PAGES: tuple[PageRoute, ...] = (("/briefing", _briefing, QUERY),)
