"""The board: every indicator with its estimate, its recent revisions and its flags, by topic."""

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from projections.answers.claims import any_unspecified
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.replay import last_touch
from projections.answers.values import Number
from service.http.parameters import BOARD_FILTERS, TIMES, Asked
from service.query.board import Board, BoardFilter, Row, group_of
from service.query.change_words import change_words
from service.query.changed import changes_since
from service.query.net_change import net_change
from service.query.slippage import slippage_rows, standing_row
from service.query.standpoint import Standpoint
from service.query.words import explained_heading
from service.service import Service
from service.web.downloads import downloads
from service.web.filters import filter_choices
from service.web.links import address
from service.web.pages import Page, PageRoute, page_response, shared_context
from service.web.visit import Visit, visit_of

A_PAGE = 100
"""Maximum number of indicators on a page."""
SORTS = (("title", "title"), ("revised", "last revised"))
SPARKLINE = (96, 24)
"""Width and height of a sparkline."""
Body = dict[str, Any]


def _board(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    wanted = BoardFilter(*(asked.get(name) for name in BOARD_FILTERS))
    shown, sort = Board(here), asked.get("sort")
    found = list(shown.rows(wanted, sort or "topic"))
    pages = max(1, -(-len(found) // A_PAGE))
    number = min(asked.get("page", 1), pages)
    part = found[(number - 1) * A_PAGE : number * A_PAGE]
    current = here.current and here.plain
    visit = visit_of(request, service.log.id, here.as_of.position, service.clock()) if current else None
    later = shown.later(part)
    groups = [
        (topic, [_row(here, shown, row, visit, later) for row in rows])
        for topic, rows in groupby(part, lambda row: _group(row, wanted, sort))
    ]
    context = {
        "groups": groups,
        "grouped": any(topic for topic, _ in groups),
        "changed": sum(row["change"] is not None for _, rows in groups for row in rows),
        "visit": visit,
        "later": len(later),
        "wanted": wanted,
        "sort": sort,
        "filtered": wanted != BoardFilter(),
        "empty": here.as_of.position == 0,
        "total": len(found),
        "paging": _paging(request, number, pages),
        "choices": filter_choices(here) | {"sort": [*SORTS]},
        "sparkline": SPARKLINE,
        "downloads": downloads(request, "These estimates", "/v1/estimates"),
    }
    made = page_response(request, Page("board.html", context), shared_context(service, here))
    if visit is not None:
        made.headers.append("Set-Cookie", visit.cookie(secure=request.url.scheme == "https"))
    return made


def _group(row: Row, wanted: BoardFilter, sort: str | None) -> str | None:
    return None if sort else group_of(row.definition, wanted.topic)


def _paging(request: Request, number: int, pages: int) -> Body:
    """Which page of how many this is, and the addresses of its neighbours."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "page"]

    def page(n: int) -> str | None:
        return address("/", [*kept, ("page", n if n > 1 else None)]) if 1 <= n <= pages else None

    return {"number": number, "pages": pages, "previous": page(number - 1), "next": page(number + 1)}


def _row(here: Standpoint, shown: Board, row: Row, visit: Visit | None, later: Collection[str]) -> Body:
    statements = slippage_rows(here, row.indicator) or [] if row.definition.plans_for else []
    body = shown.short_item(row) if row.indicator in later else shown.item(row)
    return {
        **body,
        **(_left(here, body) if row.indicator in later else _seen(shown, body)),
        "plan": standing_row(statements, body["used"][0] if body["used"] else None),
        "change": None if visit is None else _change(here, row.indicator, visit.since),
    }


def _seen(shown: Board, body: EstimateAnswer) -> Body:
    seen = shown.glance(body["indicator"])
    return {
        "heading": explained_heading(body, seen.unspecified),
        "codes": seen.flag_counts,
        "sparkline": _sparkline(seen.recent),
        "later": False,
    }


def _left(here: Standpoint, body: EstimateAnswer) -> Body:
    """What is shown of an indicator whose flags and revisions are left for later."""
    unspecified = any_unspecified(here.db, body["indicator"], here.on(body["indicator"]).as_of)
    return {"heading": explained_heading(body, unspecified), "later": True}


def _change(here: Standpoint, indicator: str, since: int) -> str | None:
    """How the answer about an indicator changed since a position, in words; None if it did not."""
    if last_touch(here.db, indicator, here.as_of.position) <= since:
        return None
    found = net_change(changes_since(here, indicator, since))
    return None if found is None else change_words(found)


def _sparkline(figures: Sequence[Number]) -> str:
    """Return the figures as the path of an even step line; empty for fewer than two numbers."""
    numbers = [figure for figure in figures if figure is not None]
    if len(numbers) < 2:
        return ""
    (width, height), lowest = SPARKLINE, min(0, *numbers)
    extent = (max(numbers) - lowest) or 1
    path, drawing = "", False
    for i, figure in enumerate(figures):
        start, end = (round(width * x / len(figures), 1) for x in (i, i + 1))
        if figure is not None:
            y = round(height - 2 - (figure - lowest) / extent * (height - 4), 1)
            path += f"{'L' if drawing else 'M'}{start} {y}H{end}"
        drawing = figure is not None
    return path


PAGES: tuple[PageRoute, ...] = (("/", _board, (*TIMES, *BOARD_FILTERS, "sort", "page")),)
