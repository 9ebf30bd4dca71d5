"""A figure cell by cell: the estimate of each cell, and how each originator revised its figures."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Literal

from domain.estimates.claims import Cell, Claim, LookUp, vintage_order
from domain.estimates.estimate import Question, concerns
from domain.estimates.estimation import estimate_of, with_figure
from domain.estimates.origins import Origins, resolve
from domain.estimates.revisions import Revisions, revisions
from domain.estimates.suspicions import flags_about
from domain.period import Period
from domain.vocabulary import Measure
from projections.answers.as_of import AsOf
from projections.answers.claims import active, look_up
from projections.answers.estimates import (
    DefinedEstimate,
    EstimateAnswer,
    Narrowing,
    estimate_answer,
    question_of,
)
from projections.answers.flags import Suspect, suspicions_of
from projections.tables.projection import FOREVER
from projections.tables.registry import indicator_at

Release = Literal["first", "latest"] | int


def series(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing,
    release: Release = "latest",
    within: Period | None = None,
    suspect: Suspect = suspicions_of,
) -> list[EstimateAnswer]:
    """The estimate of each cell, in order of period, from the first, latest or n-th figures."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None:
        return []
    whole = question_of(row.definition, asked)
    claims = list(active(db, whole, indicator, as_of))
    resolved = _released(whole.measure, claims, release, look_up(db, as_of))
    suspected = suspect(db, indicator, as_of)
    counted = _by_cell(whole, claims, within)
    rows = []
    for cell, origins in sorted(_by_cell(whole, resolved.origins, within).items(), key=_cell_order):
        question = question_of(row.definition, asked, cell)
        here = Origins(origins, rests_on_withdrawn=resolved.rests_on_withdrawn)
        counts = len(counted[cell]), len({claim.report for claim in counted[cell]})
        result = estimate_of(question, here)
        result.flags += flags_about(question, suspected)
        found = DefinedEstimate(row.definition, question, result)
        rows.append(estimate_answer(indicator, found, counts))
    return rows


def _by_cell(
    question: Question, claims: Iterable[Claim], within: Period | None
) -> dict[Cell, list[Claim]]:
    by_cell: dict[Cell, list[Claim]] = {}
    for claim in claims:
        if concerns(question, claim) and (within is None or _inside(claim.cell, within)):
            by_cell.setdefault(claim.cell, []).append(claim)
    return by_cell


def _released(measure: Measure, claims: Sequence[Claim], release: Release, look_up: LookUp) -> Origins:
    """The origins; of the first or n-th release each originator's distinct figure, no stand-ins."""
    figures, _ = with_figure(measure, claims)
    if release == "latest":
        return resolve(figures, look_up)
    given: dict[tuple[str | None, Cell, str], list[Claim]] = {}
    for claim in sorted(figures, key=vintage_order):
        releases = given.setdefault((claim.cohort, claim.cell, claim.originator), [])
        if not claim.links and not (releases and _same_statement(releases[-1], claim)):
            releases.append(claim)
    n = 1 if release == "first" else release
    return Origins([releases[n - 1] for releases in given.values() if len(releases) >= n])


def _same_statement(one: Claim, other: Claim) -> bool:
    return (one.low, one.best, one.high, one.asserts) == (
        other.low,
        other.best,
        other.high,
        other.asserts,
    )


def originator_revisions(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing
) -> list[Revisions]:
    """How each originator revised its figures, cell by cell and for its headline."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None:
        return []
    question = question_of(row.definition, asked)
    claims = active(db, question, indicator, as_of, every_cohort=True)
    found = revisions(question.measure, claims, question.cohort)
    return [each for each in found if _is_about(each, asked, question.cell)]


def _is_about(row: Revisions, asked: Narrowing, cell: Cell | None) -> bool:
    return asked.originator in (None, row.originator) and (cell is None or row.cell == cell)


def _inside(cell: Cell, outer: Period) -> bool:
    """Whether a cell ends within a period and, unless it is open there, begins within it."""
    first = outer.first.toordinal() if outer.first else 0
    last = outer.last.toordinal() if outer.last else FOREVER
    start = cell[0] if cell[0] is not None else cell[1]
    end = cell[1] if cell[1] is not None else start
    return start is not None and end is not None and first <= start and end <= last


def _cell_order(item: tuple[Cell, list[Claim]]) -> tuple[int, int]:
    first, last = item[0]
    return (last or FOREVER, first or 0) if first is None else (first, last or FOREVER)
