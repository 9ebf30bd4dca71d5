"""Full-text search over reports and their claims."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from domain.streams.report_state import ReportStatus
from domain.vocabulary import Marking
from projections.answers.latest_reports import FROM_THE_TOP, Place, published_last
from projections.answers.values import Instant
from projections.tables.search import found, matches
from service.log.port import EventLog
from service.query.report_claims import ReportClaim
from service.query.reports import ReportAnswer, report
from service.query.standpoint import Standpoint

MOST_HITS = 20
"""Maximum number of claims listed of a report that a search found; all that matched are counted."""


class HitClaim(TypedDict):
    """A claim in which a search found one of its words."""

    id: str
    indicator: str
    text: str


class ReportHit(TypedDict):
    """A report that a search found, with the claims that matched."""

    id: str
    version: int
    status: ReportStatus
    marking: Marking
    publisher: str
    url: str | None
    title: str | None
    published_at: Instant
    position: int
    recorded_at: Instant
    claims: Annotated[list[HitClaim], Field(max_length=MOST_HITS)]
    n_claims: int


def search(here: Standpoint, log: EventLog, q: str, after: str, limit: int) -> list[ReportHit]:
    """At most `limit` reports by id that contain all words of `q`, starting after one.

    The words may be in the title, the publisher or the claims.
    """
    hits = list[ReportHit]()
    for name in found(here.db, "report", q, here.as_of.position, after):
        if len(hits) == limit:
            break
        body = report(here, log, name)
        if body is not None:
            hits.append(report_hit(body, [each for each in body["claims"] if _matches(q, each)]))
    return hits


def latest(
    here: Standpoint, log: EventLog, limit: int, after: Place = FROM_THE_TOP
) -> tuple[list[ReportHit], Place | None]:
    """At most `limit` reports after a place, published or revised last first; where the next start."""
    found = published_last(here.db, here.as_of, limit + 1, after)
    bodies = [report(here, log, name) for name, _ in found[:limit]]
    hits = [report_hit(body, []) for body in bodies if body is not None]
    return hits, found[limit - 1][1] if len(found) > limit else None


def report_hit(body: ReportAnswer, claims: list[ReportClaim]) -> ReportHit:
    """A report as a search returns it, with some of its claims."""
    return {
        "id": body["id"],
        "version": body["version"],
        "status": body["status"],
        "marking": body["marking"],
        "publisher": body["publisher"],
        "url": body["url"],
        "title": body["title"],
        "published_at": body["published_at"],
        "position": body["position"],
        "recorded_at": body["recorded_at"],
        "claims": [
            {"id": each["id"], "indicator": each["indicator"], "text": each["text"]}
            for each in claims[:MOST_HITS]
        ],
        "n_claims": len(claims),
    }


def _matches(q: str, claim: ReportClaim) -> bool:
    texts = (
        *(claim["indicator"], claim["originator"], claim["spokesperson"]),
        *(claim["cohort"], claim["text"], claim["quote"]["exact"] if claim["quote"] else None),
    )
    return matches(q, " ".join(each or "" for each in texts))
