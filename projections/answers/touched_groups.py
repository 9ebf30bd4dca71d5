"""Which groups of claims events may have changed; no others have to be judged again."""

import json
import sqlite3
from collections.abc import Iterable, Iterator

from domain.estimates.cells import place_of
from domain.estimates.claims import Claim
from domain.estimates.suspicions.gathered import Gathered, Group, groups_of
from domain.estimates.suspicions.suspicion import Suspicion
from domain.estimates.suspicions.watch import suspicions_in
from domain.events import Definition, IndicatorDefined, IndicatorRevised, SourceRegistered
from projections.answers.as_of import AsOf
from projections.answers.claims import look_up
from projections.answers.gathering import placed
from projections.answers.moments import Cause
from projections.answers.questions import question_of
from projections.tables.claims import descendants

_CHANGED = "SELECT DISTINCT claim FROM claims WHERE report = ? AND (since = ? OR until = ?)"
_CHANGED_HERE = f"{_CHANGED} AND indicator IN (SELECT value FROM json_each(?))"
_OF_ALL = (IndicatorDefined.TYPE, IndicatorRevised.TYPE, SourceRegistered.TYPE)


def of_all(cause: Cause) -> bool:
    """Whether an event may change claims that it does not name: cells, voices, what is a part."""
    return cause.type in _OF_ALL


def changed_claims(db: sqlite3.Connection, cause: Cause) -> list[str]:
    """The claims that an event of a report changed."""
    given = cause.report, cause.position, cause.position
    return [name for (name,) in db.execute(_CHANGED, given).fetchall()]


def changed_here(db: sqlite3.Connection, cause: Cause, indicators: Iterable[str]) -> list[str]:
    """Those that are about one of some indicators, before the event or after it: mostly a few."""
    given = cause.report, cause.position, cause.position, json.dumps(list(indicators))
    return [name for (name,) in db.execute(_CHANGED_HERE, given).fetchall()]


def touched_groups(
    db: sqlite3.Connection,
    indicator: str,
    definition: Definition,
    between: tuple[AsOf, AsOf],
    causes: Iterable[Cause],
) -> set[Group]:
    """The groups, before and after some events, of the claims that they changed.

    None of the events is one `of_all`. What derives from a claim changes with it.
    """
    here, names, changed = {indicator, *definition.parts}, set[str](), list[str]()
    for cause in causes:
        names.update(changed_here(db, cause, here))
        changed += changed_claims(db, cause)
    names |= descendants(db, changed)
    found = [claim for as_of in between for claim in _found(db, as_of, names)]
    counting = [each for each in found if each.standing == "active" and each.indicator in here]
    return groups_of(definition.measure, counting)


def _found(db: sqlite3.Connection, as_of: AsOf, names: Iterable[str]) -> Iterator[Claim]:
    find = look_up(db, as_of)
    yield from (claim for claim in map(find, names) if claim)


def suspicions_among(
    db: sqlite3.Connection, definition: Definition, as_of: AsOf, claims: Gathered
) -> list[Suspicion]:
    """What is suspected in groups of claims on an indicator."""
    places = {place_of(claim) for claim in claims.placed} if definition.parts else ()
    parts = {
        part: [claim for claim in placed(db, part, as_of, places) if claim.has_figure]
        for part in definition.parts
    }
    return suspicions_in(question_of(definition), claims, parts, look_up(db, as_of))
