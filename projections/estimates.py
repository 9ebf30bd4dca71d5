"""Estimates: the current one of every indicator kept ready, any other computed as of then."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
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
from projections.as_of import AsOf, candidates, look_up
from projections.assessed import assess as judged
from projections.counted import counts
from projections.projection import FOREVER, Projection, Recorded
from projections.registered import indicator as indicator_at

SCHEMA = """
CREATE TABLE headlines (indicator TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
"""


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
NOW = AsOf(FOREVER - 1)
"""Whatever the views hold."""


def apply(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    """Forget the estimate of every indicator that an event of the batch touches."""
    db.execute(
        "DELETE FROM headlines WHERE indicator IN "
        "(SELECT indicator FROM touches WHERE position BETWEEN ? AND ?)",
        (events[0].position, events[-1].position),
    )


def complete(db: sqlite3.Connection, most: int) -> int:
    """Estimate anew at most so many indicators whose estimate was forgotten; how many there were."""
    missing = db.execute(
        "SELECT id FROM indicators i WHERE until = ? AND NOT EXISTS "
        "(SELECT 1 FROM headlines h WHERE h.indicator = i.id) LIMIT ?",
        (FOREVER, most),
    ).fetchall()
    for (indicator,) in missing:
        body = json.dumps(answer(db, indicator, NOW))
        db.execute("INSERT INTO headlines VALUES (?, ?)", (indicator, body))
    return len(missing)


def headline(db: sqlite3.Connection, indicator: str) -> dict[str, Any] | None:
    """The current estimate of an indicator, as it is kept or found now; None before it is defined."""
    row = db.execute("SELECT body FROM headlines WHERE indicator = ?", (indicator,)).fetchone()
    if row:
        kept: dict[str, Any] = json.loads(row[0])
        return kept
    return None if indicator_at(db, indicator, NOW.position) is None else answer(db, indicator, NOW)


def _digested(db: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    """The current estimate of every indicator, whether it is kept yet or not."""
    for row in db.execute(
        "SELECT id FROM indicators WHERE until = ? ORDER BY id", (FOREVER,)
    ).fetchall():
        yield row[0], json.dumps(headline(db, row[0]))


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


ESTIMATES = Projection("estimates", 3, SCHEMA, apply, _digested, complete=complete)
