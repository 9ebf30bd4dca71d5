"""Sources: who they are, how they are graded and were, and how their own figures were revised."""

from typing import Any, get_args

from starlette.requests import Request

from domain.vocabulary import Kind, Reliability
from projections.answers.estimates import number
from projections.tables.claims import indicators_voiced_by
from projections.tables.registry import indicator_at, source_at, sources_at
from service.http.lookups import nothing
from service.http.parameters import TIMES, UNGRADED, Asked
from service.query import reports, words
from service.query.sources import source_item, source_page
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.pages import Page, Shown

MOST_ROWS = 1_000
MOST_REPORTS = 100
FILTERS = ("q", "kind", "reliability")
Body = dict[str, Any]


def _sources(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    everyone = (source_item(row) for row in sources_at(here.db, here.as_of.position))
    found = [each for each in everyone if _matches(each, asked)]
    grades = [(each, words.grade(each)) for each in get_args(Reliability)]
    return Page(
        "sources.html",
        {
            "sources": found[:MOST_ROWS],
            "more": len(found) > MOST_ROWS,
            "wanted": {name: asked.get(name) for name in FILTERS},
            "empty": here.as_of.position == 0,
            "kinds": [(kind, kind) for kind in get_args(Kind)],
            "grades": [*grades, (UNGRADED, UNGRADED)],
        },
    )


def _matches(body: Body, asked: Asked) -> bool:
    text = f"{body['id']} {body['name']} {body['country'] or ''} {body['note'] or ''}".lower()
    return (
        asked.get("kind") in (None, body["kind"])
        and asked.get("reliability") in (None, body["reliability"] or UNGRADED)
        and all(word in text for word in asked.get("q", "").lower().split())
    )


def _source(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    name = request.path_params["id"]
    row = source_at(here.db, name, here.as_of.position)
    if row is None:
        raise nothing("source", name)
    body = source_page(here.db, row, here.as_of)
    first = body["reports"][:MOST_REPORTS]
    found = [reports.report(service.log, each, here.as_of) for each in first]
    return Page(
        "source.html",
        {
            "source": body,
            "revised": _overall(body["revisions"]),
            "indicators": _indicators(here, name, body["revisions"]["indicators"]),
            "settled": any(each["revised"] for each in body["revisions"]["indicators"]),
            "reports": sorted((r for r in found if r), key=_published, reverse=True),
            "more": len(body["reports"]) > MOST_REPORTS,
        },
    )


def _published(report: Body) -> tuple[str, int]:
    return report["published_at"], report["position"]


def _overall(record: Body) -> list[str]:
    """How first figures held, all indicators together, in sentences."""
    cells, revised = record["cells"], record["revised"]
    if not cells:
        return ["It gave no figure of its own yet."]
    if not revised:
        return [f"It gave {_counted(cells)}, and revised none of them so far."]
    told = [f"It gave {_counted(cells)} and revised {revised} of them later."]
    if record["bias"] is not None:
        size = f"{record['mean_absolute_revision']:.0%}".replace("%", " %")
        told.append(f"Its first figures were on average {_share(record['bias'])}.")
        told.append(f"A revision, counted as 0 where there was none, came to {size} on average.")
    days = record["days_to_settle"]
    told.append(f"A revised figure took {days:g} days from the first word to the last, as a median.")
    return told


def _counted(cells: int) -> str:
    return f"first figures for {cells} cells" if cells > 1 else "a first figure for one cell"


def _share(bias: float) -> str:
    """A mean revision as a share: above 0 where first figures were too low."""
    share = f"{abs(bias):.0%}".replace("%", " %")
    if share == "0 %":
        return "neither too low nor too high"
    return f"{share} too {'low' if bias > 0 else 'high'}"


def _indicators(here: Standpoint, name: str, records: list[Body]) -> list[Body]:
    """The indicators that a source spoke of, each with how its figures were revised, if it has any."""
    held = {record["indicator"]: _rounded(record) for record in records}
    rows = []
    for each in indicators_voiced_by(here.db, name, here.as_of.position):
        defined = indicator_at(here.db, each, here.as_of.position)
        title = defined.definition.title if defined else each
        rows.append({"id": each, "title": title, "record": held.get(each)})
    return rows


def _rounded(record: Body) -> Body:
    """A record with the size of its bias, and its days, as whole as they are."""
    off, days = record["bias"], record["days_to_settle"]
    rounded = None if off is None else number(round(abs(off), 1))
    return {**record, "off": rounded, "days_to_settle": number(days)}


PAGES: tuple[Shown, ...] = (
    ("/sources", _sources, (*TIMES, *FILTERS)),
    ("/sources/{id}", _source, TIMES),
)
