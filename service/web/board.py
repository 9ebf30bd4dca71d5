"""The board: every indicator with its estimate, its recent revisions and its flags."""

from typing import Any, get_args

from starlette.requests import Request

from domain.estimates.figures import single_number
from domain.estimates.flags import FlagCode
from domain.times import from_micros, show_instant
from domain.vocabulary import Measure
from projections.answers.claims import any_unspecified
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.vintages import Vintage, VintageFigure
from service.http.parameters import TIMES, Asked
from service.query import estimates
from service.query.slippage import slippage_rows, standing_row
from service.query.standpoint import Standpoint
from service.query.words import explained_heading
from service.service import Service
from service.web.pages import Page, PageRoute

MOST_ROWS = 1_000
"""Maximum number of indicators on the board."""
FILTERS = ("q", "measure", "flag", "source")
SPARKLINE = (96, 24)
"""Width and height of a sparkline."""


def _board(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    wanted = estimates.BoardFilter(*(asked.get(name) for name in FILTERS))
    rows = estimates.board(here, wanted, "", MOST_ROWS)
    return Page(
        "board.html",
        {
            "rows": [
                _row(here, body, service.recent(here.db, body["indicator"], here.as_of))
                for body in rows
            ],
            "wanted": wanted,
            "empty": not rows and here.as_of.position == 0,
            "measures": [(each, each) for each in get_args(Measure)],
            "codes": [(code, code) for code in get_args(FlagCode)],
            "sparkline": SPARKLINE,
        },
    )


def _row(here: Standpoint, body: EstimateAnswer, vintages: list[Vintage]) -> dict[str, Any]:
    latest = vintages[-1] if vintages else None
    statements = slippage_rows(here, body["indicator"]) or []
    return {
        **body,
        "heading": explained_heading(body, any_unspecified(here.db, body["indicator"], here.as_of)),
        "codes": list(dict.fromkeys(flag["code"] for flag in body["flags"])),
        "revised": show_instant(from_micros(latest.moment)) if latest else None,
        "revision": latest.cause.position if latest else 0,
        "plan": standing_row(statements, body["used"][0] if body["used"] else None),
        "sparkline": _sparkline([vintage.body for vintage in vintages]),
    }


def _sparkline(bodies: list[VintageFigure]) -> str:
    """Return the figures as the path of an even step line; empty for fewer than two numbers."""
    figures = [single_number(body["best"], body["low"], body["high"]) for body in bodies]
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


PAGES: tuple[PageRoute, ...] = (("/", _board, (*TIMES, *FILTERS)),)
