"""The board: every indicator with its estimate, how it was revised lately, and what is flagged."""

from typing import Any, get_args

from starlette.requests import Request

from domain.estimates.figures import single_number
from domain.estimates.flags import FlagCode
from domain.times import from_micros, show_instant
from domain.vocabulary import Measure
from projections.answers.vintages import Vintage
from service.http.parameters import TIMES, Asked
from service.query import estimates
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.pages import Page, Shown

MOST_ROWS = 1_000
FILTERS = ("q", "measure", "flag", "source")
SPARK = (96, 24)
"""Width and height of a sparkline."""


def _board(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    wanted = estimates.Board(*(asked.get(name) for name in FILTERS))
    rows = estimates.board(here.db, here.as_of, wanted, "", MOST_ROWS, here.current, here.suspect)
    shown = [_row(body, service.recent(here.db, body["indicator"], here.as_of)) for body in rows]
    return Page(
        "board.html",
        {
            "rows": shown,
            "wanted": wanted,
            "empty": not rows and here.as_of.position == 0,
            "measures": get_args(Measure),
            "codes": get_args(FlagCode),
            "spark": SPARK,
        },
    )


def _row(body: dict[str, Any], vintages: list[Vintage]) -> dict[str, Any]:
    latest = vintages[-1] if vintages else None
    return {
        **body,
        "codes": list(dict.fromkeys(flag["code"] for flag in body["flags"])),
        "revised": show_instant(from_micros(latest.moment)) if latest else None,
        "revision": latest.cause.position if latest else 0,
        "spark": _spark([vintage.body for vintage in vintages]),
    }


def _spark(bodies: list[dict[str, Any]]) -> str:
    """The latest figures as a path of steps, evenly spaced; empty for fewer than two numbers."""
    figures = [single_number(b["best"], b["low"], b["high"]) for b in bodies]
    numbers = [figure for figure in figures if figure is not None]
    if len(numbers) < 2:
        return ""
    (width, height), least = SPARK, min(0, *numbers)
    room = (max(numbers) - least) or 1
    path, begun = "", False
    for i, figure in enumerate(figures):
        start, end = (round(width * x / len(figures), 1) for x in (i, i + 1))
        if figure is not None:
            y = round(height - 2 - (figure - least) / room * (height - 4), 1)
            path += f"{'L' if begun else 'M'}{start} {y}H{end}"
        begun = figure is not None
    return path


PAGES: tuple[Shown, ...] = (("/", _board, (*TIMES, *FILTERS)),)
