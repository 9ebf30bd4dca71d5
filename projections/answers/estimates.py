"""The estimate of an indicator at any times, as callers receive it."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from domain.estimates.claims import Claim, LookUp
from domain.estimates.estimate import (
    Estimate,
    Question,
    concerns,
)
from domain.estimates.estimation import with_figure
from domain.estimates.flags import FlagCode
from domain.estimates.parts import Part, with_parts
from domain.estimates.policies import ASSESSMENT, LATEST_PUBLICATION
from domain.events import Definition
from projections.answers.as_of import AsOf
from projections.answers.candidates import Candidates, CandidatesOf, candidates
from projections.answers.claims import active, look_up
from projections.answers.counts import counts
from projections.answers.estimate_answer import (
    DefinedEstimate,
    EstimateAnswer,
    estimate_answer,
    undefined_answer,
)
from projections.answers.kept_sums import KeptSum, kept_sum, used_in_sum
from projections.answers.latest_assessment import estimate_from_assessment
from projections.answers.published_sums import published_sum
from projections.answers.questions import HEADLINE, Narrowing, question_of
from projections.tables.registry import (
    IndicatorRow,
    indicator_at,
    voices_at,
)


def answer(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing = HEADLINE
) -> EstimateAnswer:
    """The estimate of an indicator at the times asked, as callers receive it."""
    if asked.plain:
        kept = _kept(db, indicator, as_of, every_flag=True)
        if kept is not None:
            return kept_answer(indicator, kept)
    return computed_answer(db, indicator, as_of, asked)


def short_answer(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing = HEADLINE
) -> tuple[EstimateAnswer, Counter[FlagCode]]:
    """An estimate with the first of its flags at least, and the number of all its flags by code.

    A sum that is kept costs no more for being long.
    """
    kept = _kept(db, indicator, as_of, every_flag=False) if asked.plain else None
    if kept is not None:
        return kept_answer(indicator, kept), kept.flag_counts
    body = computed_answer(db, indicator, as_of, asked)
    return body, Counter(flag["code"] for flag in body["flags"])


def kept_in_short(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> EstimateAnswer | None:
    """A sum that is kept, with the first of its flags; None where it must be computed."""
    if as_of.published_by is not None:
        return None
    kept = _kept(db, indicator, as_of, every_flag=False)
    return None if kept is None else kept_answer(indicator, kept)


def _kept(db: sqlite3.Connection, indicator: str, as_of: AsOf, *, every_flag: bool) -> KeptSum | None:
    """The headline of a sum from what is kept, if that answers for the times asked."""
    if as_of != AsOf(as_of.position, as_of.published_by):
        return None
    if as_of.published_by is None:
        return kept_sum(db, indicator, as_of.position, every_flag=every_flag)
    return published_sum(db, indicator, as_of, every_flag=every_flag)


def computed_answer(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing = HEADLINE
) -> EstimateAnswer:
    """The estimate of an indicator at the times asked, computed from its claims."""
    found = defined_estimate(db, indicator, as_of, asked)
    if found is None:
        return undefined_answer(indicator)
    return estimate_answer(indicator, found, counts_behind(db, indicator, as_of, asked, found))


def used_claims(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing = HEADLINE
) -> Iterator[str]:
    """Every claim that an estimate uses, in order; an answer lists the first of them alone."""
    if asked.plain and as_of == AsOf(as_of.position):
        kept = used_in_sum(db, indicator, as_of.position)
        if kept is not None:
            return kept
    found = defined_estimate(db, indicator, as_of, asked)
    return iter(()) if found is None else (claim.id for claim in found.estimate.used)


def kept_answer(indicator: str, kept: KeptSum) -> EstimateAnswer:
    """A sum that is kept, as callers receive it; its claims, spans and gaps are no more than listed."""
    found = DefinedEstimate(kept.definition, question_of(kept.definition), kept.estimate)
    return {
        **estimate_answer(indicator, found, kept.counted),
        "n_covered": kept.n_covered,
        "n_gaps": max(0, kept.n_covered - 1),
        "cutoff": kept.cutoff,
        "marking": kept.marking,
        "used": list(kept.used),
        "n_used": kept.n_used,
    }


def counts_behind(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing, found: DefinedEstimate
) -> tuple[int, int]:
    """The number of claims and reports behind an answer, those of the parts where it is theirs."""
    if found.estimate.behind and asked.period is not None:  # which each part reads by its own `since`
        claims = claims_behind(db, (indicator, *found.estimate.behind), as_of, asked)
        return len(claims), len({claim.report for claim in claims})
    return counts(db, found.question, (indicator, *found.estimate.behind), as_of)


def claims_behind(
    db: sqlite3.Connection, indicators: Sequence[str], as_of: AsOf, asked: Narrowing
) -> list[Claim]:
    """The active claims with a figure that are about what is asked of several indicators."""
    voices, claims = voices_at(db, as_of.position), list[Claim]()
    for name in indicators:
        row = indicator_at(db, name, as_of.position)
        if row is not None:
            question = question_of(row.definition, asked, voices=voices)
            figures, _ = with_figure(question.measure, active(db, question, name, as_of))
            claims += (claim for claim in figures if concerns(question, claim))
    return claims


def defined_estimate(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing = HEADLINE,
    of: CandidatesOf | None = None,
) -> DefinedEstimate | None:
    """The estimate of an indicator at the times asked; None before the indicator was defined.

    `of` gives another way to find the claims that can matter.
    """
    row = indicator_at(db, indicator, as_of.position)
    if row is None:
        return None
    question = question_of(row.definition, asked, voices=voices_at(db, as_of.position))
    claims = candidates(db, question, indicator, as_of, of)
    found = estimate_by_policy(db, question, row, as_of, asked, claims, look_up(db, as_of), of=of)
    return DefinedEstimate(row.definition, question, found)


def estimate_by_policy(
    db: sqlite3.Connection,
    question: Question,
    row: IndicatorRow,
    as_of: AsOf,
    asked: Narrowing,
    claims: list[Claim],
    find: LookUp,
    known: Mapping[str, Estimate] | None = None,
    of: CandidatesOf | None = None,
) -> Estimate:
    """The estimate that a policy makes from claims and parts, or takes from the latest assessment.

    `known` are estimates of parts that are not to be worked out again.
    """
    if question.policy == ASSESSMENT:
        return estimate_from_assessment(db, question, row.id, as_of, claims)
    near = of(row.id) if of else Candidates(db, row.id)
    own = near.estimate(question, claims, find)
    if question.measure == "proposition" or question.policy == LATEST_PUBLICATION:
        return own
    return with_parts(question, own, _parts(db, row.definition, as_of, asked, known or {}, of))


def _parts(
    db: sqlite3.Connection,
    definition: Definition,
    as_of: AsOf,
    asked: Narrowing,
    known: Mapping[str, Estimate],
    of: CandidatesOf | None,
) -> list[Part]:
    """What each part of an indicator answers to the same question."""
    found = list[Part]()
    for name in definition.parts:
        part = defined_estimate(db, name, as_of, asked, of)
        if part is not None:
            answered = known.get(name, part.estimate)
            found.append(Part(name, answered, part.definition.minimum))
    return found
