"""The number of claims and reports for a question, at any times."""

import sqlite3

from domain.estimates.estimate import Question, concerns
from projections.answers.as_of import AsOf
from projections.answers.claims import (
    ACTIVE_LANES,
    OF_A_VOICE,
    active,
    ids_of_voice,
    parameters,
    place_of,
    where,
)
from projections.tables.claim_writes import tally_at

COUNTED = (
    "SELECT count(*), count(DISTINCT c.position) FROM claims c {index} "
    "WHERE c.indicator = :indicator{place} "
    "AND c.lane IN ({lanes}) AND {where}"
)
"""Counts positions as reports: each report has a position of its own, and it is in the index."""


def counts(db: sqlite3.Connection, question: Question, indicator: str, as_of: AsOf) -> tuple[int, int]:
    """The number of claims, and of their reports, that are active for what was asked."""
    plain = (question.cell, question.originator, question.incident) == (None, None, None)
    if plain and as_of == AsOf(as_of.position):
        return tally_at(db, indicator, question.cohort, as_of.position)
    narrower = question.cell is not None or question.incident is not None
    if question.measure == "increment" and narrower:  # every cell that meets it counts
        asked = [c for c in active(db, question, indicator, as_of) if concerns(question, c)]
        return len(asked), len({claim.report for claim in asked})
    place, more = place_of(question, question.measure == "increment")
    if question.originator is not None:
        place += f" AND {OF_A_VOICE}"
        more["voice"] = ids_of_voice(db, question.originator, as_of.position)
    index = "INDEXED BY claims_headline" if question.cell is None else ""
    query = COUNTED.format(index=index, place=place, lanes=ACTIVE_LANES, where=where(as_of))
    found: tuple[int, int] = db.execute(
        query, parameters(as_of, indicator=indicator, **more)
    ).fetchone()
    return found
