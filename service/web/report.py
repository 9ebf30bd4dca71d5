"""A report: where it was read, what it claims, both its times, and all that happened to it."""

from typing import Any

from starlette.requests import Request

from domain.times import show_instant
from projections.answers.as_of import look_up, relays_of
from service.http.lookups import nothing
from service.http.parameters import TIMES, Asked
from service.query import reports
from service.query.corrections import Change, corrections
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.log import row_of
from service.web.pages import Page, Shown, thin

MOST_CLAIMS = 1_000
MOST_RELAYS = 20


def _report(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    name = request.path_params["id"]
    shown = reports.shown_report(service.log, name, here.as_of)
    if shown is None:
        raise nothing("report", name)
    body, end = reports.report_item(shown), shown.version.withdrawn_from
    claims = [_claim(here, shown, each) for each in body["claims"][:MOST_CLAIMS]]
    return Page(
        "report.html",
        {
            "report": body,
            "claims": claims,
            "derived": any(each["derived_from"] or each["relays"] for each in claims),
            "kind": shown.version.kind,
            "withdrawn": shown.version.withdrawn,
            "withdrawn_from": show_instant(end) if end else None,
            "history": _history(service, name, here),
        },
    )


def _claim(here: Standpoint, shown: reports.Shown, body: dict[str, Any]) -> dict[str, Any]:
    """A claim with what others found out about it."""
    found = look_up(here.db, here.as_of)(body["id"])
    relays = relays_of(here.db, body["id"], here.as_of, MOST_RELAYS + 1)
    return {
        **body,
        "reliability": found.reliability if found else None,
        "relays": [relay.id for relay in relays[:MOST_RELAYS]],
        "more_relays": len(relays) > MOST_RELAYS,
        "disputes": reports.disputes(shown.state, body["n"], here.as_of),
    }


def _history(service: Service, name: str, here: Standpoint) -> list[dict[str, Any]]:
    changed = corrections(service.log, name, here.as_of)
    events = reports.report_events(service.log, name, here.as_of)
    return [
        {**row_of(each), "changes": [_thin(change) for change in changed.get(each["position"], ())]}
        for each in events
    ]


def _thin(change: Change) -> Change:
    """A change with the thousands of its figures set apart."""
    if change["field"] not in ("says", "claim"):
        return change
    return {**change, **{name: thin(change[name] or "") or None for name in ("before", "after")}}


PAGES: tuple[Shown, ...] = (("/reports/{id}", _report, TIMES),)
