"""Changed estimates, latest first: each with its event, and the figure as it was then."""

from starlette.requests import Request

from service.http.changed_page import changed_page
from service.http.paging import DEFAULT_LIMIT, following
from service.http.parameters import BOARD_FILTERS, TIMES, Asked
from service.http.permalinks import figure_then
from service.query.board import BoardFilter
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.downloads import Download, downloads
from service.web.filters import filter_choices
from service.web.links import address
from service.web.pages import Page, PageRoute


def _changes(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    found = changed_page(here, asked, DEFAULT_LIMIT, latest_first=True)
    older = following(service, request, found.last, here.echo)
    wanted = BoardFilter(*(asked.get(name) for name in BOARD_FILTERS))
    query = request.query_params
    ending = {name: query[name] for name in ("until",) if query.get(name)}
    narrowed = wanted != BoardFilter() or bool({"since", "until"} & asked.keys())
    return Page(
        "changes.html",
        {
            "rows": [
                {**item, "then": figure_then("", item["indicator"], asked, item["position"])}
                for item in found.items
            ],
            "wanted": wanted,
            "span": {name: query.get(name, "") for name in ("since", "until")},
            "narrowed": narrowed,
            "choices": filter_choices(here),
            "older": older and older.address,
            "newest": address("/changes", [each for each in query.multi_items() if each[0] != "cursor"])
            if "cursor" in asked
            else None,
            "feeds": _feeds(request, asked),
            "downloads": downloads(request, "These changes", "/v1/changes", order="desc", **ending),
        },
    )


def _feeds(request: Request, asked: Asked) -> list[Download]:
    """The same question as a feed, which is always about what we know now."""
    if asked.keys() & {"known_at", "published_by", "valid_at"}:
        return []
    names = (*BOARD_FILTERS, "since", "until")
    kept = {name: value for name in names if (value := request.query_params.get(name))}
    forms = {"Atom": "/feeds/changes.atom", "JSON Feed": "/feeds/changes.json"}
    return [Download("Feed", {form: address(path, kept) for form, path in forms.items()})]


PAGES: tuple[PageRoute, ...] = (
    ("/changes", _changes, (*TIMES, *BOARD_FILTERS, "since", "until", "cursor")),
)
