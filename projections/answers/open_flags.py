"""Every open flag of an indicator, and the event since which what it is about stands as it does."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from domain.estimates.flags import Flag
from projections.answers.as_of import AsOf
from projections.answers.claims import parameters, where
from projections.answers.estimate_answer import FlagAnswer, flag_answer
from projections.answers.flags import all_flags

_CHANGED = (
    "SELECT max(c.since) FROM claims c JOIN journal j ON j.position = c.since "
    "WHERE c.claim = :claim AND {where}"
)
_BY_THEN = "c.since <= :position AND c.pub_from <= :by"
_DEFINED = (
    "SELECT max(i.since) FROM indicators i JOIN journal j ON j.position = i.since "
    "WHERE i.id = ? AND i.since <= ?"
)


class StandingFlag(NamedTuple):
    """A flag, and the position of the last event that changed a claim which it is about.

    A flag about no claim stands since the indicator was defined as it is.
    """

    flag: FlagAnswer
    since: int


def standing_flags(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> list[StandingFlag]:
    """Every open flag of an indicator at the times asked, each with its age."""
    changed, found = dict[str, int](), list[StandingFlag]()
    defined = db.execute(_DEFINED, (indicator, as_of.position)).fetchone()[0] or 0
    for flag in all_flags(db, indicator, as_of):
        since = max(_changes(db, flag, as_of, changed), default=0)
        found.append(StandingFlag(flag_answer(flag), since or defined))
    return found


def _changes(db: sqlite3.Connection, flag: Flag, as_of: AsOf, changed: dict[str, int]) -> Sequence[int]:
    """The last events that changed the claims of a flag, as far as is seen; `changed` keeps them."""
    query = _CHANGED.format(where=where(as_of, _BY_THEN))
    for claim in flag.claims:
        if claim not in changed:
            row = db.execute(query, parameters(as_of, claim=claim)).fetchone()
            changed[claim] = row[0] or 0
    return [changed[claim] for claim in flag.claims]
