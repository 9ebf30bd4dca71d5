"""A report: its publisher, its claims, both its times, and its history."""

from typing import Any

from starlette.requests import Request

from domain.times import show_instant
from projections.answers.claims import look_up, relays_of
from service.http.lookups import nothing
from service.http.parameters import TIMES, Asked
from service.query.claims import disputes
from service.query.corrections import CorrectedField, corrections
from service.query.report_claims import ReportClaim
from service.query.reports import ReportInForce, report_answer, report_events, report_in_force
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.event_row import event_row
from service.web.links import address
from service.web.pages import Page, PageRoute
from service.web.wording import with_thin_spaces

MOST_CLAIMS = 1_000
"""Maximum number of claims on the page."""
MOST_RELAYS = 20
"""Maximum number of relays listed for a claim."""


def _report(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    name = request.path_params["id"]
    report = report_in_force(here, service.log, name)
    if report is None:
        raise nothing("report", name, here)
    body, end = report_answer(here, report, service.evidence), report.version.withdrawn_from
    claims = [_claim(here, report, each) for each in body["claims"][:MOST_CLAIMS]]
    return Page(
        "report.html",
        {
            "report": body,
            "claims": claims,
            "derived": any(
                each["derived_from"] or each["rests_on"] or each["relays"] for each in claims
            ),
            "kind": report.version.kind,
            "withdrawn": report.version.withdrawn,
            "withdrawn_from": show_instant(end) if end else None,
            "history": _history(service, name, here),
            "stix": address("/v1/stix", {"report": name, "known_at": _known_at(request)}),
            "watched": address("/v1/events", {"report": name}),
        },
    )


def _known_at(request: Request) -> str | None:
    """The record time that the page is asked at, the only one that STIX can be asked at."""
    return request.query_params.get("known_at")


def _claim(here: Standpoint, report: ReportInForce, body: ReportClaim) -> dict[str, Any]:
    """Return a claim with the grade of its source, its relays and its disputes."""
    found = look_up(here.db, here.as_of)(body["id"])
    relays = relays_of(here.db, body["id"], here.as_of, MOST_RELAYS + 1)
    return {
        **body,
        "reliability": found.reliability if found else None,
        "relays": [relay.id for relay in relays[:MOST_RELAYS]],
        "more_relays": len(relays) > MOST_RELAYS,
        "disputes": disputes(here, report.state, body["n"]),
    }


def _history(service: Service, name: str, here: Standpoint) -> list[dict[str, Any]]:
    """The events of a report, each with what it changed."""
    changed = corrections(here, service.log, name)
    events = report_events(here, service.log, name)
    return [
        {
            **event_row(each),
            "changes": [_with_thin_spaces(change) for change in changed.get(each["position"], ())],
        }
        for each in events
    ]


def _with_thin_spaces(change: CorrectedField) -> CorrectedField:
    """A change with thin spaces in its figures."""
    if change["field"] not in ("says", "claim"):
        return change
    before, after = (
        with_thin_spaces(text or "") or None for text in (change["before"], change["after"])
    )
    return {**change, "before": before, "after": after}


PAGES: tuple[PageRoute, ...] = (("/reports/{id}", _report, TIMES),)
