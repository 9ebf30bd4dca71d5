"""The number of claims and reports for a question, at any times."""

import sqlite3

from domain.estimates.estimate import Question, concerns
from projections.answers.as_of import AsOf
from projections.answers.claims import ACTIVE_LANES, active, parameters, place_of, where
from projections.tables.claim_writes import tally_at

COUNTED = (
    "SELECT count(*), count(DISTINCT c.position) FROM claims c {index} "
    "WHERE c.indicator = :indicator{place} "
    "AND c.lane IN ({lanes}) AND {where}"
)
"""Counts positions as reports: each report has a position of its own, and it is in the index."""


def counts(db: sqlite3.Connection, question: Question, indicator: str, as_of: AsOf) -> tuple[int, int]:
    """The number of claims, and of their reports, that are active for what was asked."""
    plain = question.cell is None and question.originator is None
    if plain and as_of == AsOf(as_of.position):
        return tally_at(db, indicator, question.cohort, as_of.position)
    if question.measure == "increment" and question.cell is not None:  # every cell within it counts
        asked = [c for c in active(db, question, indicator, as_of) if concerns(question, c)]
        return len(asked), len({claim.report for claim in asked})
    place, more = place_of(question, question.measure == "increment")
    if question.originator is not None:
        place += " AND c.originator = :originator"
        more["originator"] = question.originator
    index = "INDEXED BY claims_headline" if question.cell is None else ""
    query = COUNTED.format(index=index, place=place, lanes=ACTIVE_LANES, where=where(as_of))
    found: tuple[int, int] = db.execute(
        query, parameters(as_of, indicator=indicator, **more)
    ).fetchone()
    return found
