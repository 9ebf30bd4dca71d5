"""A correction from a form that shows all of a report: only what differs from the report is sent."""

from typing import Any

from domain.commands import CorrectReport, NewProvenance
from domain.errors import Fault, Refused
from domain.events import ReportCorrected
from domain.streams.report_state import Filed, corrected_version
from domain.streams.versions import Version
from domain.times import Written
from domain.vocabulary import NumberedStatement, RestatedStatement


def only_changes(command: CorrectReport, report: Filed) -> CorrectReport | None:
    """The correction without what the version that it corrects says already; None if that is all.

    Raises `Refused` where it would take away what a correction can only replace.
    """
    version = _corrected(command, report)
    said, given = _provenance(version), command.provenance or NewProvenance()
    _check(command, said, given)
    changed = {
        name: value for name, value in given if value is not None and value != getattr(said, name)
    }
    claims = tuple(_restated(claim) for claim in version.claims.values())
    kept = None if command.claims == claims else command.claims
    if kept is None and not changed:
        return None
    provenance = given.model_copy(update=_without(given, changed)) if changed else None
    return command.model_copy(update={"provenance": provenance, "claims": kept})


def _corrected(command: CorrectReport, report: Filed) -> Version:
    """The version that a correction corrects."""
    published = command.published_at.at if command.published_at else None
    event = ReportCorrected(report=report.id, kind=command.kind, reason="", published_at=published)
    return corrected_version(report, event)


def _check(command: CorrectReport, said: NewProvenance, given: NewProvenance) -> None:
    emptied = [
        Fault(f"/provenance/{name}", "cannot be left empty: a correction can only replace it")
        for name, value in said
        if value is not None and getattr(given, name) is None
    ]
    if not emptied and command.kind == "publisher" and given.published_at != said.published_at:
        message = (
            "belongs to our own correction only: the publisher's leaves the report its date; give "
            "the day of their correction above"
        )
        emptied = [Fault("/provenance/published_at", message)]
    if emptied:
        raise Refused("invalid", f"{emptied[0].pointer}: {emptied[0].message}", emptied)


def _without(given: NewProvenance, changed: dict[str, Any]) -> dict[str, Any]:
    return {name: changed.get(name) for name, _ in given}


def _provenance(version: Version) -> NewProvenance:
    said = version.provenance
    return NewProvenance(
        publisher=said.publisher,
        url=said.url,
        title=said.title,
        published_at=Written(said.published_at, said.published_on),
        evidence=said.evidence,
    )


def _restated(claim: NumberedStatement) -> RestatedStatement:
    fields = {name: value for name, value in claim if name != "stated_on"}
    if claim.stated_at is not None:
        fields["stated_at"] = Written(claim.stated_at, claim.stated_on)
    return RestatedStatement.model_validate(fields)
