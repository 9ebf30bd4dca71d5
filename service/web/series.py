"""The series page: each period of an indicator by itself, as a picture over time and as a table."""

from typing import Any

from starlette.requests import Request

from domain.period import parse_period, upper_instant
from domain.times import to_micros
from projections.answers.series import series
from projections.tables.registry import indicator_at
from service.http.lookups import indicator_named, narrowing
from service.http.parameters import TIMES, Asked
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.chart import drawing
from service.web.chart.picture import framed
from service.web.pages import Page, Shown

MOST_ROWS = 400
"""So many of the latest periods stand in the table; the picture and the interface have all."""


def _series(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    name = indicator_named(request, here)
    row = indicator_at(here.db, name, here.as_of.position)
    if row is None:
        return Page("undefined.html", {"indicator": name})
    release = asked.get("release", "latest")
    rows = series(here.db, name, here.as_of, narrowing(asked), release, None, here.suspect)
    return Page(
        "series.html",
        {
            "indicator": name,
            "definition": row.definition,
            "rows": rows[::-1][:MOST_ROWS],
            "earlier": max(0, len(rows) - MOST_ROWS),
            "chart": _drawn(rows, row.definition.title, row.definition.unit),
            "release": str(release),
            "cohort": asked.get("cohort", ""),
            "originator": asked.get("originator", ""),
        },
    )


def _drawn(rows: list[dict[str, Any]], title: str, unit: str) -> str:
    """The figure of each period as a step from its end to the end of the next."""
    steps = sorted((step for row in rows if (step := _step(row))), key=lambda step: step.at)
    if not steps:
        return ""
    span = framed([step.at for step in steps])
    return drawing.draw(drawing.Picture(steps, (), (), *span, title, unit))


def _step(row: dict[str, Any]) -> drawing.Step | None:
    last = upper_instant(parse_period(row["period"])) if row["period"] else None
    if last is None:
        return None
    names = ("best", "low", "high", "open_low", "open_high")
    return drawing.Step(to_micros(last), *(row[name] for name in names))


PAGES: tuple[Shown, ...] = (
    ("/estimates/{indicator}/series", _series, (*TIMES, "cohort", "originator", "release")),
)
