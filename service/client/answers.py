"""The types of the answers that methods return, for type checkers and readers.

They are those that the server returns; an answer on one thing bears the times that it is for. Nothing
of the client imports this module when it runs, because it imports the server's.
"""

from typing_extensions import TypedDict

from service.access.token_rows import IssuedTokenAnswer, TokenAnswer
from service.api.access import Me
from service.api.evidence import StoredEvidence
from service.api.operations import Health, ProjectionItem, Ready
from service.api.rebuild import RebuildJob
from service.api.webhooks import SetWebhookAnswer, WebhookList
from service.api.witness import WitnessedList
from service.api.write import Written
from service.attestation.told import AttestationState
from service.dry_run import DryRunAnswer
from service.health import Readiness
from service.http.briefed import BriefingAnswer
from service.http.problems import FaultBody, ProblemBody
from service.interop.import_spool import RefusedLine
from service.interop.import_tally import DoneLine, FailedLine, ProgressLine
from service.interop.tables.preview import TablePreview
from service.query.board import BoardItem
from service.query.chains import ChainLink
from service.query.changed import ListedChange
from service.query.changes import CountedChanges
from service.query.citations import CitationItem, State
from service.query.claims import ClaimAnswer
from service.query.comparison import ComparisonItem, PolicySpan
from service.query.estimate_proof import EstimateProof as EstimateProofAnswer
from service.query.estimates import CohortItem, UsedItem
from service.query.events import EventAnswer, FrameAnswer
from service.query.explanations import CountedExplanation, ExplainedClaim, ExplainedStep
from service.query.flags import OpenFlag
from service.query.history import CountedSeriesRow as SeriesRow
from service.query.history import KnownVintageRow, RevisionRow, VintageRow
from service.query.impact import ImpactAnswer, RelayingItem
from service.query.indicators import IndicatorItem
from service.query.listed import CountedEstimate
from service.query.open_matters import OpenAnswer
from service.query.proposal_answers import CheckAnswer, DraftAnswer
from service.query.reports import ReportAnswer
from service.query.search import ReportHit
from service.query.slippage import SlippageRow
from service.query.sources import SourceAnswer, SourceItem
from service.query.standpoint import AsOfAnswer
from service.query.track_records import IndicatorTrackRecord
from service.signing.published import CheckpointItem, ConsistencyAnswer, ProofAnswer, VerifiersAnswer
from service.webhooks.answers import DeliveryList, WebhookAnswer

__all__ = [
    "AsOfAnswer",
    "AttestationState",
    "BoardItem",
    "Briefing",
    "ChainLink",
    "Changes",
    "Check",
    "CheckpointItem",
    "Citation",
    "CitationItem",
    "Claim",
    "CohortItem",
    "ComparisonItem",
    "Consistency",
    "DeliveryList",
    "DoneLine",
    "Draft",
    "DryRunAnswer",
    "Estimate",
    "EstimateProof",
    "EventAnswer",
    "ExplainedClaim",
    "ExplainedStep",
    "Explanation",
    "FailedLine",
    "FaultBody",
    "FrameAnswer",
    "Health",
    "Impact",
    "Indicator",
    "IndicatorItem",
    "IndicatorTrackRecord",
    "IssuedTokenAnswer",
    "KnownVintageRow",
    "ListedChange",
    "Me",
    "Open",
    "OpenFlag",
    "PolicySpan",
    "ProblemBody",
    "ProgressLine",
    "ProjectionItem",
    "Projections",
    "Proof",
    "Readiness",
    "Ready",
    "RebuildJob",
    "RefusedLine",
    "RelayingItem",
    "Report",
    "ReportHit",
    "RevisionRow",
    "SeriesRow",
    "SetWebhookAnswer",
    "SlippageRow",
    "Source",
    "SourceItem",
    "State",
    "StoredEvidence",
    "TablePreview",
    "TokenAnswer",
    "UsedItem",
    "VintageRow",
    "WebhookAnswer",
    "WebhookList",
    "WitnessedList",
    "Written",
]


class Estimate(CountedEstimate):
    """One estimate, with the times that it is for."""

    as_of: AsOfAnswer


class Explanation(CountedExplanation):
    """Why a figure is what it is, with the times that this is for."""

    as_of: AsOfAnswer


class Changes(CountedChanges):
    """What changed between two record times, with the times asked."""

    as_of: AsOfAnswer


class Impact(ImpactAnswer):
    """What rests on a claim, with the times that this is for."""

    as_of: AsOfAnswer


class Open(OpenAnswer):
    """What is open, with the times that this is for."""

    as_of: AsOfAnswer


class Report(ReportAnswer):
    """A report, with the times that it is for."""

    as_of: AsOfAnswer


class Claim(ClaimAnswer):
    """A claim, with the times that it is for."""

    as_of: AsOfAnswer


class Source(SourceAnswer):
    """A source, with the times that it is for."""

    as_of: AsOfAnswer


class Briefing(BriefingAnswer):
    """A briefing, with the times that it is for."""

    as_of: AsOfAnswer


class Citation(CitationItem):
    """A citation, with the times that it is for."""

    as_of: AsOfAnswer


class Indicator(IndicatorItem):
    """An indicator, with the times that it is for."""

    as_of: AsOfAnswer


class Draft(DraftAnswer):
    """What a text proposes, with the times that this is for."""

    as_of: AsOfAnswer


class Check(CheckAnswer):
    """Whether a text bears claims out, with the times that this is for."""

    as_of: AsOfAnswer


class Proof(ProofAnswer):
    """The proof of an event, with the times that it is for."""

    as_of: AsOfAnswer


class EstimateProof(EstimateProofAnswer):
    """The proof of an estimate, with the times that it is for."""

    as_of: AsOfAnswer


class Verifiers(VerifiersAnswer):
    """The public keys of a log, with the times that this is for."""

    as_of: AsOfAnswer


class Consistency(ConsistencyAnswer):
    """The proof that a tree only grew, with the times that it is for."""

    as_of: AsOfAnswer


class Projections(TypedDict):
    """Where each projection stands, with the times that this is for."""

    items: list[ProjectionItem]
    next_cursor: None
    as_of: AsOfAnswer
