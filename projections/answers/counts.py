"""The number of claims and reports for a question, at any times."""

import json
import sqlite3
from collections.abc import Sequence

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
from projections.answers.published_tally import published_until
from projections.tables.claim_writes import tally_at
from projections.tables.registry import voices_at

COUNTED = (
    "SELECT count(*), count(DISTINCT c.position) FROM main.claims c {index} "
    "WHERE c.indicator {which}{place} "
    "AND c.lane IN ({lanes}) AND {where}"
)
"""Counts positions as reports: each report has a position of its own, and it is in the index."""


def counts(
    db: sqlite3.Connection, question: Question, indicators: Sequence[str], as_of: AsOf
) -> tuple[int, int]:
    """The number of claims, and of their reports, that are active for what was asked of indicators.

    They are one indicator, or the parts that answer for it.
    """
    plain = (question.cell, question.originator, question.incident) == (None, None, None)
    if plain and len(indicators) == 1:
        if as_of == AsOf(as_of.position):
            return tally_at(db, indicators[0], question.cohort, as_of.position)
        if question.cohort is None and as_of == AsOf(as_of.position, as_of.published_by):
            return published_until(db, indicators[0], as_of.position, as_of.by)[:2]
    narrower = question.cell is not None or question.incident is not None
    if question.measure == "increment" and narrower:  # every cell that meets it counts
        found = (claim for name in indicators for claim in active(db, question, name, as_of))
        asked = [claim for claim in found if concerns(question, claim)]
        return len(asked), len({claim.report for claim in asked})
    place, more = place_of(question, question.measure == "increment")
    if question.originator is not None:
        place += f" AND {OF_A_VOICE}"
        more["voice"] = ids_of_voice(question.originator, voices_at(db, as_of.position))
    index = "INDEXED BY claims_headline" if question.cell is None else ""
    which, several = "= :indicator", "IN (SELECT value FROM json_each(:indicator))"
    one = len(indicators) == 1
    query = COUNTED.format(
        index=index,
        which=which if one else several,
        place=place,
        lanes=ACTIVE_LANES,
        where=where(as_of),
    )
    given = parameters(as_of, indicator=indicators[0] if one else json.dumps(indicators), **more)
    counted: tuple[int, int] = db.execute(query, given).fetchone()
    return counted
