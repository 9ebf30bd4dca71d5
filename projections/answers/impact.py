"""What rests on a claim: the estimates that use it, and what they would be without it."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from domain.estimates.claims import Claim
from domain.estimates.estimate import Estimate, concerns
from domain.estimates.estimation import with_figure
from domain.estimates.nearness import near_claims
from domain.estimates.policies import ASSESSMENT
from domain.events import Definition
from domain.period import parse_period
from projections.answers.as_of import AsOf
from projections.answers.claims import active, look_up
from projections.answers.estimate_answer import DefinedEstimate
from projections.answers.estimates import claims_behind, estimate_by_policy
from projections.answers.questions import HEADLINE, Narrowing, question_of
from projections.tables.registry import IndicatorRow, indicator_at, wholes_of


@dataclass(frozen=True, slots=True)
class RestingEstimate:
    """An estimate that rests on a claim, with it and without it; counts are claims and reports."""

    indicator: str
    with_it: DefinedEstimate
    without_it: DefinedEstimate
    counted: tuple[tuple[int, int], tuple[int, int]]


def resting_on(db: sqlite3.Connection, claim: Claim, as_of: AsOf) -> list[RestingEstimate]:
    """The estimates that a claim takes part in: the headline, that of its cohort, that of its cell.

    The headlines of the indicators of which its own is a part follow. "Without it" means as if its
    publisher had withdrawn it: claims that only repeat it fall with it.
    """
    row = indicator_at(db, claim.indicator, as_of.position)
    if row is None or claim.standing != "active":
        return []

    @cache
    def claims(cohort: str | None) -> list[Claim]:
        """The active claims of a cohort, or of all that a question without one is about."""
        question = question_of(row.definition, Narrowing(cohort))
        return list(active(db, question, row.id, as_of, unspecified=True))

    asked = [
        (narrowing, _resting_estimate(db, claim, row, narrowing, as_of, claims(narrowing.cohort)))
        for narrowing in _narrowings(row.definition, claim)
    ]
    found = [each for _, each in asked]
    for narrowing, each in asked:
        if narrowing.period is None and narrowing.incident is None:
            found += _wholes(db, claim, each, narrowing, as_of)
    return [each for each in found if _matters(claim, each)]


def _narrowings(definition: Definition, claim: Claim) -> Iterator[Narrowing]:
    if definition.policy == ASSESSMENT:
        return  # such an estimate rests on what its analyst cited, not on the claims that count
    if definition.measure == "increment" and claim.cohort is not None:
        yield HEADLINE
    yield Narrowing(claim.cohort)
    if claim.incident is not None:
        yield Narrowing(claim.cohort, incident=claim.incident)
    else:
        yield Narrowing(claim.cohort, period=parse_period(claim.period))


def _wholes(
    db: sqlite3.Connection, claim: Claim, part: RestingEstimate, asked: Narrowing, as_of: AsOf
) -> list[RestingEstimate]:
    """What the indicators of which one is a part answer with a claim on it, and without."""
    found = list[RestingEstimate]()
    for name in wholes_of(db, part.indicator, as_of.position):
        row = indicator_at(db, name, as_of.position)
        if row is None or row.definition.policy == ASSESSMENT:
            continue
        question = question_of(row.definition, asked)
        claims, find = list(active(db, question, name, as_of, unspecified=True)), look_up(db, as_of)
        with_it, without_it = (
            DefinedEstimate(
                row.definition,
                question,
                estimate_by_policy(
                    *(db, question, row, as_of, asked, claims, find), {part.indicator: each.estimate}
                ),
            )
            for each in (part.with_it, part.without_it)
        )
        counted = tuple(
            _numbers(claims_behind(db, (name, *each.estimate.behind), as_of, asked), without)
            for each, without in ((with_it, ""), (without_it, claim.id))
        )
        whole = RestingEstimate(name, with_it, without_it, (counted[0], counted[1]))
        found += [whole, *_wholes(db, claim, whole, asked, as_of)]
    return found


def _numbers(claims: Iterable[Claim], without: str) -> tuple[int, int]:
    """The number of claims and of their reports, one claim left out."""
    reports = [claim.report for claim in claims if claim.id != without]
    return len(reports), len(set(reports))


def _resting_estimate(
    db: sqlite3.Connection,
    claim: Claim,
    row: IndicatorRow,
    asked: Narrowing,
    as_of: AsOf,
    claims: list[Claim],
) -> RestingEstimate:
    """An estimate with a claim and without it, from the claims of every cell of its cohort.

    The relay that stands in for a root may be in another cell.
    """
    question, find = question_of(row.definition, asked), look_up(db, as_of)

    def find_without(name: str) -> Claim | None:
        found = find(name)
        return replace(found, standing="withdrawn") if found and name == claim.id else found

    def counted(found: Estimate, without: str) -> tuple[int, int]:
        if found.behind:
            behind = claims_behind(db, (row.id, *found.behind), as_of, asked)
        else:
            about = (each for each in claims if concerns(question, each))
            behind, _ = with_figure(question.measure, about)
        return _numbers(behind, without)

    near = near_claims(question, claims)
    others = [each for each in near if each.id != claim.id]
    with_it, without_it = (
        estimate_by_policy(db, question, row, as_of, asked, each, finding)
        for each, finding in ((near, find), (others, find_without))
    )
    return RestingEstimate(
        row.id,
        DefinedEstimate(row.definition, question, with_it),
        DefinedEstimate(row.definition, question, without_it),
        (counted(with_it, ""), counted(without_it, claim.id)),
    )


def _matters(claim: Claim, resting: RestingEstimate) -> bool:
    one, other = resting.with_it.estimate, resting.without_it.estimate
    used = [[each.id for each in result.used] for result in (one, other)]
    alike = (one.figure, one.from_parts, one.flags) == (other.figure, other.from_parts, other.flags)
    return claim.id in used[0] or used[0] != used[1] or not alike


def assessments_citing(db: sqlite3.Connection, claim: str, as_of: AsOf) -> list[tuple[str, int]]:
    """The assessments that cite a claim: the indicator and the position of each."""
    return db.execute(
        "SELECT indicator, position FROM citations JOIN assessments USING (indicator, position) "
        "WHERE claim = ? AND position <= ? AND recorded_at <= ? ORDER BY position",
        (claim, as_of.position, min(as_of.by, as_of.until)),
    ).fetchall()
