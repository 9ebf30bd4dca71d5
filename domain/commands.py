"""Every intent: what a caller may ask the log to record."""

from typing import Annotated

from pydantic import Field, model_validator

from domain.estimates.policies import DEFAULT_POLICY
from domain.vocabulary import (
    ActKind,
    ClaimId,
    Confidence,
    Credibility,
    Evidence,
    Instant,
    Kind,
    Line,
    Marking,
    Measure,
    Model,
    Number,
    ProvenanceChange,
    Reliability,
    RestatedStatement,
    Slug,
    Statement,
    Text,
    Url,
)

DEFAULT_FRESH_DAYS = 90
MOST_CLAIMS = 10_000


class FileReport(Model):
    """File a report with its claims; the `id` may be left to the log."""

    id: Slug | None = None
    publisher: Slug
    url: Url | None = None
    title: Text | None = None
    published_at: Instant
    marking: Marking = "TLP:CLEAR"
    evidence: Evidence | None = None
    claims: Annotated[tuple[Statement, ...], Field(min_length=1, max_length=MOST_CLAIMS)]


class CorrectReport(Model):
    """Correct a report: `record` where we mistyped, `publisher` where they corrected."""

    report: Slug
    kind: ActKind
    reason: Text = ""
    published_at: Instant | None = None
    provenance: ProvenanceChange | None = None
    claims: (
        Annotated[tuple[RestatedStatement, ...], Field(min_length=1, max_length=MOST_CLAIMS)] | None
    ) = None


class WithdrawReport(Model):
    """Withdraw a report: its publisher did, or we recorded what should not be here.

    Without a `kind` it is the publisher's act where `published_at` is given, else ours.
    """

    report: Slug
    kind: ActKind
    reason: Text = ""
    published_at: Instant | None = None

    @model_validator(mode="before")
    @classmethod
    def _implied_kind(cls, data: object) -> object:
        if not isinstance(data, dict) or data.get("kind") is not None:
            return data
        return {**data, "kind": "record" if data.get("published_at") is None else "publisher"}


class HoldReport(Model):
    """Put a report under check: left out of estimates until it is released."""

    report: Slug
    reason: Text = ""


class ReleaseReport(Model):
    """Release a held report."""

    report: Slug
    reason: Text = ""


class MarkReport(Model):
    """Give a report another TLP marking."""

    report: Slug
    marking: Marking
    reason: Text = ""


class GradeClaim(Model):
    """Grade a claim's credibility, 1 to 6 (STANAG 2511)."""

    claim: ClaimId
    credibility: Credibility
    reason: Text = ""


class LinkClaim(Model):
    """Say that a claim is derived from another."""

    claim: ClaimId
    derived_from: ClaimId
    reason: Text = ""


class UnlinkClaim(Model):
    """Say that a claim is not derived from another after all."""

    claim: ClaimId
    derived_from: ClaimId
    reason: Text = ""


class DisputeClaim(Model):
    """Record that a source disputes a claim.

    Without `published_at` the dispute counts from the claim's own publication.
    """

    claim: ClaimId
    by: Slug
    reason: Text = ""
    published_at: Instant | None = None


class DefineIndicator(Model):
    """Define what is measured, or revise that definition."""

    id: Slug
    title: Line
    unit: Annotated[str, Field(max_length=200)] = ""
    measure: Measure
    definition: Text = ""
    place: Text | None = None
    parts: tuple[Slug, ...] = ()
    policy: Annotated[str, Field(max_length=200)] = DEFAULT_POLICY
    fresh_days: Annotated[int, Field(ge=0, le=36_500)] = DEFAULT_FRESH_DAYS


class RecordAssessment(Model):
    """Record an analyst's own judgement on an indicator, and the claims that it rests on."""

    indicator: Slug
    low: Number | None = None
    best: Number | None = None
    high: Number | None = None
    confidence: Confidence
    rationale: Text = ""
    claims: Annotated[tuple[ClaimId, ...], Field(max_length=MOST_CLAIMS)] = ()


class RegisterSource(Model):
    """Register a source, or describe it anew."""

    id: Slug
    name: Line | None = None
    kind: Kind | None = None
    country: Line | None = None
    note: Text | None = None


class GradeSource(Model):
    """Grade a source's reliability, A to F (STANAG 2511)."""

    source: Slug
    reliability: Reliability
    reason: Text = ""


ReportCommand = (
    FileReport
    | CorrectReport
    | WithdrawReport
    | HoldReport
    | ReleaseReport
    | MarkReport
    | GradeClaim
    | LinkClaim
    | UnlinkClaim
    | DisputeClaim
)
IndicatorCommand = DefineIndicator | RecordAssessment
SourceCommand = RegisterSource | GradeSource
Command = ReportCommand | IndicatorCommand | SourceCommand
