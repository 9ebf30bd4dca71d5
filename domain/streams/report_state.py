"""A report as its events made it, and how it and its claims stand at which publication time.

`claim_spans` is the one rule for how a claim stands and in which words, `report_status` the one for
the report: claim rows, answers about claims and answers about reports all ask these.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple, assert_never

from domain.estimates.claims import Standing
from domain.events import (
    AnyReportEvent,
    ClaimDisputed,
    ClaimGraded,
    ClaimLinked,
    ClaimUnlinked,
    Destroyed,
    EventRedacted,
    ReportCorrected,
    ReportFiled,
    ReportHeld,
    ReportMarked,
    ReportReleased,
    ReportWithdrawn,
)
from domain.period import Period, day_period, parse_period
from domain.streams.versions import Version, said_from, said_versions, timeline
from domain.vocabulary import (
    MARKINGS,
    ActKind,
    Marking,
    NumberedStatement,
    Provenance,
    ProvenanceChange,
)

_DATED = ("published_at", "published_on")
ReportStatus = Literal["open", "held", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute of a claim; `number` is the stream version of its event."""

    number: int
    disputed: ClaimDisputed


@dataclass(frozen=True, slots=True)
class Unfiled:
    """No such report."""

    version: int = 0


@dataclass(frozen=True, slots=True)
class Filed:
    """A report that was filed; `version` counts its events.

    A withdrawal ends a report but does not release it: `held` stays what it was.
    """

    version: int
    filed: ReportFiled
    versions: tuple[Version, ...]
    marking: Marking
    held: bool = False
    withdrawal: ReportWithdrawn | None = None
    grades: Mapping[int, ClaimGraded] = field(default_factory=dict)
    linked: frozenset[tuple[int, str]] = frozenset()
    unlinked: frozenset[tuple[int, str]] = frozenset()
    disputes: tuple[Dispute, ...] = ()
    last_correction: ReportCorrected | None = None

    @property
    def id(self) -> str:
        """The report's id."""
        return self.filed.report


@dataclass(frozen=True, slots=True)
class Redacted:
    """A report of which nothing is left but that it was filed; `version` counts its events.

    `redactions` record what was destroyed: empty for a part of its stream that ends before them.
    """

    version: int
    id: str
    redactions: tuple[EventRedacted, ...] = ()

    @property
    def marking(self) -> Marking:
        """How restricted the report was when it was redacted."""
        return self.redactions[0].marking if self.redactions else MARKINGS[-1]


Report = Unfiled | Filed | Redacted


class ClaimSpan(NamedTuple):
    """How a claim stands over a span of publication times; `until` is exclusive, None for ever.

    `version` is the version of the report in force, `words` the version in whose words the claim
    stands: an earlier one where the version in force leaves the claim out.
    """

    since: datetime
    until: datetime | None
    standing: Standing
    version: Version
    words: Version


def stated(statement: NumberedStatement, provenance: Provenance) -> tuple[datetime, str | None]:
    """When the originator said it, by default the date of the report, and the day as it was written."""
    if statement.stated_at is None:
        return provenance.published_at, provenance.published_on
    return statement.stated_at, statement.stated_on


def stated_at(statement: NumberedStatement, provenance: Provenance) -> datetime:
    """When the originator said it."""
    return stated(statement, provenance)[0]


def stated_on(statement: NumberedStatement, provenance: Provenance) -> Period:
    """The day (or the month or year) of the statement as it was written."""
    return written_on(*stated(statement, provenance))


def written_on(moment: datetime, written: str | None) -> Period:
    """The period that was written for a moment: by default its UTC day."""
    return parse_period(written) if written else _whole_day(moment.date())


_whole_day = lru_cache(maxsize=4_096)(day_period)


def valid_period(statement: NumberedStatement, provenance: Provenance) -> Period:
    """The period that a claim is about: by default the day on which it was stated."""
    return parse_period(statement.period) if statement.period else stated_on(statement, provenance)


def claim_numbers(report: Report) -> set[int]:
    """Every claim number that the report ever used."""
    if not isinstance(report, Filed):
        return set()
    return {n for version in report.versions for n in version.claims}


def in_force(report: Filed, published_by: datetime | None = None) -> Version | None:
    """The version in force at a publication time (the end of time by default), if any is yet."""
    spans = [(start, version) for start, _, version in timeline(report.versions)]
    reached = [v for start, v in spans if published_by is None or start <= published_by]
    return reached[-1] if reached else None


def report_status(report: Filed, version: Version) -> ReportStatus:
    """What state a report is in while a version of it is in force.

    Holds and releases are ours and do not depend on the publication time.
    """
    if version.withdrawn:
        return "withdrawn"
    return "held" if report.held else "open"


def claim_spans(report: Filed, numbers: Iterable[int]) -> Iterator[tuple[int, ClaimSpan]]:
    """How each of these claims stands along the publication axis, from its first publication on.

    The spans of a claim follow each other without a gap, and the last one has no end.
    """
    line = [  # one span for all claims that the version in force has
        ClaimSpan(since, until, _standing(report, version, said=True), version, version)
        for since, until, version in timeline(report.versions)
    ]
    since_when = said_from(report.versions) if len(report.versions) > 1 else {}
    for n in numbers:
        for span in line:
            if n in span.version.claims:
                yield n, span
                continue
            words = _last_words(report, n, span.version, span.since, since_when)
            if words is not None:  # else a version that is published later brings the claim
                standing = _standing(report, span.version, said=False)
                yield n, span._replace(standing=standing, words=words)


def claim_at(report: Filed, n: int, published_by: datetime | None = None) -> ClaimSpan | None:
    """How claim n stands at a publication time (the end of time by default); None if never used.

    A claim that is published later is `not-yet-published`, in the words that it begins with.
    """
    spans = [span for _, span in claim_spans(report, (n,))]
    reached = [span for span in spans if published_by is None or span.since <= published_by]
    if reached or not spans:
        return reached[-1] if reached else None
    return spans[0]._replace(standing="not-yet-published")


def disputes_at(report: Filed, n: int, published_by: datetime | None) -> list[ClaimDisputed]:
    """The disputes of claim n that count at a publication time; None is the end of time."""
    return [
        said
        for said in (dispute.disputed for dispute in report.disputes)
        if said.n == n
        and (said.published_at is None or published_by is None or said.published_at <= published_by)
    ]


def changes(kind: ActKind, change: ProvenanceChange | None) -> dict[str, object]:
    """What a correction replaces in the provenance; a publisher's leaves the report its date."""
    given = {name: value for name, value in change or () if value is not None}
    if kind == "publisher":
        given = {name: value for name, value in given.items() if name not in _DATED}
    elif change is not None and "published_at" in given:
        given["published_on"] = change.published_on
    return given


def corrected_version(report: Filed, event: ReportCorrected) -> Version:
    """The version that a correction fixes: the one in force at its date, or, if ours, at the end."""
    return in_force(report, event.published_at) or report.versions[0]


def links(report: Filed, version: Version, n: int) -> Set[str]:
    """The claims that claim n is derived from: as filed, with the links added and removed since."""
    claim = version.claims.get(n)
    filed = frozenset(claim.derived_from) if claim else frozenset[str]()
    if not (report.linked or report.unlinked):
        return filed
    added = {parent for m, parent in report.linked if m == n}
    return (filed | added) - {parent for m, parent in report.unlinked if m == n}


def evolve(report: Report, event: AnyReportEvent | Destroyed) -> Filed | Redacted:
    """The report after one more of its events."""
    if isinstance(event, ReportFiled) and isinstance(report, Unfiled):
        return _taken(event)
    if isinstance(event, Destroyed | EventRedacted):
        return _redacted(report, event)
    if isinstance(report, Redacted):
        raise ValueError(f"{event.TYPE} on report {event.report!r}, which was redacted")
    if isinstance(report, Unfiled):
        raise ValueError(f"{event.TYPE} on report {event.report!r}, which was never filed")
    report = replace(report, version=report.version + 1)
    match event:
        case ReportFiled():
            raise ValueError(f"report {event.report!r} filed twice")
        case ReportCorrected():
            versions = (*report.versions, _corrected(report, event))
            return replace(report, versions=versions, last_correction=event)
        case ReportWithdrawn():
            versions = (*report.versions, _withdrawn(report, event))
            return replace(report, versions=versions, withdrawal=event)
        case ReportHeld():
            return replace(report, held=True)
        case ReportReleased():
            return replace(report, held=False)
        case ReportMarked():
            return replace(report, marking=event.marking)
        case ClaimGraded():
            return replace(report, grades={**report.grades, event.n: event})
        case ClaimLinked():
            link = (event.n, event.derived_from)
            return replace(report, linked=report.linked | {link}, unlinked=report.unlinked - {link})
        case ClaimUnlinked():
            link = (event.n, event.derived_from)
            return replace(report, linked=report.linked - {link}, unlinked=report.unlinked | {link})
        case ClaimDisputed():
            return replace(report, disputes=(*report.disputes, Dispute(report.version, event)))
        case _:
            assert_never(event)


_proposed: tuple[ReportFiled | None, Filed | None] = (None, None)
"""The filing that was proposed last and not taken yet, with the report that it makes."""


def proposed(event: ReportFiled) -> Filed:
    """The report that a filing would make; the same again if the event follows."""
    global _proposed
    report = _filed(event)
    _proposed = event, report
    return report


def _taken(event: ReportFiled) -> Filed:
    """The report that a filing makes: as it was proposed, if it was the last one."""
    global _proposed
    known, report = _proposed
    if known is not event or report is None:
        return _filed(event)
    _proposed = None, None  # what is recorded may be redacted, and is not to be kept here
    return report


def _filed(event: ReportFiled) -> Filed:
    first = Version(1, "filed", event.provenance, {claim.n: claim for claim in event.claims})
    return Filed(1, event, (first,), event.marking)


def _redacted(report: Report, event: EventRedacted | Destroyed) -> Redacted:
    """The report once anything of it is destroyed: nothing that it said before counts."""
    recorded = (event,) if isinstance(event, EventRedacted) else ()
    before = report.redactions if isinstance(report, Redacted) else ()
    return Redacted(report.version + 1, event.report, (*before, *recorded))


def _last_words(
    report: Filed, n: int, version: Version, since: datetime, since_when: Mapping[int, datetime]
) -> Version | None:
    """The version that last had claim n, of a report whose version in force leaves it out."""
    saying = [v for v in report.versions if n in v.claims]
    said = [v for v in saying if version.withdrawn or since_when[v.number] <= since]
    return max(said, key=lambda v: (since_when[v.number], v.number), default=None)


def _standing(report: Filed, version: Version, *, said: bool) -> Standing:
    """How claims stand in a version that has them, or leaves them out."""
    if version.withdrawn == "publisher":
        return "withdrawn"
    if not said:
        return "corrected"
    if version.withdrawn:
        return "withdrawn-by-us"
    return "held" if report.held else "active"


def _corrected(report: Filed, event: ReportCorrected) -> Version:
    """The version that a correction makes of the one that it fixes."""
    before = corrected_version(report, event)
    return Version(
        number=report.version,
        kind=event.kind,
        provenance=before.provenance.model_copy(update=changes(event.kind, event.provenance)),
        claims=before.claims if event.claims is None else {c.n: c for c in event.claims},
        reason=event.reason,
        revised_at=event.published_at or before.revised_at,
        replaces=before.number if event.kind == "record" else None,
    )


def _withdrawn(report: Filed, event: ReportWithdrawn) -> Version:
    """The last version of a report: what was in force, withdrawn."""
    last = in_force(report, event.published_at) or report.versions[0]
    return last._replace(
        number=report.version,
        reason=event.reason,
        replaces=None,
        withdrawn=event.kind,
        # Ours reaches back over all that the report ever said: it should never have been here.
        withdrawn_from=event.published_at or min(v.force_from for v in said_versions(report.versions)),
    )
