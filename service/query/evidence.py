"""Claims as evidence for or against an estimate."""

from typing_extensions import TypedDict

from domain.estimates.claims import Claim, cutoff_date
from domain.vocabulary import Basis, Marking, Qualifier, Reliability, Status
from projections.answers.estimate_answer import First100
from projections.answers.explanation import LeftOutReason
from projections.answers.kept_sums import MOST_LISTED
from projections.answers.values import Day, Instant, Number, instant, number
from service.query.chains import MOST_LINKS, ListedChain, chain
from service.query.standpoint import Standpoint


class EvidenceQuantity(TypedDict):
    """The figure of a claim as its source gave it."""

    low: Number
    best: Number
    high: Number
    qualifier: Qualifier | None


class EvidenceStance(TypedDict):
    """Whether a claim asserts or denies a proposition."""

    asserts: bool


class EvidenceItem(TypedDict):
    """A claim as evidence: its source and statement, its grades, and where it came from."""

    claim: str
    report: str
    position: int
    indicator: str
    cohort: str | None
    originator: str
    basis: Basis
    status: Status
    period: str
    cutoff: Day
    stated_at: Instant
    published_at: Instant
    quantity: EvidenceQuantity | None
    stance: EvidenceStance | None
    reliability: Reliability | None
    credibility: int | None
    marking: Marking
    disputed_by: First100
    quote: str | None
    chain: ListedChain
    n_disputed_by: int
    n_chain: int


class ExcludedItem(EvidenceItem):
    """A claim that does not count, the reason, and the claim that took its place, if one did."""

    reason: LeftOutReason
    by: str | None


class RelayItem(EvidenceItem):
    """A claim that passes on another one, with the root that it counts for; null if that is hidden."""

    root: str | None


def evidence_item(here: Standpoint, claim: Claim) -> EvidenceItem:
    """A claim as evidence at a standpoint."""
    links = chain(here, claim.id)
    return {
        "claim": claim.id,
        "report": claim.report,
        "position": claim.position,
        "indicator": claim.indicator,
        "cohort": claim.cohort,
        "originator": claim.originator,
        "basis": claim.basis,
        "status": claim.status,
        "period": claim.period,
        "cutoff": cutoff_date(claim.cutoff).isoformat(),
        "stated_at": instant(claim.stated),
        "published_at": instant(claim.published),
        "quantity": quantity_of(claim) if claim.asserts is None else None,
        "stance": None if claim.asserts is None else {"asserts": claim.asserts},
        "reliability": claim.reliability,
        "credibility": claim.credibility,
        "marking": claim.marking,
        "disputed_by": list(claim.disputed_by[:MOST_LISTED]),
        "quote": claim.quote or None,
        "chain": links[:MOST_LINKS],
        "n_disputed_by": len(claim.disputed_by),
        "n_chain": len(links),
    }


def quantity_of(claim: Claim) -> EvidenceQuantity:
    """The figure of a claim; all its numbers are None where it gave none."""
    return {
        "low": number(claim.low),
        "best": number(claim.best),
        "high": number(claim.high),
        "qualifier": claim.qualifier,
    }
