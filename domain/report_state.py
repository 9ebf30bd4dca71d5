"""A report as its events made it: every version of it, and which is in force when.

A version is what a report says from some publication time on. `in_force` is the one rule for
which version counts; everything that looks along the publication axis asks it or `timeline`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Literal, TypeVar, assert_never

from domain.events import (
    AnyReportEvent,
    ClaimGraded,
    ClaimLinked,
    ClaimUnlinked,
    ReportCorrected,
    ReportFiled,
    ReportHeld,
    ReportMarked,
    ReportReleased,
    ReportWithdrawn,
)
from domain.period import Period, day_period, parse_period
from domain.vocabulary import ActKind, Marking, NumberedStatement, Provenance, Statement


@dataclass(frozen=True, slots=True)
class Version:
    """What a report says from `force_from` on, until a later version takes over.

    `number` is the stream version of the event that made it; `published_at` is when its publisher
    published it, `provenance.published_at` the date of the report itself.
    """

    number: int
    kind: Literal["filed", "record", "publisher"]
    force_from: datetime
    published_at: datetime
    provenance: Provenance
    claims: Mapping[int, NumberedStatement]
    reason: str = ""
    withdrawn: ActKind | None = None


@dataclass(frozen=True, slots=True)
class Unfiled:
    """No such report."""

    version: int = 0


@dataclass(frozen=True, slots=True)
class Filed:
    """A report that was filed; `version` counts its events."""

    version: int
    filed: ReportFiled
    versions: tuple[Version, ...]
    marking: Marking
    grades: Mapping[int, ClaimGraded] = field(default_factory=dict)
    linked: frozenset[tuple[int, str]] = frozenset()
    unlinked: frozenset[tuple[int, str]] = frozenset()
    last_correction: ReportCorrected | None = None
    withdrawal: ReportWithdrawn | None = None

    @property
    def id(self) -> str:
        """The report's id."""
        return self.filed.report


class Open(Filed):
    """A report whose claims count."""

    __slots__ = ()


class Held(Filed):
    """A report under check."""

    __slots__ = ()


class Withdrawn(Filed):
    """A report that was withdrawn, for good."""

    __slots__ = ()


Report = Unfiled | Filed
"""A report: never filed, or one of `Open`, `Held` and `Withdrawn`."""
_Kind = TypeVar("_Kind", Open, Held, Withdrawn)


def stated_at(statement: Statement, provenance: Provenance) -> datetime:
    """When the originator said it: by default the date of the report."""
    return statement.stated_at or provenance.published_at


def valid_period(statement: Statement, provenance: Provenance) -> Period:
    """The period that a claim is about: by default the UTC day on which it was stated."""
    if statement.period is not None:
        return parse_period(statement.period)
    return day_period(stated_at(statement, provenance).date())


def claim_numbers(report: Report) -> set[int]:
    """Every claim number that the report ever used."""
    if isinstance(report, Unfiled):
        return set()
    return {n for version in report.versions for n in version.claims}


def in_force(report: Filed, published_by: datetime | None = None) -> Version | None:
    """The version in force at a publication time (the end of time by default), if any is yet."""
    spans = [(start, version) for start, _, version in timeline(report)]
    reached = [v for start, v in spans if published_by is None or start <= published_by]
    return reached[-1] if reached else None


def timeline(report: Filed) -> Iterator[tuple[datetime, datetime | None, Version]]:
    """The versions along the publication axis: from (inclusive), to (exclusive; None for ever).

    Last published counts, last recorded among those; a withdrawal ends the line.
    """
    end = next((v for v in report.versions if v.withdrawn), None)
    line = [v for v in report.versions if v is not end and not (end and v.force_from >= end.force_from)]
    line.sort(key=lambda v: (v.force_from, v.number))
    if end:
        line.append(end)
    for version, following in zip(line, [*line[1:], None], strict=True):
        until = following.force_from if following else None
        if until is None or version.force_from < until:
            yield version.force_from, until, version


def links(report: Filed, version: Version, n: int) -> frozenset[str]:
    """The claims that claim n is derived from: as filed, with the links found and unfound since."""
    claim = version.claims.get(n)
    as_filed = {(n, parent) for parent in claim.derived_from} if claim else set()
    return frozenset(p for m, p in (as_filed | report.linked) - report.unlinked if m == n)


def evolve(report: Report, event: AnyReportEvent) -> Report:
    """The report after one more of its events."""
    if isinstance(report, Unfiled):
        if isinstance(event, ReportFiled):
            return _filed(event)
        raise ValueError(f"{event.TYPE} on report {event.report!r}, which was never filed")
    report = replace(report, version=report.version + 1)
    match event:
        case ReportFiled():
            raise ValueError(f"report {event.report!r} filed twice")
        case ReportCorrected():
            versions = (*report.versions, _corrected(report, event))
            return replace(report, versions=versions, last_correction=event)
        case ReportWithdrawn():
            return _withdrawn(report, event)
        case ReportHeld():
            return _become(Held, report)
        case ReportReleased():
            return _become(Open, report)
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
        case _:
            assert_never(event)


def _filed(event: ReportFiled) -> Open:
    published = event.provenance.published_at
    claims = {claim.n: claim for claim in event.claims}
    first = Version(1, "filed", published, published, event.provenance, claims)
    return Open(version=1, filed=event, versions=(first,), marking=event.marking)


def _corrected(report: Filed, event: ReportCorrected) -> Version:
    replaced = in_force(report, event.published_at if event.kind == "publisher" else None)
    replaced = replaced or report.versions[0]
    changes = event.provenance.model_dump(exclude_none=True) if event.provenance else {}
    if event.kind == "publisher":
        changes.pop("published_at", None)  # the report keeps its own date
    provenance = replaced.provenance.model_copy(update=_rebuilt(event, changes))
    published = _published(replaced, event, provenance)
    force_from = min(replaced.force_from, published) if event.kind == "record" else published
    claims = replaced.claims if event.claims is None else {c.n: c for c in event.claims}
    return Version(report.version, event.kind, force_from, published, provenance, claims, event.reason)


def _rebuilt(event: ReportCorrected, changes: dict[str, object]) -> dict[str, object]:
    return {name: getattr(event.provenance, name) for name in changes}


def _published(replaced: Version, event: ReportCorrected, provenance: Provenance) -> datetime:
    """A record correction keeps the publication time, but for that of the report if we mistyped it."""
    if event.kind == "publisher" and event.published_at is not None:
        return event.published_at
    of_the_report = replaced.published_at == replaced.provenance.published_at
    return provenance.published_at if of_the_report else replaced.published_at


def _withdrawn(report: Filed, event: ReportWithdrawn) -> Withdrawn:
    replaced = in_force(report) or report.versions[-1]
    # Ours reaches back over all that the report ever said: it should never have been here.
    force_from = event.published_at or min(v.force_from for v in report.versions)
    end = replace(
        replaced,
        number=report.version,
        force_from=force_from,
        reason=event.reason,
        withdrawn=event.kind,
    )
    versions = (*report.versions, end)
    return _become(Withdrawn, replace(report, versions=versions, withdrawal=event))


def _become(kind: type[_Kind], report: Filed) -> _Kind:
    return kind(**{each.name: getattr(report, each.name) for each in fields(report)})
