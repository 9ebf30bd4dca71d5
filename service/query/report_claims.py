"""Claims in the words of a version of their report."""

from typing_extensions import TypedDict

from domain.streams.report_state import Filed, links, stated_at, valid_period
from domain.streams.versions import Version
from domain.times import show_instant
from domain.vocabulary import (
    Basis,
    LikelihoodWord,
    Qualifier,
    Quantity,
    Quote,
    Stance,
    Status,
    claim_id,
)
from projections.answers.values import Instant, Number


class ClaimQuantity(TypedDict):
    """A figure as its source gave it; a missing bound is null."""

    low: Number
    best: Number
    high: Number
    qualifier: Qualifier


class ClaimStance(TypedDict):
    """Whether a source asserts or denies a proposition, with its likelihood if the source gave one."""

    asserts: bool
    likelihood: LikelihoodWord | None


class ClaimQuote(TypedDict):
    """The words that a claim rests on, those around them, and where they stand in the text read."""

    exact: str
    prefix: str
    suffix: str
    start: int | None
    end: int | None


class ReportClaim(TypedDict):
    """A claim of a report, with its dates, links and credibility at the times asked."""

    id: str
    n: int
    indicator: str
    originator: str
    spokesperson: str | None
    cohort: str | None
    incident: str | None
    basis: Basis
    stated_at: Instant
    period: str
    status: Status
    quantity: ClaimQuantity | None
    stance: ClaimStance | None
    derived_from: list[str]
    rests_on: list[str]
    text: str
    quote: ClaimQuote | None
    credibility: int | None


def report_claim(state: Filed, version: Version, n: int) -> ReportClaim:
    """Claim n in the words of a version."""
    claim, grade = version.claims[n], state.grades.get(n)
    return {
        "id": claim_id(state.id, n),
        "indicator": claim.indicator,
        "originator": claim.originator,
        "spokesperson": claim.spokesperson,
        "cohort": claim.cohort,
        "incident": claim.incident,
        "basis": claim.basis,
        "stated_at": show_instant(stated_at(claim, version.provenance)),
        "period": valid_period(claim, version.provenance).text,
        "status": claim.status,
        "quantity": claim_quantity(claim.quantity),
        "stance": claim_stance(claim.stance),
        "derived_from": sorted(links(state, version, n)),
        "rests_on": sorted(set(claim.rests_on)),
        "text": claim.text,
        "quote": _quote(claim.quote),
        "n": claim.n,
        "credibility": grade.credibility if grade else None,
    }


def _quote(given: Quote | None) -> ClaimQuote | None:
    if given is None:
        return None
    return {
        "exact": given.exact,
        "prefix": given.prefix,
        "suffix": given.suffix,
        "start": given.start,
        "end": given.end,
    }


def claim_quantity(given: Quantity | None) -> ClaimQuantity | None:
    """The figure of a claim as callers receive it; None for a stance."""
    if given is None:
        return None
    return {
        "low": given.low,
        "best": given.best,
        "high": given.high,
        "qualifier": given.qualifier,
    }


def claim_stance(given: Stance | None) -> ClaimStance | None:
    """The stance of a claim as callers receive it; None for a figure."""
    return None if given is None else {"asserts": given.asserts, "likelihood": given.likelihood}
