"""The series page: each period of an indicator by itself, as a chart over time and as a table.

A total can be shown as its steps, and an increment as a running total.
"""

from collections.abc import Sequence

from starlette.requests import Request

from domain.period import parse_period, upper_instant
from domain.times import to_micros
from projections.answers.cell_estimates import SeriesRow
from projections.answers.derived_series import AS, NotDerivable
from projections.answers.estimate_answer import EstimateAnswer
from projections.tables.registry import indicator_at
from service.http.lookups import indicator_named, narrowing
from service.http.parameters import TIMES, Asked, bad_parameter
from service.query.history import series_rows
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.chart.drawing import draw
from service.web.chart.picture import Picture, Step, step_of
from service.web.chart.revisions import time_frame
from service.web.downloads import downloads
from service.web.pages import Page, PageRoute

MOST_ROWS = 400
"""Maximum number of periods in the table, the latest ones; the chart and the interface have all."""


def _series(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    name = indicator_named(request, here)
    row = indicator_at(here.db, name, here.as_of.position)
    if row is None:
        return Page("undefined.html", {"indicator": name, "detail": ""})
    release, turned, cohort = asked.get("release", "latest"), asked.get("as"), asked.get("cohort")
    try:
        rows = series_rows(here, name, narrowing(asked), release, turned=turned)
    except NotDerivable as error:
        raise bad_parameter("as", str(error)) from None
    measure = row.definition.measure
    return Page(
        "series.html",
        {
            "indicator": name,
            "definition": row.definition,
            "rows": rows[::-1][:MOST_ROWS],
            "earlier": max(0, len(rows) - MOST_ROWS),
            "chart": _chart(_of_cohort(rows, cohort), row.definition.title, row.definition.unit),
            "release": str(release),
            "cohort": cohort or "",
            "originator": asked.get("originator", ""),
            "downloads": downloads(request, "These periods", f"/v1/estimates/{name}/series"),
            "measure": turned or measure,
            "measures": AS if measure in AS else (),
            "cohorts": any(each["cohort"] for each in rows),
            "incidents": any(each["incident"] for each in rows),
        },
    )


def _of_cohort(rows: Sequence[SeriesRow], cohort: str | None) -> list[SeriesRow]:
    """The periods of the cohort asked, or of the whole, which a chart can show one after another."""
    return [row for row in rows if row["cohort"] == cohort and row["incident"] is None]


def _chart(rows: Sequence[EstimateAnswer], title: str, unit: str) -> str:
    """Draw the figure of each period as a step, from the period's end to the end of the next."""
    steps = sorted((step for row in rows if (step := _step(row))), key=lambda step: step.at)
    if not steps:
        return ""
    span = time_frame([step.at for step in steps])
    return draw(Picture(steps, (), (), *span, title, unit))


def _step(row: EstimateAnswer) -> Step | None:
    last = upper_instant(parse_period(row["period"])) if row["period"] else None
    return None if last is None else step_of(to_micros(last), row)


PAGES: tuple[PageRoute, ...] = (
    ("/estimates/{indicator}/series", _series, (*TIMES, "cohort", "originator", "release", "as")),
)
