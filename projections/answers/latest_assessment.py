"""Assessments as they stood at any times, and what became of the claims that they cite."""

import sqlite3
from collections.abc import Iterator

from domain.estimates.assessment import HIDING, estimate_of_assessment
from domain.estimates.claims import Claim
from domain.estimates.estimate import Assessment, Estimate, Question
from domain.events import AssessmentRecorded
from projections.answers.as_of import AsOf
from projections.answers.claims import look_up
from projections.tables.claim_rows import COLUMNS

_INCIDENTAL = (
    *("pub_from", "pub_to", "published", "lane", "credibility", "disputed_by", "version"),
    *("first", "last", "headline"),
)
"""Columns that may change without a change of the claim: a new publication of its report, a grade,
another day from which its indicator counts.

A grade of 5 changes the lane as well; what else changes it shows in other columns."""
_SUBSTANCE = ", ".join(name for name in COLUMNS if name not in _INCIDENTAL)


def estimate_from_assessment(
    db: sqlite3.Connection, question: Question, indicator: str, as_of: AsOf, claims: list[Claim]
) -> Estimate:
    """The estimate taken from the latest assessment; `claims` are the active ones of the indicator."""
    found = latest_assessment(db, indicator, as_of)
    latest, cited = found if found else (None, [])
    return estimate_of_assessment(question, latest, cited, claims, look_up(db, as_of))


def latest_assessment(
    db: sqlite3.Connection, indicator: str, as_of: AsOf
) -> tuple[Assessment, list[Claim]] | None:
    """The latest assessment at the times asked, with the claims that it cites.

    An assessment is published, and cut off, when it is recorded. It is hidden while any claim that
    it cites is hidden.
    """
    find = look_up(db, as_of)
    for assessment in _recorded(db, indicator, as_of):
        known = [claim for name in assessment.claims if (claim := find(name))]
        cited = [claim for claim in known if claim.standing != "redacted"]
        if not any(claim.standing in HIDING for claim in cited):
            return assessment, cited
    return None


def _recorded(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> Iterator[Assessment]:
    rows = db.execute(
        "SELECT position, recorded_at, body FROM assessments WHERE indicator = ? AND position <= ? "
        "AND recorded_at <= ? ORDER BY position DESC",
        (indicator, as_of.position, min(as_of.by, as_of.until)),
    )
    for position, recorded_at, body in rows.fetchall():
        event = AssessmentRecorded.model_validate_json(body)
        yield Assessment(
            position=position,
            recorded_at=recorded_at,
            analyst=event.analyst,
            confidence=event.confidence,
            low=event.low,
            best=event.best,
            high=event.high,
            rationale=event.rationale,
            claims=event.claims,
            marking=event.marking,
        )


def changed_since(db: sqlite3.Connection, assessment: Assessment, as_of: AsOf) -> list[str]:
    """The cited claims that were corrected, held, released, withdrawn, linked or unlinked since."""
    query = (
        f"SELECT count(*) FROM (SELECT DISTINCT {_SUBSTANCE} FROM claims c WHERE c.claim = :claim "
        "AND c.until > :assessed AND c.since <= :position AND c.pub_from <= :by AND c.pub_to > :by)"
    )
    given = {"assessed": assessment.position, "position": as_of.position, "by": as_of.by}
    return [
        claim
        for claim in assessment.claims
        if db.execute(query, {**given, "claim": claim}).fetchone()[0] > 1
    ]
