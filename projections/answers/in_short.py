"""A figure explained in short, where an indicator has too many claims to give a reason for each.

Of the claims only those are looked at that an index finds for the figure, so the cost of it hardly
grows with the number of claims.
"""

import sqlite3
from dataclasses import replace

from domain.estimates.estimate import concerns
from projections.answers.as_of import AsOf
from projections.answers.claims import any_unspecified, look_up
from projections.answers.estimate_answer import DefinedEstimate, EstimateAnswer, estimate_answer
from projections.answers.estimates import counts_behind, defined_estimate, kept_answer
from projections.answers.explanation import Explanation, LeftOut
from projections.answers.flags import Suspect, listed_flags
from projections.answers.kept_sums import kept_sum
from projections.answers.moments import Step
from projections.answers.questions import Narrowing, question_of
from projections.answers.retrace import RetracedMoment

MOST_CLAIMS = 2_000
"""Maximum number of claims of an indicator for which there is a reason for each."""
MOST_USED = 150
"""Maximum number of claims of a long sum that are read."""


def has_many_claims(db: sqlite3.Connection, indicator: str) -> bool:
    """Whether an indicator has more claims than are explained one by one."""
    query = "SELECT count(*) FROM (SELECT 1 FROM claims WHERE indicator = ? LIMIT ?)"
    found: int = db.execute(query, (indicator, MOST_CLAIMS + 1)).fetchone()[0]
    return found > MOST_CLAIMS


def moment_in_short(
    db: sqlite3.Connection, indicator: str, step: Step, asked: Narrowing, suspect: Suspect
) -> RetracedMoment | None:
    """A moment with its explanation in short; None before the indicator was defined.

    Left out is what an originator said last, where that does not count either.
    """
    as_of = step.as_of
    found = _kept(db, indicator, as_of, asked) or _found(db, indicator, as_of, asked)
    if found is None:
        return None
    defined, body = found
    question, result = defined.question, defined.estimate
    out = [
        LeftOut(each.claim, each.reason, each.by)
        for each in result.excluded
        if each.reason != "relay" and concerns(question, each.claim)
    ]
    shown = replace(result, used=result.used[:MOST_USED])
    active = [*shown.used, *(each.claim for each in out)]
    counted = body["claims"], body["reports"]
    explained = Explanation(replace(defined, estimate=shown), out, counted, active)
    flags = [*result.flags, *listed_flags(db, indicator, as_of, asked, suspect).flags]
    unspecified = not result.figure.known and any_unspecified(db, indicator, as_of)
    return RetracedMoment(step, explained, flags, body, unspecified)


Found = tuple[DefinedEstimate, EstimateAnswer]


def _kept(db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing) -> Found | None:
    """A sum that is kept, with the first claims that it uses; None where it must be computed."""
    plain = asked.plain and as_of == AsOf(as_of.position)
    kept = kept_sum(db, indicator, as_of.position) if plain else None
    if kept is None:
        return None
    find = look_up(db, as_of)
    used = tuple(claim for name in kept.used[:MOST_USED] if (claim := find(name)))
    defined = DefinedEstimate(
        kept.definition, question_of(kept.definition), replace(kept.estimate, used=used)
    )
    return defined, kept_answer(indicator, kept)


def _found(db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing) -> Found | None:
    defined = defined_estimate(db, indicator, as_of, asked)
    if defined is None:
        return None
    counted = counts_behind(db, indicator, as_of, asked, defined)
    return defined, estimate_answer(indicator, defined, counted)
