"""What an act is done to: what it is called, where it is shown, and how it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain import commands
from domain.estimates.flags import RELAYS
from domain.stream_names import citation_stream, indicator_stream, report_stream, source_stream
from domain.streams.report_state import ReportStatus, report_status
from projections.tables.registry import indicator_at, source_at
from service.http.lookups import no_indicator, nothing
from service.query.citations import citation
from service.query.claims import ClaimAnswer, claim
from service.query.estimates import estimate
from service.query.reports import ReportInForce, report_in_force
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.acts.places import ActPage
from service.web.acts.standing import Body, what_stands


@dataclass(frozen=True, slots=True)
class Subject:
    """What an act is done to, as the reader sees it.

    `stands` is what the form is filled with, from which `version` of the stream. `links` are claims
    that a link may name. Nothing is there yet where the id is typed into the form.
    """

    id: str = ""
    title: str = ""
    href: str = ""
    stream: str = ""
    version: int = 0
    stands: Body | None = None
    report: ReportInForce | None = None
    claim: ClaimAnswer | None = None
    links: Sequence[str] = ()

    @property
    def status(self) -> ReportStatus:
        """How the report stands that the act is about."""
        return report_status(self.report.state, self.report.version) if self.report else "open"


def subject_of(service: Service, here: Standpoint, page: ActPage, names: Mapping[str, str]) -> Subject:
    """What the address of a page names; raises `Problem` where that is not there."""
    if page.new:
        return Subject()
    match page.act.target:
        case "indicator":
            found = _indicator(here, names["id"])
        case "source":
            found = _source(here, names["id"])
        case "report":
            found = _report(service, here, names["id"])
        case "citation":
            found = _citation(here, names["id"])
        case "claim":
            found = _claim(service, here, page, f"{names['report']}/{names['n']}")
    return replace(found, stands=what_stands(service, here, page.command, found.id))


def _indicator(here: Standpoint, name: str) -> Subject:
    row = indicator_at(here.db, name, here.as_of.position)
    if row is None:
        raise no_indicator(name, here)
    title, href = row.definition.title, f"/estimates/{name}"
    return Subject(name, title, href, indicator_stream(name), row.version)


def _source(here: Standpoint, name: str) -> Subject:
    row = source_at(here.db, name, here.as_of.position)
    if row is None:
        raise nothing("source", name, here)
    title = row.registered.name or name
    return Subject(name, title, f"/sources/{name}", source_stream(name), row.version)


def _citation(here: Standpoint, name: str) -> Subject:
    found = citation(here, name)
    if found is None:
        raise nothing("citation", name, here)
    return Subject(name, found["where"], f"/citations#{name}", citation_stream(name))


def _report(service: Service, here: Standpoint, name: str) -> Subject:
    found = report_in_force(here, service.log, name)
    if found is None:
        raise nothing("report", name, here)
    title, version = found.version.provenance.title or name, found.state.version
    return Subject(name, title, f"/reports/{name}", report_stream(name), version, report=found)


def _claim(service: Service, here: Standpoint, page: ActPage, name: str) -> Subject:
    found = claim(here, service.log, name)
    if found is None:
        raise nothing("claim", name, here)
    return replace(
        _report(service, here, found["report"]),
        id=name,
        href=f"/reports/{found['report']}#{found['n']}",
        claim=found,
        links=_links(here, page, found),
    )


def _links(here: Standpoint, page: ActPage, about: ClaimAnswer) -> list[str]:
    """The claims that a claim is linked to, for unlinking it; for a link those that it may be from."""
    if page.command is commands.UnlinkClaim:
        return about["derived_from"]
    if page.command is not commands.LinkClaim:
        return []
    body = estimate(here, about["indicator"], with_cohorts=False)
    flagged = [flag["claims"] for flag in body["flags"] if flag["code"] in RELAYS]
    suspected = [parent for child, parent, *_ in flagged if child == about["id"]]
    others = (each for each in body["used"] if each != about["id"])
    known = dict.fromkeys((*suspected, *others))
    return [each for each in known if each not in about["derived_from"]]


def is_closed(service: Service, here: Standpoint, target: str) -> bool:
    """Whether a report, or that of a claim, takes nothing more."""
    name = target.partition("/")[0]
    found = report_in_force(here, service.log, name)
    return found is not None and found.state.withdrawal is not None
