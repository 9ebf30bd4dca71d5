"""The estimate of an indicator at any times, as callers receive it."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NotRequired

from typing_extensions import TypedDict

from domain.estimates.claims import Cell, Claim, LookUp, cell_of, cell_text
from domain.estimates.estimate import (
    AnsweredFrom,
    Assessment,
    Estimate,
    PartsSum,
    Question,
    concerns,
    cutoff_text,
    period_text,
)
from domain.estimates.estimation import estimate, with_figure
from domain.estimates.flags import Flag, FlagCode
from domain.estimates.parts import Part, with_parts
from domain.estimates.policies import ASSESSMENT, LATEST_PUBLICATION
from domain.estimates.support import Level, Support
from domain.events import Definition
from domain.period import Period
from domain.vocabulary import Confidence, Marking, Measure, Qualifier, Status
from projections.answers.as_of import AsOf
from projections.answers.candidates import candidates
from projections.answers.claims import active, look_up
from projections.answers.counts import counts
from projections.answers.figure import FigureAnswer, figure_answer
from projections.answers.kept_sums import MOST_LISTED, KeptSum, kept_sum, used_in_sum
from projections.answers.latest_assessment import estimate_from_assessment
from projections.answers.values import Day, Instant, Number, PolicyName, instant, number
from projections.tables.registry import (
    IndicatorRow,
    Voices,
    indicator_at,
    voices_at,
)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a caller may ask of an indicator besides the times; nothing asks for the headline."""

    cohort: str | None = None
    period: Period | None = None
    originator: str | None = None
    policy: str | None = None
    incident: str | None = None

    @property
    def plain(self) -> bool:
        """Whether this is the headline by the indicator's own policy."""
        return self == HEADLINE


HEADLINE = Narrowing()


class SupportAnswer(TypedDict):
    """How well an estimate is supported, with the reasons; the level is null without an origin."""

    level: Level | None
    reasons: list[str]


class FlagAnswer(TypedDict):
    """One thing that a reader should know: a code, a line in words, the claims it is about."""

    code: FlagCode
    detail: str
    claims: list[str]


class LeadingAnswer(TypedDict):
    """What the origin said that leads a figure."""

    claim: str
    low: Number
    best: Number
    high: Number
    qualifier: Qualifier | None


class FromPartsAnswer(TypedDict):
    """The sum of the headlines of an indicator's parts, beside its own figure."""

    best: Number
    low: Number
    high: Number
    open_low: bool
    open_high: bool
    parts: list[str]


class AssessmentAnswer(TypedDict):
    """The analyst's judgement that an estimate is taken from."""

    position: int
    recorded_at: Instant
    analyst: str
    confidence: Confidence
    rationale: str
    claims: list[str]


class EstimateFields(FigureAnswer):
    """An estimate without the claims that it rests on."""

    indicator: str
    title: str | None
    unit: str | None
    measure: Measure | None
    cohort: str | None
    incident: str | None
    originator: str | None
    leading: LeadingAnswer | None
    targets: list[str]
    covered: list[str]
    gaps: list[str]
    n_covered: int
    n_gaps: int
    answered_from: AnsweredFrom
    from_parts: FromPartsAnswer | None
    period: str | None
    cutoff: Day | None
    qualifier: Qualifier | None
    status: Status | None
    support: SupportAnswer
    origins: int
    claims: int
    reports: int
    marking: Marking
    n_used: int
    policy: PolicyName | None
    flags: list[FlagAnswer]
    assessment: NotRequired[AssessmentAnswer]
    cohorts: NotRequired[list[str]]


class EstimateAnswer(EstimateFields):
    """The estimate of an indicator: its figure, what it rests on and how well it is supported."""

    used: list[str]


@dataclass(frozen=True, slots=True)
class DefinedEstimate:
    """An estimate with the definition and the question that it answers."""

    definition: Definition
    question: Question
    estimate: Estimate


def question_of(
    definition: Definition,
    asked: Narrowing = HEADLINE,
    cell: Cell | None = None,
    voices: Voices | None = None,
) -> Question:
    """The question that a definition and a narrowing make; `cell` makes it about that cell.

    Whoever asks for an originator asks for its voice.
    """
    name = asked.originator
    return Question(
        measure=definition.measure,
        policy=asked.policy or definition.policy,
        fresh_days=definition.fresh_days,
        cohort=asked.cohort,
        cell=cell or _cell(definition, asked.period),
        originator=voices.get(name, name) if name and voices else name,
        incident=asked.incident,
        minimum=definition.minimum,
    )


def _cell(definition: Definition, period: Period | None) -> Cell | None:
    since = date.fromisoformat(definition.since) if definition.since else None
    return None if period is None else cell_of(definition.measure, period, since)


def answer(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing = HEADLINE
) -> EstimateAnswer:
    """The estimate of an indicator at the times asked, as callers receive it."""
    if asked.plain and as_of == AsOf(as_of.position):
        kept = kept_sum(db, indicator, as_of.position)
        if kept is not None:
            return _kept_answer(indicator, kept)
    return computed_answer(db, indicator, as_of, asked)


def computed_answer(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing = HEADLINE
) -> EstimateAnswer:
    """The estimate of an indicator at the times asked, computed from its claims."""
    found = defined_estimate(db, indicator, as_of, asked)
    if found is None:
        return _undefined(indicator)
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


def _kept_answer(indicator: str, kept: KeptSum) -> EstimateAnswer:
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
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing = HEADLINE
) -> DefinedEstimate | None:
    """The estimate of an indicator at the times asked; None before the indicator was defined."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None:
        return None
    question = question_of(row.definition, asked, voices=voices_at(db, as_of.position))
    claims = candidates(db, question, indicator, as_of)
    found = estimate_by_policy(db, question, row, as_of, asked, claims, look_up(db, as_of))
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
) -> Estimate:
    """The estimate that a policy makes from claims and parts, or takes from the latest assessment.

    `known` are estimates of parts that are not to be worked out again.
    """
    if question.policy == ASSESSMENT:
        return estimate_from_assessment(db, question, row.id, as_of, claims)
    own = estimate(question, claims, find)
    if question.measure == "proposition" or question.policy == LATEST_PUBLICATION:
        return own
    return with_parts(question, own, _parts(db, row.definition, as_of, asked, known or {}))


def _parts(
    db: sqlite3.Connection,
    definition: Definition,
    as_of: AsOf,
    asked: Narrowing,
    known: Mapping[str, Estimate],
) -> list[Part]:
    """What each part of an indicator answers to the same question."""
    found = list[Part]()
    for name in definition.parts:
        part = defined_estimate(db, name, as_of, asked)
        if part is not None:
            answered = known.get(name, part.estimate)
            found.append(Part(name, answered, part.definition.minimum))
    return found


def estimate_answer(indicator: str, found: DefinedEstimate, counted: tuple[int, int]) -> EstimateAnswer:
    """An estimate as callers receive it; `counted` is its number of claims and of reports."""
    definition, question, result = found.definition, found.question, found.estimate
    leading = result.leading
    body: EstimateAnswer = {
        "indicator": indicator,
        "title": definition.title,
        "unit": definition.unit,
        "measure": definition.measure,
        "cohort": question.cohort,
        "incident": question.incident,
        "originator": question.originator,
        **figure_answer(result),  # type: ignore[typeddict-item]  # it has no optional keys
        "leading": _leading_answer(leading),
        "targets": _periods(question.measure, result.targets),
        "covered": _periods("increment", result.covered[:MOST_LISTED]),
        "gaps": _periods("increment", result.gaps[:MOST_LISTED]),
        "n_covered": len(result.covered),
        "n_gaps": len(result.gaps),
        "answered_from": result.answered_from,
        "from_parts": _from_parts_answer(result.from_parts),
        "period": period_text(question, result),
        "cutoff": cutoff_text(result),
        "qualifier": leading.qualifier if leading else None,
        "status": leading.status if leading else None,
        "support": _support_answer(result.support),
        "origins": result.origins,
        "claims": counted[0],
        "reports": counted[1],
        "marking": result.marking,
        "n_used": len(result.used),
        "policy": question.policy,
        "used": [claim.id for claim in result.used[:MOST_LISTED]],
        "flags": [flag_answer(flag) for flag in result.flags],
    }
    if result.assessment is not None:  # no other estimate has a confidence
        body["assessment"] = _assessment_answer(result.assessment)
    return body


def _leading_answer(claim: Claim | None) -> LeadingAnswer | None:
    if claim is None:
        return None
    return {
        "claim": claim.id,
        "low": number(claim.low),
        "best": number(claim.best),
        "high": number(claim.high),
        "qualifier": claim.qualifier,
    }


def _from_parts_answer(given: PartsSum | None) -> FromPartsAnswer | None:
    if given is None:
        return None
    return {
        "best": number(given.figure.best),
        "low": number(given.figure.low),
        "high": number(given.figure.high),
        "open_low": given.figure.low is None,
        "open_high": given.figure.high is None,
        "parts": list(given.parts),
    }


def _periods(measure: Measure, cells: Iterable[Cell]) -> list[str]:
    return [cell_text(measure, cell) or "../.." for cell in cells]


def _support_answer(support: Support) -> SupportAnswer:
    return {"level": support.level, "reasons": list(support.reasons)}


def flag_answer(flag: Flag) -> FlagAnswer:
    """A flag as callers receive it."""
    return {"code": flag.code, "detail": flag.detail, "claims": list(flag.claims)}


def _assessment_answer(assessment: Assessment) -> AssessmentAnswer:
    return {
        "position": assessment.position,
        "recorded_at": instant(assessment.recorded_at),
        "analyst": assessment.analyst,
        "confidence": assessment.confidence,
        "rationale": assessment.rationale,
        "claims": list(assessment.claims),
    }


def _undefined(indicator: str) -> EstimateAnswer:
    """The answer for a time before the indicator was defined: unknown, never a later value."""
    nothing = Definition(
        title="-", unit="", measure="stock", definition="", parts=(), policy="", fresh_days=0
    )
    found = DefinedEstimate(nothing, question_of(nothing), Estimate())
    body = estimate_answer(indicator, found, (0, 0))
    body["title"] = body["unit"] = body["measure"] = body["policy"] = None
    return body
