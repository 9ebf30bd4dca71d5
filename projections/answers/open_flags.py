"""Every open flag of an indicator, and the event since which what it is about stands as it does."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from domain.estimates.claims import Claim, LookUp
from domain.estimates.flags import Flag
from projections.answers.as_of import AsOf
from projections.answers.claims import look_up, parameters, where
from projections.answers.estimate_answer import EstimateAnswer, FlagAnswer, flag_answer
from projections.answers.estimates import answer
from projections.answers.flags import active_claims, every_flag, flags_about_inputs, suspicions_over
from projections.answers.kept_suspicions import kept_suspicions
from projections.giving_way import give_way, giving_way_between
from projections.tables.registry import IndicatorRow, indicator_at

_CHANGED = (
    "SELECT c.claim, max(c.since) FROM json_each(:claims) e CROSS JOIN claims c ON c.claim = e.value "
    "JOIN journal j ON j.position = c.since WHERE {where} GROUP BY c.claim"
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


def standing_flags(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    body: EstimateAnswer | None = None,
) -> list[StandingFlag]:
    """Every open flag of an indicator at the times asked, each with its age.

    `body` is its estimate, if known.
    """
    row = indicator_at(db, indicator, as_of.position)
    if row is None:
        return []
    definition = row.definition
    of_headline = (body or answer(db, indicator, as_of))["flags"]
    claims, find = active_claims(db, indicator, definition, as_of), look_up(db, as_of)
    suspected = _suspected(db, row, as_of, claims, find)
    found = every_flag(
        definition.measure,
        [Flag(flag["code"], flag["detail"], tuple(flag["claims"])) for flag in of_headline],
        giving_way_between(claim for claim in claims if claim.has_figure),
        find,
        giving_way_between(suspected),
    )
    give_way()
    defined = db.execute(_DEFINED, (indicator, as_of.position)).fetchone()[0] or 0
    changed = _changes(db, found, as_of)
    return [StandingFlag(flag_answer(flag), _age(flag.claims, changed) or defined) for flag in found]


def _suspected(
    db: sqlite3.Connection, row: IndicatorRow, as_of: AsOf, claims: Sequence[Claim], find: LookUp
) -> list[Flag]:
    """The flags over all claims, kept or found among them."""
    kept = kept_suspicions(db, row.id, as_of)
    if kept is not None:
        return [*kept.flags, *flags_about_inputs(db, row.id, as_of)]
    found = suspicions_over(db, row.id, row.definition, as_of, claims, find)
    return [each.flag for each in found]


def _changes(db: sqlite3.Connection, flags: Iterable[Flag], as_of: AsOf) -> dict[str, int]:
    """The last event that changed each claim of some flags, as far as is seen."""
    names = json.dumps(sorted({claim for flag in flags for claim in flag.claims}))
    query = _CHANGED.format(where=where(as_of, _BY_THEN))
    return dict(db.execute(query, parameters(as_of, claims=names)).fetchall())


def _age(claims: Iterable[str], changed: Mapping[str, int]) -> int:
    return max((changed.get(claim, 0) for claim in claims), default=0)
