"""The estimate of an indicator at any times, as callers see it."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from domain.estimates.claims import Cell, Claim, cell_of
from domain.estimates.estimate import Assessment, Estimate, Question, cutoff_text, estimate, period_text
from domain.estimates.flags import Flag
from domain.estimates.origins import LookUp
from domain.estimates.policies import ASSESSMENT
from domain.events import Definition
from domain.period import Period
from domain.times import from_micros, show_instant
from projections.answers.as_of import AsOf, candidates, look_up
from projections.answers.counts import counts
from projections.answers.latest_assessment import assess as judged
from projections.tables.registry import indicator_at


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a caller may ask of an indicator beside the times; nothing asks for the headline."""

    cohort: str | None = None
    period: Period | None = None
    originator: str | None = None
    policy: str | None = None

    @property
    def plain(self) -> bool:
        """Whether this is the headline by the indicator's own policy."""
        return self == HEADLINE


HEADLINE = Narrowing()


def question_of(
    definition: Definition, asked: Narrowing = HEADLINE, cell: Cell | None = None
) -> Question:
    """The question that a definition and a narrowing make, or that is about one cell."""
    return Question(
        measure=definition.measure,
        policy=asked.policy or definition.policy,
        fresh_days=definition.fresh_days,
        cohort=asked.cohort,
        cell=cell or _cell(definition, asked.period),
        originator=asked.originator,
    )


def _cell(definition: Definition, period: Period | None) -> Cell | None:
    return None if period is None else cell_of(definition.measure, period)


@dataclass(frozen=True, slots=True)
class Assessed:
    """An estimate with the definition and the question that it answers."""

    definition: Definition
    question: Question
    result: Estimate


def assess(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing = HEADLINE
) -> Assessed | None:
    """Estimate an indicator at the times asked; None before it was defined."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None:
        return None
    question = question_of(row.definition, asked)
    claims = candidates(db, question, indicator, as_of)
    return Assessed(
        row.definition, question, estimated(db, question, indicator, as_of, claims, look_up(db, as_of))
    )


def estimated(
    db: sqlite3.Connection,
    question: Question,
    indicator: str,
    as_of: AsOf,
    claims: list[Claim],
    find: LookUp,
) -> Estimate:
    """The estimate that a policy makes of claims, or that the latest assessment is."""
    if question.policy == ASSESSMENT:
        return judged(db, question, indicator, as_of, claims)
    return estimate(question, claims, find)


def answer(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing = HEADLINE,
    *,
    current: bool = False,
) -> dict[str, Any]:
    """The estimate of an indicator at the times asked, as callers see it.

    `current` says that the position asked is that of the views, so that kept counts hold.
    """
    assessed = assess(db, indicator, as_of, asked)
    if assessed is None:
        return _undefined(indicator)
    counted = counts(db, assessed.question, indicator, as_of)
    return shown(indicator, assessed, counted)


def shown(indicator: str, assessed: Assessed, counted: tuple[int, int]) -> dict[str, Any]:
    """An estimate as callers see it: figures, what they rest on and how well they stand."""
    definition, question, result = assessed.definition, assessed.question, assessed.result
    figure, leading = result.figure, result.leading
    return {
        "indicator": indicator,
        "title": definition.title,
        "unit": definition.unit,
        "measure": definition.measure,
        "cohort": question.cohort,
        "originator": question.originator,
        "best": number(figure.best),
        "low": number(figure.low),
        "high": number(figure.high),
        "verdict": result.verdict,
        "open_low": figure.known and figure.low is None,
        "open_high": figure.known and figure.high is None,
        "period": period_text(question, result),
        "cutoff": cutoff_text(result),
        "qualifier": leading.qualifier if leading else None,
        "status": leading.status if leading else None,
        "support": {"level": result.support.level, "reasons": list(result.support.reasons)},
        "origins": result.origins,
        "claims": counted[0],
        "reports": counted[1],
        "marking": result.marking,
        "policy": question.policy,
        "used": [claim.id for claim in result.used],
        "flags": [shown_flag(flag) for flag in result.flags],
        **_judgement(result.assessment),
    }


def shown_flag(flag: Flag) -> dict[str, Any]:
    """A flag as callers see it."""
    return {"code": flag.code, "detail": flag.detail, "claims": list(flag.claims)}


def _judgement(assessment: Assessment | None) -> dict[str, Any]:
    """What an assessment says beside its figure; no other estimate has a confidence."""
    if assessment is None:
        return {}
    return {
        "assessment": {
            "position": assessment.position,
            "recorded_at": show_instant(from_micros(assessment.recorded_at)),
            "analyst": assessment.analyst,
            "confidence": assessment.confidence,
            "rationale": assessment.rationale,
            "claims": list(assessment.claims),
        }
    }


def _undefined(indicator: str) -> dict[str, Any]:
    """The answer for a time before the indicator was defined: unknown, never a later value."""
    nothing = Definition(
        title="-", unit="", measure="stock", definition="", parts=(), policy="", fresh_days=0
    )
    body = shown(indicator, Assessed(nothing, question_of(nothing), Estimate()), (0, 0))
    return body | {"title": None, "unit": None, "measure": None, "policy": None}


def number(value: float | None) -> int | float | None:
    """A figure as callers see it: whole numbers without a fraction."""
    return int(value) if value is not None and float(value).is_integer() else value
