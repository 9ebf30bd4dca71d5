"""Why a figure is what it is: every claim used or left out, each with the reason."""

import sqlite3
from dataclasses import dataclass, replace
from typing import Literal

from domain.estimates.claims import Claim, LookUp, Standing
from domain.estimates.estimate import Question, Reason, concerns
from domain.estimates.estimation import with_figure
from domain.estimates.origins import NAMELESS
from projections.answers.as_of import AsOf
from projections.answers.claims import look_up
from projections.answers.estimate_answer import DefinedEstimate
from projections.answers.estimates import counts_behind, estimate_by_policy
from projections.answers.questions import HEADLINE, Narrowing, question_of
from projections.tables.claim_rows import WHOLE
from projections.tables.registry import indicator_at, voices_at

LeftOutReason = Reason | Standing
"""Why a claim does not count."""
Use = Literal["used", "relay", "excluded"]
"""What became of a claim: it is used, passes on another one, or does not count."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A claim that does not count, the reason, and the claim that took its place, if one did."""

    claim: Claim
    reason: LeftOutReason
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """An estimate with every claim that was left out; its relays are in the estimate itself.

    `counted` is the number of claims, and of their reports, that are active for what was asked;
    `active` are the claims of the cohort asked, or of every cohort on request.
    """

    defined: DefinedEstimate
    left_out: list[LeftOut]
    counted: tuple[int, int]
    active: list[Claim]


def explain(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing = HEADLINE
) -> Explanation | None:
    """Explain an estimate to its last claim; None before the indicator was defined."""
    explained = explain_by(db, indicator, as_of, asked, look_up(db, as_of))
    if explained is not None:
        explained.left_out.extend(
            LeftOut(claim, "not-yet-known")
            for claim in _not_yet_known(db, indicator, as_of)
            if concerns(explained.defined.question, claim)
        )
    return explained


def explain_by(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing,
    find: LookUp,
    *,
    every_cohort: bool = False,
) -> Explanation | None:
    """Explain an estimate from claims that the caller's `find` looks up.

    With `every_cohort` the active claims of all cohorts are returned, whichever was asked for.
    """
    row = indicator_at(db, indicator, as_of.position)
    if row is None:
        return None
    question = question_of(row.definition, asked, voices=voices_at(db, as_of.position))
    about = claims_about(db, question, indicator, as_of)
    names = claims_about(db, None, indicator, as_of) if every_cohort else about
    known = [claim for name in names if (claim := find(name))]
    # Cells beyond the period asked may hold those within it.
    whole = replace(question, cell=None) if question.measure == "increment" else question
    # By id, not by content: a claim that a correction moved away may now be about anything.
    asked_about = set(about)
    seen = [
        claim
        for claim in known
        if claim.id in asked_about and claim.standing not in NAMELESS and concerns(whole, claim)
    ]
    standing = {claim.id: _standing(claim, indicator) for claim in seen}
    active = [claim for claim in seen if standing[claim.id] == "active"]
    result = estimate_by_policy(db, question, row, as_of, asked, active, find)
    cited = {claim.id for claim in result.used}  # an assessment may rest on what no longer counts
    out = [
        LeftOut(claim, standing[claim.id])
        for claim in seen
        if standing[claim.id] != "active" and claim.id not in cited and concerns(question, claim)
    ]
    out += [
        LeftOut(each.claim, each.reason, each.by)
        for each in result.excluded
        if each.reason != "relay" and concerns(question, each.claim)
    ]
    counted, _ = with_figure(question.measure, [c for c in active if concerns(question, c)])
    defined = DefinedEstimate(row.definition, question, result)
    counts = len(counted), len({claim.report for claim in counted})
    if result.behind:
        counts = counts_behind(db, indicator, as_of, asked, defined)
    everywhere = [claim for claim in known if _standing(claim, indicator) == "active"]
    return Explanation(defined, out, counts, everywhere)


def _standing(claim: Claim, indicator: str) -> LeftOutReason | Literal["active"]:
    """Whether a claim counts here, else why not; one that a correction moved away is corrected."""
    if claim.indicator != indicator:
        return "corrected"
    return "withdrawn" if claim.standing == "withdrawn-by-us" else claim.standing


def claims_about(
    db: sqlite3.Connection, question: Question | None, indicator: str, as_of: AsOf
) -> list[str]:
    """The ids of all claims that were ever about the indicator or the question, as known then."""
    cohort = None
    if question is not None and (question.cohort is not None or question.measure != "increment"):
        cohort = question.cohort or WHOLE
    rows = db.execute(
        "SELECT claim, min(position), min(n) FROM claims WHERE indicator = :indicator "
        f"{'' if cohort is None else 'AND cohort = :cohort'} AND since <= :position "
        "GROUP BY claim ORDER BY 2, 3",
        {"indicator": indicator, "cohort": cohort, "position": as_of.position},
    )
    return [row[0] for row in rows]


def _not_yet_known(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> list[Claim]:
    """Claims recorded later, in their first version."""
    rows = db.execute(
        "SELECT claim, min(since) FROM claims WHERE indicator = ? AND position > ? "
        "GROUP BY claim ORDER BY 2, claim",
        (indicator, as_of.position),
    ).fetchall()
    first = (look_up(db, AsOf(since, clearance=as_of.clearance))(name) for name, since in rows)
    return [claim for claim in first if claim]
