"""A source: its grades over time, the revisions of its figures, and its reports."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request

from projections.answers.values import number
from projections.tables.registry import indicator_at
from service.http.lookups import nothing
from service.http.parameters import TIMES, Asked
from service.query.history import RevisionRow
from service.query.reports import ReportAnswer, report
from service.query.sources import source
from service.query.standpoint import Standpoint
from service.query.track_records import (
    MOST_RECORDS,
    IndicatorTrackRecord,
    TrackRecordFields,
    voiced_indicators,
)
from service.service import Service
from service.web.links import address
from service.web.pages import Page, PageRoute
from service.web.wording import counted

Body = dict[str, Any]


def _source(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    name = request.path_params["id"]
    body = source(here, name)
    if body is None:
        raise nothing("source", name, here)
    found = [report(here, service.log, each) for each in body["reports"]]
    voiced = voiced_indicators(here, name)
    return Page(
        "source.html",
        {
            "source": body,
            "revised": _overall(body["revisions"]),
            "indicators": _indicators(here, voiced[:MOST_RECORDS], body["revisions"]["indicators"]),
            "more_indicators": max(0, len(voiced) - MOST_RECORDS),
            "links": {
                "revisions": address(f"/v1/sources/{name}/revisions", {}),
                "grades": address("/v1/events", {"source": name, "type": "SourceGraded"}),
            },
            "settled": any(each["revised"] for each in body["revisions"]["indicators"]),
            "reports": sorted((r for r in found if r), key=_published, reverse=True),
            "more": body["n_reports"] > len(body["reports"]),
            "watched": address("/v1/events", {"source": name}),
        },
    )


def _published(report: ReportAnswer) -> tuple[str, int]:
    return report["published_at"], report["position"]


def _overall(record: TrackRecordFields) -> list[str]:
    """How the first figures of all indicators were revised, in sentences."""
    cells, revised = record["cells"], record["revised"]
    if not cells:
        return ["It has not given a figure of its own yet."]
    if not revised:
        return [f"It gave {_first_figures(cells)} and has revised none so far."]
    sentences = [f"It gave {_first_figures(cells)} and later revised {revised} of them."]
    if record["bias"] is not None:
        size = f"{record['mean_absolute_revision']:.0%}".replace("%", " %")
        sentences.append(f"Its first figures were on average {_share(record['bias'])}.")
        sentences.append(f"The average revision was {size}, counting unrevised figures as 0.")
    days = record["days_to_settle"]
    sentences.append(f"Revised figures settled after a median of {days:g} days.")
    return sentences


def _first_figures(cells: int) -> str:
    return f"first figures for {cells} cells" if cells > 1 else "a first figure for one cell"


def _share(bias: float) -> str:
    """A mean revision in words; it is above 0 if first figures were too low."""
    share = f"{abs(bias):.0%}".replace("%", " %")
    if share == "0 %":
        return "neither too low nor too high"
    return f"{share} too {'low' if bias > 0 else 'high'}"


def _indicators(
    here: Standpoint, voiced: Iterable[str], records: Iterable[IndicatorTrackRecord]
) -> list[Body]:
    """The indicators on which a voice made claims, each with its record of revisions, if any."""
    by_indicator = {record["indicator"]: _rounded(record) for record in records}
    rows = []
    for each in voiced:
        defined = indicator_at(here.db, each, here.as_of.position)
        title = defined.definition.title if defined else each
        record = by_indicator.get(each)
        changes = _changes(record["headline"]) if record else ""
        rows.append({"id": each, "title": title, "record": record, "changes": changes})
    return rows


def _changes(headline: RevisionRow | None) -> str:
    """How often a headline advanced and was revised, in words."""
    if headline is None:
        return ""
    counts = {"advance": headline["n_advances"], "revision": headline["n_revisions"]}
    return " and ".join(counted(n, noun) for noun, n in counts.items() if n)


def _rounded(record: IndicatorTrackRecord) -> Body:
    """A record with the rounded size of its bias, and whole numbers without a decimal point."""
    off, days = record["bias"], record["days_to_settle"]
    rounded = None if off is None else number(round(abs(off), 1))
    return {**record, "off": rounded, "days_to_settle": number(days)}


PAGES: tuple[PageRoute, ...] = (("/sources/{id}", _source, TIMES),)
