"""What is said of each cell and incident of an indicator, of which few claims need to be read.

A voice says one thing of a place at a time, so that of each originator the last word matters, firm or
weak; its other claims, and relays, are counted.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.estimates.cells import Place
from domain.estimates.claims import Claim
from domain.estimates.estimate import Question
from projections.answers.as_of import AsOf
from projections.answers.claims import (
    ACTIVE_LANES,
    FIELDS,
    OF_A_VOICE,
    claim_of,
    ids_of_voice,
    parameters,
    place_of,
    where,
)
from projections.tables.claim_rows import NO_FIRST, NO_LAST, RELAY
from projections.tables.registry import voices_at

_Order = tuple[int, ...]
"""How the claims of an originator on one place are ordered; the last number is the row."""
_SAID = (
    "SELECT c.cohort, c.incident, c.first, c.last, c.prospective, c.lane, c.originator, c.stated, "
    "c.published, c.position, c.n, c.rowid FROM claims c WHERE c.indicator = :indicator{place} "
    f"AND c.lane IN ({ACTIVE_LANES}) AND {{where}}"
)
_READ = (
    f"SELECT {FIELDS} FROM claims c WHERE c.rowid IN (SELECT value FROM json_each(:rows)) "
    "ORDER BY c.position, c.n"
)


@dataclass(slots=True)
class Said:
    """What is said of one place: how many claims, in which reports, and the last words.

    A report goes by the position at which it was filed.
    """

    claims: int = 0
    reports: set[int] = field(default_factory=set)
    last: dict[tuple[str, str], _Order] = field(default_factory=dict)
    """The last word of each originator, by lane."""

    @property
    def rows(self) -> list[int]:
        """The rows of the last words."""
        return [order[-1] for order in self.last.values()]


def said_of_places(
    db: sqlite3.Connection, question: Question, indicator: str, as_of: AsOf
) -> dict[Place, Said]:
    """What is said of each place that is asked about, of every cohort unless one is asked."""
    place, more = place_of(question, every_cohort=True)
    if question.originator is not None:
        place += f" AND {OF_A_VOICE}"
        more["voice"] = ids_of_voice(question.originator, voices_at(db, as_of.position))
    query = _SAID.format(place=place, where=where(as_of))
    found: dict[tuple[str, str, int, int, int], Said] = {}
    for cohort, incident, first, last, prospective, lane, originator, *order in db.execute(
        query, parameters(as_of, indicator=indicator, **more)
    ):
        days = (0, 0) if incident else (first, last)
        key = (cohort, incident, *days, prospective)
        said = found.get(key)
        if said is None:
            said = found[key] = Said()
        said.claims += 1
        said.reports.add(order[2])
        if lane != RELAY:
            whose, word = (lane, originator), tuple(order)
            said.last[whose] = max(word, said.last.get(whose, word))
    return {_place(*key): said for key, said in found.items()}


def _place(cohort: str, incident: str, first: int, last: int, prospective: int) -> Place:
    cell = None if first == NO_FIRST else first, None if last == NO_LAST else last
    return Place(cohort or None, incident or None, None if incident else cell, bool(prospective))


def read_rows(db: sqlite3.Connection, rows: Iterable[int], as_of: AsOf) -> list[Claim]:
    """The claims in some rows."""
    voices = voices_at(db, as_of.position)
    found = db.execute(_READ, parameters(as_of, rows=json.dumps([*rows])))
    return [claim_of(db, row, voices) for row in found]
