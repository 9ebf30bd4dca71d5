"""A figure cell by cell: the estimate of each cell, and how each voice revised its figures."""

import sqlite3

from domain.estimates.claims import Cell
from domain.estimates.revisions import Revisions, revisions
from domain.period import Period
from projections.answers.as_of import AsOf
from projections.answers.cell_estimates import (
    EVERY,
    SeriesRow,
    Wanted,
    cell_estimates,
    inside,
    series_row,
)
from projections.answers.derived_series import As, derived_rows, refuse_unless_derivable
from projections.answers.flags import Suspect, suspicions_of
from projections.answers.questions import Narrowing, question_of
from projections.answers.releases import releases
from projections.tables.registry import indicator_at


def series(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing,
    release: Wanted = "latest",
    within: Period | None = None,
    suspect: Suspect = suspicions_of,
    turned: As | None = None,
    part: slice = EVERY,
) -> list[SeriesRow]:
    """The estimate of each cell, in order of period, from the first, latest or n-th figures.

    Without a cohort there are the cells of the whole and of every cohort. With `turned` a total
    becomes its steps, and an increment a running total; anything else raises `NotDerivable`. `part`
    says which of the rows to return.
    """
    row = indicator_at(db, indicator, as_of.position)
    if row is None:
        return []
    if turned is not None:
        refuse_unless_derivable(indicator, row.definition)
    if turned in (None, row.definition.measure):
        found = cell_estimates(db, row, as_of, asked, release, within, suspect, part)
        return [series_row(indicator, each) for each in found]
    # The cells outside the period count towards those inside.
    found = cell_estimates(db, row, as_of, asked, release, None, suspect)
    rows = derived_rows(indicator, row.definition, found, turned)
    return [row for cell, row in rows if within is None or inside(cell, within)][part]


def voice_revisions(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing
) -> list[Revisions]:
    """How each voice revised its figures, cell by cell and for its headline."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None:
        return []
    question = question_of(row.definition, asked)
    published = releases(db, indicator, as_of, asked.cohort, asked.originator)
    found = revisions(question.measure, published, asked.cohort)
    if asked.period is None or question.cell is None:
        return found
    return [each for each in found if _is_of(each, question.cell, asked.period)]


def _is_of(row: Revisions, cell: Cell, period: Period) -> bool:
    """Whether a row is of the cell asked; of an increment, of any cell within the period."""
    if row.measure == "increment":
        return row.cell is not None and inside(row.cell, period)
    return row.cell == cell
