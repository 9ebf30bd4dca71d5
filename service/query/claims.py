"""Claims as they stand at the times asked, with the chain from each to its roots."""

import re
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from domain.estimates.claims import Standing
from domain.streams.report_state import Filed, claim_at, disputes_at
from domain.times import show_instant
from domain.vocabulary import Marking, Reliability, claim_id, split_claim_id
from projections.answers.claims import look_up
from projections.answers.values import Instant
from service.log.port import EventLog
from service.query.chains import MOST_LINKS, ListedChain, chain
from service.query.report_claims import ReportClaim, report_claim
from service.query.reports import published_by, report_in_force
from service.query.standpoint import Standpoint

_CLAIM_ID = re.compile(r".+/[1-9][0-9]{0,5}")


MOST_DISPUTES = 100
"""Maximum number of disputes listed with a claim; all of them are counted."""


class DisputeItem(TypedDict):
    """A dispute of a claim; without `published_at` it holds from the claim's publication on."""

    by: str
    reason: str
    published_at: Instant | None


class ClaimAnswer(ReportClaim):
    """A claim as it stands at the times asked, with the chain from it to its roots."""

    report: str
    position: int
    publisher: str
    published_at: Instant
    marking: Marking
    reliability: Reliability | None
    standing: Standing
    disputes: Annotated[list[DisputeItem], Field(max_length=MOST_DISPUTES)]
    chain: ListedChain
    n_disputes: int
    n_chain: int


def claim(here: Standpoint, log: EventLog, name: str) -> ClaimAnswer | None:
    """A claim as it stands at the times asked; None where there is no such claim."""
    if not _CLAIM_ID.fullmatch(name):
        return None
    report_name, n = split_claim_id(name)
    report = report_in_force(here, log, report_name)
    span = claim_at(report.state, n, published_by(here.as_of)) if report else None
    if report is None or span is None:
        return None
    found = look_up(here.db, here.as_of)(claim_id(report_name, n))
    links, disputed = chain(here, name), disputes(here, report.state, n)
    return {
        **report_claim(report.state, span.words, n),
        "report": report_name,
        "position": report.position,
        "publisher": span.words.provenance.publisher,
        "published_at": show_instant(span.words.published_at),
        "marking": report.state.marking,
        "reliability": found.reliability if found else None,
        "standing": found.standing if found else "not-yet-known",
        "disputes": disputed[:MOST_DISPUTES],
        "chain": links[:MOST_LINKS],
        "n_disputes": len(disputed),
        "n_chain": len(links),
    }


def disputes(here: Standpoint, state: Filed, n: int) -> list[DisputeItem]:
    """Who disputes claim n at the times asked, since when and why."""
    return [
        {
            "by": dispute.by,
            "reason": dispute.reason,
            "published_at": show_instant(dispute.published_at) if dispute.published_at else None,
        }
        for dispute in disputes_at(state, n, published_by(here.as_of))
    ]
