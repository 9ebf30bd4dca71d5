"""Every stored fact, in the past tense, each with its own stored name and schema version.

Renaming a class never breaks history: `TYPE` is what is stored. `V` is the schema version that is
written now; older ones are brought up by the upcasters of the codec.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.vocabulary import (
    ActKind,
    ClaimId,
    Confidence,
    Credibility,
    Instant,
    Kind,
    Line,
    Marking,
    Measure,
    Model,
    Number,
    NumberedStatement,
    Provenance,
    ProvenanceChange,
    Reliability,
    Slug,
    Text,
)


class ReportEvent(Model):
    """Something that happened to one report."""

    V: ClassVar[int] = 1
    report: Slug

    @property
    def stream(self) -> str:
        """The report's stream."""
        return report_stream(self.report)


class ReportFiled(ReportEvent):
    """A report was received, with its claims."""

    TYPE: ClassVar = "ReportFiled"
    provenance: Provenance
    marking: Marking
    claims: tuple[NumberedStatement, ...]


class ReportCorrected(ReportEvent):
    """A report was corrected, by its publisher or by us."""

    TYPE: ClassVar = "ReportCorrected"
    kind: ActKind
    reason: Text
    published_at: Instant | None = None
    provenance: ProvenanceChange | None = None
    claims: tuple[NumberedStatement, ...] | None = None


class ReportWithdrawn(ReportEvent):
    """A report was withdrawn, by its publisher or by us."""

    TYPE: ClassVar = "ReportWithdrawn"
    kind: ActKind
    reason: Text
    published_at: Instant | None = None


class ReportHeld(ReportEvent):
    """A report was put under check."""

    TYPE: ClassVar = "ReportHeld"
    reason: Text


class ReportReleased(ReportEvent):
    """A held report was released."""

    TYPE: ClassVar = "ReportReleased"
    reason: Text


class ReportMarked(ReportEvent):
    """A report was given another marking."""

    TYPE: ClassVar = "ReportMarked"
    marking: Marking
    reason: Text


class ClaimGraded(ReportEvent):
    """A claim's credibility was graded by a named grader."""

    TYPE: ClassVar = "ClaimGraded"
    n: Annotated[int, Field(ge=1)]
    credibility: Credibility
    grader: Line
    reason: Text


class ClaimLinked(ReportEvent):
    """A claim was found to be derived from another."""

    TYPE: ClassVar = "ClaimLinked"
    n: Annotated[int, Field(ge=1)]
    derived_from: ClaimId
    reason: Text


class ClaimUnlinked(ReportEvent):
    """A claim was found not to be derived from another after all."""

    TYPE: ClassVar = "ClaimUnlinked"
    n: Annotated[int, Field(ge=1)]
    derived_from: ClaimId
    reason: Text


class ClaimDisputed(ReportEvent):
    """A source disputed a claim; without `published_at` from the claim's publication on."""

    TYPE: ClassVar = "ClaimDisputed"
    n: Annotated[int, Field(ge=1)]
    by: Slug
    reason: Text
    published_at: Instant | None = None


class SourceEvent(Model):
    """Something that happened to one source."""

    V: ClassVar[int] = 1
    source: Slug

    @property
    def stream(self) -> str:
        """The source's stream."""
        return source_stream(self.source)


class SourceRegistered(SourceEvent):
    """A source was registered or described anew."""

    TYPE: ClassVar = "SourceRegistered"
    name: Line | None = None
    kind: Kind | None = None
    country: Line | None = None
    note: Text | None = None


class SourceGraded(SourceEvent):
    """A source's reliability was graded by a named grader."""

    TYPE: ClassVar = "SourceGraded"
    reliability: Reliability
    grader: Line
    reason: Text


class Definition(Model):
    """What an indicator measures."""

    title: Line
    unit: str
    measure: Measure
    definition: Text
    place: Text | None = None
    parts: tuple[Slug, ...]
    policy: str
    fresh_days: int


class IndicatorEvent(Model):
    """Something that happened to one indicator."""

    V: ClassVar[int] = 1
    indicator: Slug

    @property
    def stream(self) -> str:
        """The indicator's stream."""
        return indicator_stream(self.indicator)


class IndicatorDefined(IndicatorEvent):
    """An indicator was defined."""

    TYPE: ClassVar = "IndicatorDefined"
    definition: Definition


class IndicatorRevised(IndicatorEvent):
    """An indicator's definition was revised."""

    TYPE: ClassVar = "IndicatorRevised"
    definition: Definition


class AssessmentRecorded(IndicatorEvent):
    """An analyst recorded a judgement of the indicator, and the claims that it rests on."""

    TYPE: ClassVar = "AssessmentRecorded"
    low: Number | None = None
    best: Number | None = None
    high: Number | None = None
    confidence: Confidence
    analyst: Line
    rationale: Text
    claims: tuple[ClaimId, ...]


AnyReportEvent = (
    ReportFiled
    | ReportCorrected
    | ReportWithdrawn
    | ReportHeld
    | ReportReleased
    | ReportMarked
    | ClaimGraded
    | ClaimLinked
    | ClaimUnlinked
    | ClaimDisputed
)
AnySourceEvent = SourceRegistered | SourceGraded
AnyIndicatorEvent = IndicatorDefined | IndicatorRevised | AssessmentRecorded
Event = AnyReportEvent | AnySourceEvent | AnyIndicatorEvent

EVENT_TYPES: tuple[type[Event], ...] = (
    ReportFiled,
    ReportCorrected,
    ReportWithdrawn,
    ReportHeld,
    ReportReleased,
    ReportMarked,
    ClaimGraded,
    ClaimLinked,
    ClaimUnlinked,
    ClaimDisputed,
    SourceRegistered,
    SourceGraded,
    IndicatorDefined,
    IndicatorRevised,
    AssessmentRecorded,
)

StreamKind = Literal["report", "source", "indicator"]


def report_stream(report: str) -> str:
    """The stream of a report."""
    return f"report:{report}"


def source_stream(source: str) -> str:
    """The stream of a source."""
    return f"source:{source}"


def indicator_stream(indicator: str) -> str:
    """The stream of an indicator."""
    return f"indicator:{indicator}"
