"""Every stored fact, in the past tense, each with its own stored name and schema version.

Renaming a class never breaks history: `TYPE` is what is stored. `V` is the schema version that is
written now; upcasters bring older ones up to it. `CHANGE` is what a revised figure is called when this
event revised it; None means that the cut-off of the figure decides.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field

from domain.estimates.citation_rule import WhenItMoves
from domain.stream_names import (
    OPERATIONS,
    citation_stream,
    indicator_stream,
    report_stream,
    source_stream,
)
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
    Names,
    Number,
    NumberedStatement,
    OwnMarking,
    PeriodText,
    Provenance,
    ProvenanceChange,
    Reliability,
    Role,
    Slug,
    Text,
    TokenId,
    Unit,
    VerifierKey,
)

Change = Literal["correction", "withdrawal", "hold", "link", "grade", "definition", "revision"]


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
    CHANGE: ClassVar[Change | None] = None
    provenance: Provenance
    marking: Marking
    claims: tuple[NumberedStatement, ...]


class ReportCorrected(ReportEvent):
    """A report was corrected, by its publisher or by us."""

    TYPE: ClassVar = "ReportCorrected"
    CHANGE: ClassVar[Change | None] = "correction"
    kind: ActKind
    reason: Text
    published_at: Instant | None = None
    provenance: ProvenanceChange | None = None
    claims: tuple[NumberedStatement, ...] | None = None


class ReportWithdrawn(ReportEvent):
    """A report was withdrawn, by its publisher or by us."""

    TYPE: ClassVar = "ReportWithdrawn"
    CHANGE: ClassVar[Change | None] = "withdrawal"
    kind: ActKind
    reason: Text
    published_at: Instant | None = None


class ReportHeld(ReportEvent):
    """A report was put under check."""

    TYPE: ClassVar = "ReportHeld"
    CHANGE: ClassVar[Change | None] = "hold"
    reason: Text


class ReportReleased(ReportEvent):
    """A held report was released."""

    TYPE: ClassVar = "ReportReleased"
    CHANGE: ClassVar[Change | None] = "hold"
    reason: Text


class ReportMarked(ReportEvent):
    """A report was given another marking."""

    TYPE: ClassVar = "ReportMarked"
    CHANGE: ClassVar[Change | None] = None
    marking: Marking
    reason: Text


class ClaimGraded(ReportEvent):
    """A claim's credibility was graded by a named grader."""

    TYPE: ClassVar = "ClaimGraded"
    CHANGE: ClassVar[Change | None] = "grade"
    n: Annotated[int, Field(ge=1)]
    credibility: Credibility
    grader: Line
    reason: Text
    marking: OwnMarking = "TLP:CLEAR"


class ClaimLinked(ReportEvent):
    """A claim was found to be derived from another."""

    TYPE: ClassVar = "ClaimLinked"
    CHANGE: ClassVar[Change | None] = "link"
    n: Annotated[int, Field(ge=1)]
    derived_from: ClaimId
    reason: Text
    marking: OwnMarking = "TLP:CLEAR"


class ClaimUnlinked(ReportEvent):
    """A claim was found not to be derived from another after all."""

    TYPE: ClassVar = "ClaimUnlinked"
    CHANGE: ClassVar[Change | None] = "link"
    n: Annotated[int, Field(ge=1)]
    derived_from: ClaimId
    reason: Text
    marking: OwnMarking = "TLP:CLEAR"


class ClaimDisputed(ReportEvent):
    """A source disputed a claim; without `published_at` from the claim's publication on."""

    TYPE: ClassVar = "ClaimDisputed"
    CHANGE: ClassVar[Change | None] = None
    n: Annotated[int, Field(ge=1)]
    by: Slug
    reason: Text
    published_at: Instant | None = None


class RedactedClaim(Model):
    """What stays of a claim whose words were destroyed, so that its relays still count once."""

    n: Annotated[int, Field(ge=1)]
    indicator: Slug
    derived_from: tuple[ClaimId, ...] = ()


class EventRedacted(ReportEvent):
    """What an event of a report said is destroyed: its stored bytes, and the salt of its commitment.

    `position` is that of the event and `event` its type. `indicators` are those that the report made
    claims on, `marking` is how restricted the report was at that moment; `claims` are told once, with
    the event that filed them.
    """

    TYPE: ClassVar = "EventRedacted"
    CHANGE: ClassVar[Change | None] = None
    position: Annotated[int, Field(ge=1)]
    event: Line
    reason: Text
    authority: Line
    indicators: tuple[Slug, ...]
    marking: Marking
    claims: tuple[RedactedClaim, ...] = ()


class Destroyed(ReportEvent):
    """What is known of an event that was redacted: it happened to this report. It is never stored.

    `redaction` is the event that records it, at a `position`, `at` a time and `by` somebody, for those
    who have looked for it.
    """

    redaction: EventRedacted | None = None
    position: int = 0
    at: Instant | None = None
    by: str = ""


class SourceEvent(Model):
    """Something that happened to one source."""

    V: ClassVar[int] = 1
    source: Slug

    @property
    def stream(self) -> str:
        """The source's stream."""
        return source_stream(self.source)


class SourceRegistered(SourceEvent):
    """A source was registered or described again.

    `aliases` are other names by which texts call it; `speaks_for` names the source of which it is
    another voice.
    """

    TYPE: ClassVar = "SourceRegistered"
    CHANGE: ClassVar[Change | None] = None
    name: Line | None = None
    kind: Kind | None = None
    country: Line | None = None
    note: Text | None = None
    aliases: Names = ()
    speaks_for: Slug | None = None
    marking: OwnMarking = "TLP:CLEAR"


class SourceGraded(SourceEvent):
    """A source's reliability was graded by a named grader."""

    TYPE: ClassVar = "SourceGraded"
    CHANGE: ClassVar[Change | None] = "grade"
    reliability: Reliability
    grader: Line
    reason: Text
    marking: OwnMarking = "TLP:CLEAR"


class Definition(Model):
    """What an indicator measures.

    `minimum` is what an unknown addend is at least, None where figures may go below 0; `since` the day
    from which a total counts; `plans_for` the indicator that a plan is fulfilled in; `terms` are the
    words by which a text speaks of it, and `topics` the groups in which it stands on the board.
    """

    title: Line
    unit: Unit
    measure: Measure
    definition: Text
    place: Text | None = None
    parts: tuple[Slug, ...]
    policy: str
    fresh_days: int
    minimum: Number | None = None
    since: PeriodText | None = None
    plans_for: Slug | None = None
    terms: Names = ()
    topics: Names = ()
    marking: OwnMarking = "TLP:CLEAR"


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

    V: ClassVar[int] = 2
    TYPE: ClassVar = "IndicatorDefined"
    CHANGE: ClassVar[Change | None] = "definition"
    definition: Definition


class IndicatorRevised(IndicatorEvent):
    """An indicator's definition was revised."""

    V: ClassVar[int] = 2
    TYPE: ClassVar = "IndicatorRevised"
    CHANGE: ClassVar[Change | None] = "definition"
    definition: Definition


class AssessmentRecorded(IndicatorEvent):
    """An analyst recorded a judgement of the indicator, and the claims that it rests on."""

    TYPE: ClassVar = "AssessmentRecorded"
    CHANGE: ClassVar[Change | None] = "revision"
    low: Number | None = None
    best: Number | None = None
    high: Number | None = None
    confidence: Confidence
    analyst: Line
    rationale: Text
    claims: tuple[ClaimId, ...]
    marking: OwnMarking = "TLP:CLEAR"


class CitationEvent(Model):
    """Something that happened to one citation of a figure.

    The figure is that of an indicator, and of an originator where one was asked for.
    """

    V: ClassVar[int] = 1
    CHANGE: ClassVar[Change | None] = None
    citation: Slug
    indicator: Slug
    originator: Slug | None = None

    @property
    def stream(self) -> str:
        """The citation's stream."""
        return citation_stream(self.citation)


class FigureCited(CitationEvent):
    """A figure was used somewhere, and whoever used it is to know when it moves.

    The figure is the answer to this question at this position. It is not kept: it is computed from the
    log again, for each reader what that one may see of it.
    """

    TYPE: ClassVar = "FigureCited"
    period: PeriodText | None = None
    cohort: Line | None = None
    incident: Slug | None = None
    policy: str
    published_by: Instant | None = None
    valid_at: Instant | None = None
    position: Annotated[int, Field(ge=1)]
    where: Line
    note: Text
    when_it_moves: WhenItMoves
    marking: OwnMarking = "TLP:CLEAR"


class CitationClosed(CitationEvent):
    """A citation was closed: nobody is to be told any more that its figure moves."""

    TYPE: ClassVar = "CitationClosed"
    reason: Text


class OperationEvent(Model):
    """Something that an operator did to the log itself, or to who may use it."""

    V: ClassVar[int] = 1
    CHANGE: ClassVar[Change | None] = None
    operator: Line

    @property
    def stream(self) -> str:
        """The stream of operator's acts."""
        return OPERATIONS


class LossAccepted(OperationEvent):
    """Events that had been acknowledged were gone, and the log goes on without them.

    The log ended at position `head` although it had reached `known`; `evidence` says what shows it.
    """

    TYPE: ClassVar = "LossAccepted"
    head: Annotated[int, Field(ge=0)]
    known: Annotated[int, Field(ge=0)]
    evidence: Text


class ClockAccepted(OperationEvent):
    """The clock was far ahead of the last event, and it is right: from `before` to `after`."""

    TYPE: ClassVar = "ClockAccepted"
    before: Instant
    after: Instant


class TokenIssued(OperationEvent):
    """Whoever holds a token may do and see what it says, until it expires or is revoked.

    `token` is its id; nothing here helps to guess its secret.
    """

    TYPE: ClassVar = "TokenIssued"
    token: TokenId
    subject: Line
    role: Role
    clearance: Marking
    expires_at: Instant | None = None
    note: Text


class TokenRevoked(OperationEvent):
    """A token is accepted no longer."""

    TYPE: ClassVar = "TokenRevoked"
    token: TokenId


class WebhookSet(OperationEvent):
    """A program elsewhere is told of changes, as far as `subject` may see them.

    Its address, its secret and what it asks for are not here: whoever knows them could speak for us.
    """

    TYPE: ClassVar = "WebhookSet"
    webhook: Slug
    subject: Line
    clearance: Marking


class WebhookEnded(OperationEvent):
    """A program elsewhere is told no longer: `deleted`, or it answered that it is `gone`."""

    TYPE: ClassVar = "WebhookEnded"
    webhook: Slug
    reason: Literal["deleted", "gone"]


class SigningKeyAdded(OperationEvent):
    """Checkpoints of the log are signed with another key since `added_at`.

    `recovers` says what the log had signed under its former name and has lost: it goes on under that of
    the key.
    """

    TYPE: ClassVar = "SigningKeyAdded"
    vkey: VerifierKey
    added_at: Instant
    recovers: Text | None = None


class SigningKeyRetired(OperationEvent):
    """A key signs no checkpoints of the log since `retired_at`; what it has signed stays valid."""

    TYPE: ClassVar = "SigningKeyRetired"
    vkey: VerifierKey
    retired_at: Instant


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
    | EventRedacted
)
AnySourceEvent = SourceRegistered | SourceGraded
AnyIndicatorEvent = IndicatorDefined | IndicatorRevised | AssessmentRecorded
AnyCitationEvent = FigureCited | CitationClosed
AnyOperationEvent = (
    LossAccepted
    | ClockAccepted
    | TokenIssued
    | TokenRevoked
    | WebhookSet
    | WebhookEnded
    | SigningKeyAdded
    | SigningKeyRetired
)
Event = AnyReportEvent | AnySourceEvent | AnyIndicatorEvent | AnyCitationEvent | AnyOperationEvent

EVENT_TYPES: tuple[type[Event], ...] = get_args(Event)
"""Every event, in the order of the union."""
EVENTS_BY_TYPE: Mapping[str, type[Event]] = {kind.TYPE: kind for kind in EVENT_TYPES}
"""Every event by its stored name."""
