"""Reports as they stand at the times asked, read from their own streams."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from typing_extensions import TypedDict

from domain.clearance import cleared_report
from domain.events import Event
from domain.stream_names import report_stream
from domain.streams.decider import fold
from domain.streams.report_state import (
    Filed,
    ReportStatus,
    in_force,
    report_status,
)
from domain.streams.versions import Version
from domain.times import from_micros, show_instant
from domain.vocabulary import (
    Marking,
    Provenance,
)
from projections.answers.as_of import AsOf
from projections.answers.values import Instant
from projections.tables.journal import visible
from service.evidence.store import EvidenceStore
from service.log.envelope import Envelope
from service.log.port import REDACTED, EventLog, Stored
from service.query.cleared_events import event_answers
from service.query.events import EventAnswer
from service.query.report_claims import ReportClaim, report_claim
from service.query.standpoint import Standpoint
from service.query.stored_copies import ReportEvidence, report_evidence
from service.streams.upcasters import read_event


class ReportProvenance(TypedDict):
    """Where a report was read."""

    publisher: str
    url: str | None
    title: str | None
    published_at: Instant
    evidence: ReportEvidence | None


class ReportAnswer(ReportProvenance):
    """A report as it stands at the times asked, with its claims."""

    id: str
    version: int
    status: ReportStatus
    marking: Marking
    revised_at: Instant | None
    reason: str | None
    position: int
    recorded_at: Instant
    claims: list[ReportClaim]


@dataclass(frozen=True, slots=True)
class ReportInForce:
    """A report at the times asked: its state, the version in force, where it was filed."""

    state: Filed
    version: Version
    position: int
    recorded_at: Instant


def read_report(here: Standpoint, log: EventLog, name: str) -> list[tuple[Stored, Envelope, Event]]:
    """The events of a report up to the position asked; none if it is now above the clearance, or was
    redacted since."""
    stream = report_stream(name)
    stored = [] if here.hidden(stream) else log.stream(stream)
    if any(not each.body or each.type == REDACTED for each in stored):
        return []
    return [(each, *read_event(each.body)) for each in stored if each.position <= here.as_of.position]


def report_events(here: Standpoint, log: EventLog, name: str) -> list[EventAnswer]:
    """The events of a report up to the position asked, as callers receive them."""
    stream = report_stream(name)
    stored = [] if here.hidden(stream) else log.stream(stream)
    events = [each for each in stored if each.position <= here.as_of.position]
    seen = set(visible(here.db, [stored.position for stored in events]))
    return event_answers(here.db, (stored for stored in events if stored.position in seen))


def report_in_force(here: Standpoint, log: EventLog, name: str) -> ReportInForce | None:
    """A report as known and published at the times asked; None where it is not, or not cleared."""
    events = read_report(here, log, name)
    state = fold(report_stream(name), (event for _, _, event in events))
    if not isinstance(state, Filed):
        return None
    state = replace(cleared_report(state, here.hidden), version=_last_seen(here, events))
    version = in_force(state, published_by(here.as_of))
    if version is None:
        return None
    stored, envelope, _ = events[0]
    return ReportInForce(state, version, stored.position, show_instant(envelope.recorded_at))


def _last_seen(here: Standpoint, events: Sequence[tuple[Stored, Envelope, Event]]) -> int:
    """The version of the last of a report's events that the reader may see."""
    versions = {stored.position: stored.version for stored, _, _ in events}
    return versions[visible(here.db, list(versions))[-1]]


def published_by(as_of: AsOf) -> datetime | None:
    """The publication time asked; None without a limit."""
    return None if as_of.published_by is None else from_micros(as_of.published_by)


def report(
    here: Standpoint, log: EventLog, name: str, store: EvidenceStore | None = None
) -> ReportAnswer | None:
    """A report as it stands at the times asked; its evidence as it is in the store now."""
    found = report_in_force(here, log, name)
    return None if found is None else report_answer(here, found, store)


def report_answer(
    here: Standpoint, found: ReportInForce, store: EvidenceStore | None = None
) -> ReportAnswer:
    """A report as callers receive it."""
    state, version = found.state, found.version
    return {
        "id": state.id,
        "version": state.version,
        "status": report_status(state, version),
        "marking": state.marking,
        **_provenance(here, version.provenance, store),
        "revised_at": show_instant(version.published_at) if version.number > 1 else None,
        "reason": version.reason or None,
        "position": found.position,
        "recorded_at": found.recorded_at,
        "claims": [report_claim(state, version, n) for n in sorted(version.claims)],
    }


def _provenance(here: Standpoint, given: Provenance, store: EvidenceStore | None) -> ReportProvenance:
    evidence = given.evidence
    return {
        "publisher": given.publisher,
        "url": given.url,
        "title": given.title,
        "published_at": show_instant(given.published_at),
        "evidence": None if evidence is None else report_evidence(here, store, evidence),
    }
