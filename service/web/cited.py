"""What a page says of its figure to those who cite it, and to programs that read pages."""

from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from service.http.permalinks import figure_link, figure_query, pinned
from service.http.routing import BIBTEX, CSL, CSV, PROV, RIS
from service.interop.citations.citation import citation
from service.interop.json_ld import as_script, figure_in_page
from service.query.estimates import estimate
from service.query.standpoint import Standpoint
from service.web.acts.places import cite_offer
from service.web.downloads import Download
from service.web.links import address
from service.web.replay.subject import Subject

FORMS = (
    ("BibTeX", "/citation.bib", BIBTEX),
    ("RIS", "/citation.ris", RIS),
    ("CSL-JSON", "/citation.json", CSL),
    ("PROV-JSON", "/explanation.prov.json", PROV),
)
"""The forms in which a figure is described: name, the end of the address, media type."""


def cited(
    request: Request, subject: Subject, here: Standpoint, log: str, tables: list[Download]
) -> dict[str, Any]:
    """The template variables of a figure to cite: a link that stays true, its forms, linked data."""
    indicator, definition = subject.row.id, subject.row.definition
    policy = subject.asked.get("policy") or definition.policy
    path, base = f"/v1{request.url.path}", str(request.base_url).rstrip("/")
    query = figure_query(request, here, policy)
    body = estimate(here, indicator, subject.narrowing, with_cohorts=False)
    given = citation(body, here.echo, figure_link(request, indicator, here, policy), log)
    meaning = definition.definition or definition.measure
    csv = [_pinned_table(each.forms["CSV"], here) for each in tables]
    hrefs = {name: address(f"{path}{end}", query) for name, end, _ in FORMS}
    origin = {"PROV-JSON": hrefs.pop("PROV-JSON")}
    return {
        "cite": cite_offer(indicator, query),
        "permalink": figure_link(request, indicator, here, policy, axis=subject.axis),
        "described": [(kind, {**hrefs, **origin}[name]) for name, _, kind in FORMS],
        "citations": [
            Download("For a reference manager", hrefs),
            Download("Where it comes from", origin),
            Download("To check it offline", {"Proof": address(f"{path}/proof", query)}),
        ],
        "json_ld": as_script(figure_in_page(body, given, meaning, base, {CSV: csv})),
    }


def _pinned_table(href: str, here: Standpoint) -> str:
    """The address of a table as it is at this position for good."""
    path, _, query = href.partition("?")
    return address(path, pinned(parse_qsl(query), here.as_of.position))
