"""Claims gathered in whole groups, by index: what suspicions about a few of them are found in."""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from domain.estimates.cells import Place
from domain.estimates.claims import Cell, Claim
from domain.estimates.estimate import Question
from domain.estimates.suspicions.gathered import Gathered, Group, lines_of
from domain.estimates.suspicions.line import Voice
from projections.answers.as_of import AsOf
from projections.answers.bare_claims import BARE, LINED, bare_claims, claims_in, claims_in_line
from projections.answers.candidates import EVERY_COHORT, possible_stand_ins
from projections.answers.claims import (
    ACTIVE_LANES,
    IN_CELL,
    OF_A_VOICE,
    ids_of_voice,
    in_cell,
    parameters,
    where,
)
from projections.tables.claim_rows import (
    NO_FIGURE,
    NO_FIRST,
    NO_INCIDENT,
    NO_LAST,
    OBSERVED,
    ORIGIN,
    WEAK,
    WHOLE,
)
from projections.tables.registry import voices_at

_OF_COHORT = "FROM claims c WHERE c.indicator = :indicator AND c.cohort = :cohort"
_FROM = f"SELECT {BARE} {_OF_COHORT}"
_PLACED = f"c.prospective = :prospective AND c.lane IN ({ACTIVE_LANES}, '{NO_FIGURE}')"
_CELL = f"{_FROM} AND c.incident = '{NO_INCIDENT}'{IN_CELL} AND {_PLACED} AND {{where}}"
_INCIDENT = f"{_FROM} AND c.incident = :incident AND c.incident > '' AND {_PLACED} AND {{where}}"
_LINE = (
    f"SELECT {LINED} {_OF_COHORT} AND c.lane IN ('{ORIGIN}', '{WEAK}') AND c.headline = {OBSERVED} "
    f"AND {OF_A_VOICE} AND {{where}}"
)
"""Claims that nothing is known to derive from, observed, that may be a headline."""


def gathered(db: sqlite3.Connection, indicator: str, as_of: AsOf, groups: Iterable[Group]) -> Gathered:
    """The claims of some groups on an indicator, and its relays."""
    places, lines = list[Place](), list[Voice]()
    for group in groups:
        if isinstance(group, Place):
            places.append(group)
        elif group:
            lines.append(group)
    return Gathered(
        placed(db, indicator, as_of, places),
        list(chain.from_iterable(_line(db, indicator, as_of, line) for line in lines)),
        possible_stand_ins(db, indicator, as_of),
    )


def gathered_about(
    db: sqlite3.Connection, indicator: str, question: Question, as_of: AsOf
) -> Gathered | None:
    """The claims of all groups in which a flag about what is asked may be found.

    None where neither a cohort nor a cell nor an incident is asked: then it may be any group.
    """
    relays = possible_stand_ins(db, indicator, as_of)
    if question.cell is None and question.incident is None:
        if question.cohort is None:
            return None
        claims = bare_claims(db, indicator, as_of, question)
        return Gathered(claims, claims, relays)
    claims = placed(db, indicator, as_of, _places_asked(db, indicator, question, as_of))
    lines = lines_of(question.measure, claims)
    lined = chain.from_iterable(_line(db, indicator, as_of, line) for line in lines)
    return Gathered(claims, list(lined), relays)


def _places_asked(
    db: sqlite3.Connection, indicator: str, question: Question, as_of: AsOf
) -> Iterator[Place]:
    """The places that a question about a cell or an incident is about."""
    given = parameters(as_of, indicator=indicator)
    every = [name or None for (name,) in db.execute(EVERY_COHORT, given) if name is not None]
    cohorts = every if question.cohort is None else [question.cohort]
    if question.measure == "increment" and question.cell is not None:
        for cohort in cohorts:
            yield from _places_meeting(db, indicator, cohort, question.cell, as_of)
        return
    cell = None if question.incident else question.cell
    for cohort in cohorts:
        for prospective in (False, True):
            yield Place(cohort, question.incident, cell, prospective)


def _places_meeting(
    db: sqlite3.Connection, indicator: str, cohort: str | None, cell: Cell, as_of: AsOf
) -> Iterator[Place]:
    """The places of a cohort, incidents among them, of claims that share a day with a cell."""
    query = (
        "SELECT DISTINCT c.incident, c.first, c.last, c.prospective FROM claims c "
        "WHERE c.indicator = :indicator AND c.cohort = :cohort AND c.first <= :last "
        f"AND c.last >= :first AND c.lane IN ({ACTIVE_LANES}, '{NO_FIGURE}') AND {where(as_of)}"
    )
    given = parameters(as_of, indicator=indicator, cohort=cohort or WHOLE, **in_cell(cell))
    found = dict[Place, None]()
    for incident, first, last, prospective in db.execute(query, given):
        days = (None if first == NO_FIRST else first, None if last == NO_LAST else last)
        place = Place(cohort, incident or None, None if incident else days, bool(prospective))
        found[place] = None
    yield from found


def placed(db: sqlite3.Connection, indicator: str, as_of: AsOf, places: Iterable[Place]) -> list[Claim]:
    """The active claims in some places, with a figure or without."""
    return list(chain.from_iterable(_place(db, indicator, as_of, place) for place in places))


def _place(db: sqlite3.Connection, indicator: str, as_of: AsOf, place: Place) -> list[Claim]:
    more: dict[str, Any] = {"cohort": place.cohort or WHOLE, "prospective": int(place.prospective)}
    if place.cell is None:
        return _read(db, _INCIDENT, indicator, as_of, incident=place.incident, **more)
    return _read(db, _CELL, indicator, as_of, **in_cell(place.cell), **more)


def _line(db: sqlite3.Connection, indicator: str, as_of: AsOf, line: Voice) -> list[Claim]:
    voice, cohort = line
    ids = ids_of_voice(voice, voices_at(db, as_of.position))
    given = parameters(as_of, indicator=indicator, cohort=cohort or WHOLE, voice=ids)
    return claims_in_line(db.execute(_LINE.format(where=where(as_of)), given), indicator, line)


def _read(db: sqlite3.Connection, query: str, indicator: str, as_of: AsOf, **more: Any) -> list[Claim]:
    given = parameters(as_of, indicator=indicator, **more)
    return claims_in(db, db.execute(query.format(where=where(as_of)), given), indicator, as_of)
