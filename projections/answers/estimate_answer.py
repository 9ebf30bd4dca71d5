"""An estimate as callers receive it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from domain.estimates.claims import Cell, Claim, cell_text
from domain.estimates.estimate import (
    AnsweredFrom,
    Assessment,
    Estimate,
    PartsSum,
    Question,
    cutoff_text,
    period_text,
)
from domain.estimates.flags import Flag, FlagCode
from domain.estimates.support import Level, Support
from domain.events import Definition
from domain.vocabulary import Confidence, Marking, Measure, Qualifier, Status
from projections.answers.figure import FigureAnswer, figure_answer
from projections.answers.kept_sums import MOST_LISTED
from projections.answers.questions import question_of
from projections.answers.values import Day, Instant, Number, PolicyName, instant, number

MOST_PERIODS = 20
"""Maximum number of periods that an answer lists of claims which are no total; it counts all."""
First100 = Annotated[list[str], Field(max_length=MOST_LISTED)]
"""A list of which an answer has the first, and counts all."""


class SupportAnswer(TypedDict):
    """How well an estimate is supported, with the reasons; the level is null without an origin."""

    level: Level | None
    reasons: list[str]
    n_reasons: NotRequired[int]
    """The number of all, where not all of them are listed."""


class FlagAnswer(TypedDict):
    """One thing that a reader should know: a code, a line in words, the claims it is about."""

    code: FlagCode
    detail: str
    claims: list[str]
    n_claims: NotRequired[int]
    """The number of all, where not all of them are listed."""


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
    n_parts: NotRequired[int]
    """The number of all, where not all of them are listed."""


class AssessmentAnswer(TypedDict):
    """The analyst's judgement that an estimate is taken from."""

    position: int
    recorded_at: Instant
    analyst: str
    confidence: Confidence
    rationale: str
    claims: list[str]
    n_claims: NotRequired[int]
    """The number of all, where not all of them are listed."""
    marking: Marking


class ElsewhereAnswer(TypedDict):
    """The periods of claims that are no total, and the day from which the total counts, if set."""

    periods: Annotated[list[str], Field(max_length=MOST_PERIODS)]
    n_periods: int
    since: Day | None


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
    covered: First100
    gaps: First100
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
    elsewhere: NotRequired[ElsewhereAnswer]
    """What the claims are about where none is about the total, which is then unknown."""
    withheld: NotRequired[bool]
    """True where something is above the clearance of a reader who may know that."""


class EstimateAnswer(EstimateFields):
    """The estimate of an indicator; of claims used, covered periods and gaps it has the first 100."""

    used: First100


@dataclass(frozen=True, slots=True)
class DefinedEstimate:
    """An estimate with the definition and the question that it answers."""

    definition: Definition
    question: Question
    estimate: Estimate


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
        "marking": assessment.marking,
    }


def undefined_answer(indicator: str) -> EstimateAnswer:
    """The answer for a time before the indicator was defined: unknown, never a later value."""
    nothing = Definition(
        title="-", unit="", measure="stock", definition="", parts=(), policy="", fresh_days=0
    )
    found = DefinedEstimate(nothing, question_of(nothing), Estimate())
    body = estimate_answer(indicator, found, (0, 0))
    body["title"] = body["unit"] = body["measure"] = body["policy"] = None
    return body
