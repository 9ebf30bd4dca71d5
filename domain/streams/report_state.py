"""A report as its events made it: every version of it, and which is in force when.

A version is what a report says from some publication time on. `in_force` is the one rule for
which version counts; everything that looks along the publication axis asks it or `timeline`.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Literal, TypeVar, assert_never

from domain.events import (
    AnyReportEvent,
    ClaimDisputed,
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
from domain.vocabulary import (
    ActKind,
    Marking,
    NumberedStatement,
    Provenance,
    ProvenanceChange,
    Statement,
)


@dataclass(frozen=True, slots=True)
class Version:
    """What a report says from `force_from` on, until a later version takes over.

    `number` is the stream version of the event that made it, `replaces` that of the version which a
    record correction mends: it was never said. `revised_at` is when its publisher corrected it, None
    where they did not; `withdrawn_from` is there for the last version of a withdrawn report alone.
    """

    number: int
    kind: Literal["filed", "record", "publisher"]
    provenance: Provenance
    claims: Mapping[int, NumberedStatement]
    reason: str = ""
    revised_at: datetime | None = None
    replaces: int | None = None
    withdrawn: ActKind | None = None
    withdrawn_from: datetime | None = None

    @property
    def published_at(self) -> datetime:
        """When its publisher published it; `provenance.published_at` is the report's own date."""
        return self.revised_at or self.provenance.published_at

    @property
    def force_from(self) -> datetime:
        """From when on it counts on the publication axis."""
        return self.withdrawn_from or self.published_at


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
    """A report that was filed; `version` counts its events."""

    version: int
    filed: ReportFiled
    versions: tuple[Version, ...]
    marking: Marking
    grades: Mapping[int, ClaimGraded] = field(default_factory=dict)
    linked: frozenset[tuple[int, str]] = frozenset()
    unlinked: frozenset[tuple[int, str]] = frozenset()
    disputes: tuple[Dispute, ...] = ()
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

    Last published counts, last recorded among those; a version that a record correction replaced
    never counts again, and a withdrawal ends the line.
    """
    end = next((v for v in report.versions if v.withdrawn), None)
    line = [v for v in _said(report) if not v.withdrawn and (not end or v.force_from < end.force_from)]
    line.sort(key=lambda v: (v.force_from, v.number))
    if end:
        line.append(end)
    for version, following in zip(line, [*line[1:], None], strict=True):
        until = following.force_from if following else None
        if until is None or version.force_from < until:
            yield version.force_from, until, version


def changes(kind: ActKind, change: ProvenanceChange | None) -> dict[str, object]:
    """What a correction replaces in the provenance; a publisher's leaves the report its date."""
    given = {name: value for name, value in change or () if value is not None}
    if kind == "publisher":
        given.pop("published_at", None)
    return given


def corrected_version(report: Filed, event: ReportCorrected) -> Version:
    """The version that a correction mends: the one in force at its date, or, if ours, at the end."""
    return in_force(report, event.published_at) or report.versions[0]


def last_words(report: Filed, n: int) -> tuple[NumberedStatement, Version] | None:
    """What claim n says, or said before it was left out, and the version that says so."""
    versions = (*report.versions, *(version for _, _, version in timeline(report)))
    return next(((v.claims[n], v) for v in reversed(versions) if n in v.claims), None)


def links(report: Filed, version: Version, n: int) -> Set[str]:
    """The claims that claim n is derived from: as filed, with the links found and unfound since."""
    claim = version.claims.get(n)
    filed = set(claim.derived_from) if claim else set[str]()
    if not (report.linked or report.unlinked):
        return filed
    found = {parent for m, parent in report.linked if m == n}
    return (filed | found) - {parent for m, parent in report.unlinked if m == n}


def evolve(report: Report, event: AnyReportEvent) -> Filed:
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
        case ClaimDisputed():
            return replace(report, disputes=(*report.disputes, Dispute(report.version, event)))
        case _:
            assert_never(event)


def _said(report: Filed) -> list[Version]:
    """The versions that the publisher did say: none that a record correction replaced."""
    replaced = {version.replaces for version in report.versions}
    return [version for version in report.versions if version.number not in replaced]


def _filed(event: ReportFiled) -> Open:
    first = Version(1, "filed", event.provenance, {claim.n: claim for claim in event.claims})
    return Open(version=1, filed=event, versions=(first,), marking=event.marking)


def _corrected(report: Filed, event: ReportCorrected) -> Version:
    """The version that a correction makes of the one that it mends."""
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


def _withdrawn(report: Filed, event: ReportWithdrawn) -> Withdrawn:
    end = replace(
        in_force(report, event.published_at) or report.versions[0],
        number=report.version,
        reason=event.reason,
        replaces=None,
        withdrawn=event.kind,
        # Ours reaches back over all that the report ever said: it should never have been here.
        withdrawn_from=event.published_at or min(v.force_from for v in _said(report)),
    )
    versions = (*report.versions, end)
    return _become(Withdrawn, replace(report, versions=versions, withdrawal=event))


def _become(kind: type[_Kind], report: Filed) -> _Kind:
    return kind(**{each.name: getattr(report, each.name) for each in fields(report)})
