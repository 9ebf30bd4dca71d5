"""The statements of a plan at any times, each against the indicator that it plans for."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import cache

from domain.estimates.claims import Claim
from domain.estimates.figures import Figure
from domain.estimates.slippage import NOTHING, Course, CourseOf, Fulfilled, Slippage, slippage
from domain.events import Definition
from domain.period import spanning
from domain.times import to_micros
from projections.answers.as_of import AsOf
from projections.answers.claims import FIELDS, claim_of, parameters, where
from projections.answers.estimates import answer
from projections.answers.questions import Narrowing
from projections.tables.claim_rows import NO_FIGURE, ORIGIN, RELAY, WEAK
from projections.tables.registry import indicator_at, voices_at

STATEMENTS = (
    f"SELECT {FIELDS} FROM claims c WHERE c.indicator = :indicator AND c.prospective = 1 "
    "AND c.links = '' AND c.basis <> 'relay' {place} "
    f"AND (c.lane IN ('{ORIGIN}', '{WEAK}', '{NO_FIGURE}') OR c.standing = 'withdrawn') "
    "AND {where}"
)
OBSERVED = (
    "SELECT DISTINCT c.cohort, c.lane, min(c.last, c.stated_on) FROM claims c "
    f"WHERE c.indicator = :indicator AND c.lane IN ('{ORIGIN}', '{WEAK}', '{RELAY}') "
    "AND c.prospective = 0 AND {where}"
)


@dataclass(frozen=True, slots=True)
class PlanSlippage:
    """A plan, the indicator that it plans for, and what became of each of its statements."""

    fulfilled_in: str
    rows: list[Slippage]


def plan_slippage(
    db: sqlite3.Connection, plan: str, as_of: AsOf, cohort: str | None = None
) -> PlanSlippage | None:
    """What became of each statement of a plan; None where the indicator plans for no other."""
    row = indicator_at(db, plan, as_of.position)
    if row is None or row.definition.plans_for is None:
        return None
    fulfilled_in = row.definition.plans_for
    found = statements(db, plan, as_of, cohort)
    rows = slippage(found, _courses(db, row.definition, fulfilled_in, as_of)) if found else []
    return PlanSlippage(fulfilled_in, rows)


def statements(
    db: sqlite3.Connection, plan: str, as_of: AsOf, cohort: str | None = None
) -> list[Claim]:
    """What voices said of a plan in their own words, active or withdrawn by the publisher."""
    place = "" if cohort is None else "AND c.cohort = :cohort"
    query = STATEMENTS.format(place=place, where=where(as_of))
    voices = voices_at(db, as_of.position)
    asked = parameters(as_of, indicator=plan, **({} if cohort is None else {"cohort": cohort}))
    return [claim_of(db, row, voices) for row in db.execute(query, asked)]


def _courses(db: sqlite3.Connection, plan: Definition, name: str, as_of: AsOf) -> CourseOf:
    """What fulfils each statement: the same cohort, of an increment since the target began."""
    defined = indicator_at(db, name, as_of.position)
    measure = defined.definition.measure if defined else None
    observed = _observed(db, name, as_of)

    @cache
    def course(cohort: str | None, since: int | None) -> Course:
        whole = cohort is None and measure == "increment"
        days = sorted({day for each, day in observed if whole or each == cohort})
        begins = None if since is None else spanning(date.fromordinal(since), None)
        asked = Narrowing(cohort=cohort, period=begins)

        @cache
        def by(day: int | None) -> Fulfilled:
            if not days or (day is not None and day < days[0]):
                return NOTHING  # what is only planned fulfils no plan
            then = as_of if day is None else replace(as_of, valid_at=_end_of(day))
            return _fulfilled(db, name, then, asked)

        return Course(days, by(None), by)

    def course_of(claim: Claim) -> Course:
        both = plan.measure == measure == "increment"
        return course(claim.cohort, claim.cell[0] if both else None)

    return course_of


def _observed(db: sqlite3.Connection, name: str, as_of: AsOf) -> Sequence[tuple[str | None, int]]:
    """Cohort and cut-off of what is observed: of an indicator, or of its parts where it has none.

    Relays count only where there is nothing else: what they repeat is no later information.
    """
    rows = db.execute(OBSERVED.format(where=where(as_of)), parameters(as_of, indicator=name)).fetchall()
    own = [(cohort or None, day) for cohort, lane, day in rows if lane != RELAY]
    if rows:
        return own or [(cohort or None, day) for cohort, _, day in rows]
    row = indicator_at(db, name, as_of.position)
    parts = row.definition.parts if row else ()
    return [found for part in parts for found in _observed(db, part, as_of)]


def _end_of(day: int) -> int:
    return to_micros(datetime.combine(date.fromordinal(day), time.max, UTC))


def _fulfilled(db: sqlite3.Connection, name: str, as_of: AsOf, asked: Narrowing) -> Fulfilled:
    body = answer(db, name, as_of, asked)
    best, low, high = body["best"], body["low"], body["high"]
    known = not best is low is high is None or body["open_low"] or body["open_high"]
    return Fulfilled(Figure(best, low, high, known), body["status"], body["cutoff"])
