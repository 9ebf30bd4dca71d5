"""Every intent: what a caller may ask the log to record, each with the name it has in an import."""

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field, model_validator

from domain.estimates.citation_rule import WhenItMoves
from domain.estimates.policies import DEFAULT_POLICY
from domain.vocabulary import (
    LARGEST,
    ActKind,
    ClaimId,
    Confidence,
    Credibility,
    Day,
    Evidence,
    Instant,
    Kind,
    Line,
    Marking,
    Measure,
    Minimum,
    Model,
    Names,
    Number,
    OwnMarking,
    PeriodText,
    PublicationTime,
    Reliability,
    RestatedStatement,
    Role,
    Slug,
    Statement,
    Subject,
    Text,
    TokenId,
    Unit,
    UntilTime,
    Url,
    VerifierKey,
    split_claim_id,
)

DEFAULT_FRESH_DAYS = 90
MOST_CLAIMS = 10_000


class ReportCommand(Model):
    """Something to be done to a filed report."""

    report: Slug


class ClaimCommand(Model):
    """Something to be done to one claim of a report."""

    claim: ClaimId

    @property
    def report(self) -> str:
        """The id of the report that makes the claim."""
        return split_claim_id(self.claim)[0]


class FileReport(Model):
    """File a report with its claims; the `id` may be left to the log."""

    NAME: ClassVar = "file_report"
    id: Slug | None = None
    publisher: Slug
    url: Url | None = None
    title: Text | None = None
    published_at: PublicationTime
    marking: Marking = "TLP:CLEAR"
    evidence: Evidence | None = None
    claims: Annotated[tuple[Statement, ...], Field(min_length=1, max_length=MOST_CLAIMS)]


class NewProvenance(Model):
    """The parts of a provenance that a correction replaces; what is absent stays."""

    publisher: Slug | None = None
    url: Url | None = None
    title: Text | None = None
    published_at: PublicationTime | None = None
    evidence: Evidence | None = None


class CorrectReport(ReportCommand):
    """Correct a report: `record` where we mistyped, `publisher` where they corrected."""

    NAME: ClassVar = "correct_report"
    kind: ActKind
    reason: Text = ""
    published_at: PublicationTime | None = None
    provenance: NewProvenance | None = None
    claims: (
        Annotated[tuple[RestatedStatement, ...], Field(min_length=1, max_length=MOST_CLAIMS)] | None
    ) = None


class WithdrawReport(ReportCommand):
    """Withdraw a report: its publisher did, or we recorded what should not be here.

    Without a `kind` it is the publisher's act where `published_at` is given, else ours.
    """

    NAME: ClassVar = "withdraw_report"
    kind: ActKind
    reason: Text = ""
    published_at: PublicationTime | None = None

    @model_validator(mode="before")
    @classmethod
    def _implied_kind(cls, data: object) -> object:
        if not isinstance(data, dict) or data.get("kind") is not None:
            return data
        return {**data, "kind": "record" if data.get("published_at") is None else "publisher"}


class HoldReport(ReportCommand):
    """Put a report under check: left out of estimates until it is released."""

    NAME: ClassVar = "hold_report"
    reason: Text = ""


class ReleaseReport(ReportCommand):
    """Release a held report."""

    NAME: ClassVar = "release_report"
    reason: Text = ""


class MarkReport(ReportCommand):
    """Give a report another TLP marking."""

    NAME: ClassVar = "mark_report"
    marking: Marking
    reason: Text = ""


class RedactReport(ReportCommand):
    """Destroy what a report said, for good: law or the protection of a source requires it.

    That it was filed, and that it was redacted, by whom, why and under which authority, stays.
    """

    NAME: ClassVar = "redact_report"
    reason: Annotated[Text, Field(min_length=1)]
    authority: Line


class GradeClaim(ClaimCommand):
    """Grade a claim's credibility, 1 to 6 (STANAG 2511)."""

    NAME: ClassVar = "grade_claim"
    credibility: Credibility
    reason: Text = ""
    marking: OwnMarking = "TLP:CLEAR"


class LinkClaim(ClaimCommand):
    """Record that a claim is derived from another."""

    NAME: ClassVar = "link_claim"
    derived_from: ClaimId
    reason: Text = ""
    marking: OwnMarking = "TLP:CLEAR"


class UnlinkClaim(ClaimCommand):
    """Record that a claim is not derived from another after all."""

    NAME: ClassVar = "unlink_claim"
    derived_from: ClaimId
    reason: Text = ""
    marking: OwnMarking = "TLP:CLEAR"


class DisputeClaim(ClaimCommand):
    """Record that a source disputes a claim.

    Without `published_at` the dispute counts from the claim's own publication.
    """

    NAME: ClassVar = "dispute_claim"
    by: Slug
    reason: Text = ""
    published_at: PublicationTime | None = None


class DefineIndicator(Model):
    """Define what is measured, or revise that; without a `marking` it keeps the one that it has."""

    NAME: ClassVar = "define_indicator"
    id: Slug
    title: Line
    unit: Unit = ""
    measure: Measure
    definition: Text = ""
    place: Text | None = None
    parts: tuple[Slug, ...] = ()
    policy: Annotated[str, Field(max_length=200)] = DEFAULT_POLICY
    fresh_days: Annotated[int, Field(ge=0, le=36_500)] = DEFAULT_FRESH_DAYS
    minimum: Minimum | None = 0
    since: Day | None = None
    plans_for: Slug | None = None
    terms: Names = ()
    topics: Names = ()
    marking: Marking | None = None


class RecordAssessment(Model):
    """Record an analyst's own judgement on an indicator, and the claims that it rests on."""

    NAME: ClassVar = "record_assessment"
    indicator: Slug
    low: Number | None = None
    best: Number | None = None
    high: Number | None = None
    confidence: Confidence
    rationale: Text = ""
    claims: Annotated[tuple[ClaimId, ...], Field(max_length=MOST_CLAIMS)] = ()
    marking: OwnMarking = "TLP:CLEAR"


class RegisterSource(Model):
    """Register a source, or describe it again; without a `marking` it keeps the one that it has."""

    NAME: ClassVar = "register_source"
    id: Slug
    name: Line | None = None
    kind: Kind | None = None
    country: Line | None = None
    note: Text | None = None
    aliases: Names = ()
    speaks_for: Slug | None = None
    marking: Marking | None = None


class GradeSource(Model):
    """Grade a source's reliability, A to F (STANAG 2511)."""

    NAME: ClassVar = "grade_source"
    source: Slug
    reliability: Reliability
    reason: Text = ""
    marking: OwnMarking = "TLP:CLEAR"


class CiteFigure(Model):
    """Cite a figure: say where it was used, and be told when it moves.

    The figure is the answer to the question that `indicator` and the fields after it make, at
    `position`: without one at the end of the log. To cite again at another position begins anew. The
    `id` may be left to the log.
    """

    NAME: ClassVar = "cite_figure"
    id: Slug | None = None
    indicator: Slug
    period: PeriodText | None = None
    cohort: Line | None = None
    incident: Slug | None = None
    originator: Slug | None = None
    policy: Annotated[str, Field(max_length=200)] | None = None
    published_by: UntilTime | None = None
    valid_at: UntilTime | None = None
    position: Annotated[int, Field(ge=1, le=LARGEST)] | None = None
    where: Line
    note: Text = ""
    when_it_moves: WhenItMoves = WhenItMoves()
    marking: OwnMarking = "TLP:CLEAR"


class CloseCitation(Model):
    """Close a citation: nobody is told any more that its figure moves."""

    NAME: ClassVar = "close_citation"
    citation: Slug
    reason: Text = ""


class AcceptLoss(Model):
    """Go on with a log that ends at `head` although it had reached `known`."""

    head: Annotated[int, Field(ge=0)]
    known: Annotated[int, Field(ge=0)]
    evidence: Text


class AcceptClock(Model):
    """Go on with a clock that says `after` although the last event was recorded at `before`."""

    before: Instant
    after: Instant


class IssueToken(Model):
    """Let whoever holds a token do and see what it says, until it expires or is revoked."""

    token: TokenId
    subject: Subject
    role: Role
    clearance: Marking
    expires_at: Instant | None = None
    note: Text = ""


class RevokeToken(Model):
    """Accept a token no longer."""

    token: TokenId


class SetWebhook(Model):
    """Tell a program elsewhere of changes, as far as whoever set this may see them."""

    webhook: Slug
    subject: Subject
    clearance: Marking


class EndWebhook(Model):
    """Tell that program no longer: it was `deleted`, or the program answered that it is `gone`."""

    webhook: Slug
    reason: Literal["deleted", "gone"]


class AddSigningKey(Model):
    """Sign checkpoints of the log with another key as well."""

    vkey: VerifierKey
    added_at: Instant
    recovers: Text | None = None


class RetireSigningKey(Model):
    """Sign no checkpoints with a key any more."""

    vkey: VerifierKey
    retired_at: Instant


AnyClaimCommand = GradeClaim | LinkClaim | UnlinkClaim | DisputeClaim
AnyReportCommand = (
    FileReport
    | CorrectReport
    | WithdrawReport
    | HoldReport
    | ReleaseReport
    | MarkReport
    | RedactReport
    | AnyClaimCommand
)
AnySourceCommand = RegisterSource | GradeSource
AnyIndicatorCommand = DefineIndicator | RecordAssessment
AnyCitationCommand = CiteFigure | CloseCitation
DeskCommand = AnyIndicatorCommand | AnySourceCommand | AnyReportCommand | AnyCitationCommand
OperatorCommand = (
    AcceptLoss
    | AcceptClock
    | IssueToken
    | RevokeToken
    | SetWebhook
    | EndWebhook
    | AddSigningKey
    | RetireSigningKey
)
Command = DeskCommand | OperatorCommand

COMMAND_TYPES: tuple[type[DeskCommand], ...] = get_args(DeskCommand)
"""Every command that a desk may give, in the order of the union."""
IMPORTED: tuple[type[DeskCommand], ...] = tuple(k for k in COMMAND_TYPES if k is not RedactReport)
"""Every command that an import may hold: bytes are destroyed by a decision about this log alone."""
