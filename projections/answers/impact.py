"""What rests on a claim: the estimates that use it, and what they would be without it."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace

from domain.estimates.claims import Claim, LookUp
from domain.estimates.estimate import Question, concerns
from domain.estimates.estimation import estimate
from domain.estimates.policies import ASSESSMENT
from domain.events import Definition
from projections.answers.as_of import AsOf
from projections.answers.claims import active, look_up
from projections.answers.estimates import DefinedEstimate, Narrowing, question_of
from projections.tables.registry import indicator_at


@dataclass(frozen=True, slots=True)
class RestingEstimate:
    """An estimate that rests on a claim, with it and without it; counts are claims and reports."""

    with_it: DefinedEstimate
    without_it: DefinedEstimate
    counted: tuple[tuple[int, int], tuple[int, int]]


def resting_on(db: sqlite3.Connection, claim: Claim, as_of: AsOf) -> list[RestingEstimate]:
    """The estimates that a claim takes part in: the headline, that of its cohort, that of its cell.

    "Without it" means as if its publisher had withdrawn it: claims that only repeat it fall with it.
    """
    row = indicator_at(db, claim.indicator, as_of.position)
    if row is None or claim.standing != "active":
        return []
    find = look_up(db, as_of)
    found = [
        _resting_estimate(db, claim, question, row.definition, as_of, find)
        for question in _questions(row.definition, claim)
    ]
    return [each for each in found if _matters(claim, each)]


def _questions(definition: Definition, claim: Claim) -> Iterator[Question]:
    if definition.policy == ASSESSMENT:
        return  # such an estimate rests on what its analyst cited, not on the claims that count
    if definition.measure == "increment" and claim.cohort is not None:
        yield question_of(definition)
    headline = question_of(definition, Narrowing(claim.cohort))
    yield headline
    yield replace(headline, cell=claim.cell)


def _resting_estimate(
    db: sqlite3.Connection,
    claim: Claim,
    question: Question,
    definition: Definition,
    as_of: AsOf,
    find: LookUp,
) -> RestingEstimate:
    def find_without(name: str) -> Claim | None:
        found = find(name)
        return replace(found, standing="withdrawn") if found and name == claim.id else found

    # From every cell: the relay that stands in for a root may be in another one.
    claims = list(active(db, replace(question, cell=None), claim.indicator, as_of))
    others = [each for each in claims if each.id != claim.id]
    return RestingEstimate(
        DefinedEstimate(definition, question, estimate(question, claims, find)),
        DefinedEstimate(definition, question, estimate(question, others, find_without)),
        (_counted(question, claims), _counted(question, others)),
    )


def _counted(question: Question, claims: list[Claim]) -> tuple[int, int]:
    asked = [claim for claim in claims if concerns(question, claim)]
    return len(asked), len({claim.report for claim in asked})


def _matters(claim: Claim, resting: RestingEstimate) -> bool:
    one, other = resting.with_it.estimate, resting.without_it.estimate
    used = [[each.id for each in result.used] for result in (one, other)]
    return claim.id in used[0] or used[0] != used[1] or one.figure != other.figure


def assessments_citing(db: sqlite3.Connection, claim: str, as_of: AsOf) -> list[tuple[str, int]]:
    """The assessments that cite a claim: the indicator and the position of each."""
    return db.execute(
        "SELECT indicator, position FROM citations JOIN assessments USING (indicator, position) "
        "WHERE claim = ? AND position <= ? AND recorded_at <= ? ORDER BY position",
        (claim, as_of.position, min(as_of.by, as_of.until)),
    ).fetchall()
