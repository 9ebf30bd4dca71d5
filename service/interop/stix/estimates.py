"""The current estimate of an indicator as an object, with the time since which it says so."""

import sqlite3

from domain.times import from_micros
from domain.vocabulary import MARKINGS
from projections.answers.telling import Telling
from projections.tables.levels import level_of
from projections.tables.registry import indicator_at
from projections.tables.sight import may_see_all, sight_of
from service.interop.stix.ids import Ids
from service.interop.stix.indicators import drawn_estimate
from service.interop.stix.markings import most_restrictive
from service.interop.stix.versions import Version, finished
from service.query.estimates import estimate
from service.query.standpoint import Standpoint

_TOUCHES = """
SELECT t.position, j.stream FROM touches t JOIN journal j USING (position)
WHERE t.indicator = ? AND t.position <= ? ORDER BY t.position DESC
"""
_DEFINED = "SELECT min(position) FROM journal WHERE stream = 'indicator:' || ? AND position <= ?"
_HIDDEN = """
SELECT max(l.position) FROM main.level_changes l
CROSS JOIN main.levels n ON n.stream = l.stream AND n.level > ?
CROSS JOIN main.journal j ON j.stream = l.stream JOIN main.touches t ON t.position = j.position
WHERE t.indicator = ? AND l.before <= ? AND l.position <= ?
"""


def estimate_position(db: sqlite3.Connection, indicator: str, until: int) -> int:
    """Where the estimate of an indicator changed last, as its reader can know; 0 where it has none."""
    touched = _touched(db, indicator, until)
    return max(touched, _hidden(db, indicator, until)) if touched else 0


def estimate_versions(here: Standpoint, ids: Ids, indicator: str, until: int) -> list[list[Version]]:
    """The estimate of an indicator as its one version, since nothing is kept of the earlier ones."""
    db, touched = here.db, _touched(here.db, indicator, until)
    (defined,) = db.execute(_DEFINED, (indicator, until)).fetchone()
    if not touched or defined is None or indicator_at(db, indicator, until) is None:
        return []
    then = here if here.current and until == here.as_of.position else here.at(touched)
    answer = estimate(then, indicator, with_cohorts=False)
    changed = estimate_position(db, indicator, until)
    created, modified = (from_micros(_stamp(db, each)) for each in (defined, changed))
    drawn = drawn_estimate(ids, indicator, answer, here.at(touched).echo)
    marking = most_restrictive([answer["marking"], MARKINGS[level_of(db, f"indicator:{indicator}")]])
    thing = finished(drawn, [], marking, (created, modified))
    return [[Version(changed, modified, thing)]]


def _touched(db: sqlite3.Connection, indicator: str, until: int) -> int:
    """The last event by which the reader can know that the estimate changed; 0 where there is none."""
    telling = Telling(db, indicator)
    rows = db.execute(_TOUCHES, (indicator, until))
    return next((at for at, stream in rows if telling.tells(stream, at)), 0)


def _hidden(db: sqlite3.Connection, indicator: str, until: int) -> int:
    """Where a marking last took something away that the reader saw the estimate rest on; or 0."""
    if may_see_all(db):
        return 0
    mine = sight_of(db).level
    (position,) = db.execute(_HIDDEN, (mine, indicator, mine, until)).fetchone()
    return position or 0


def _stamp(db: sqlite3.Connection, position: int) -> int:
    (stamp,) = db.execute(
        "SELECT recorded_at FROM main.journal WHERE position = ?", (position,)
    ).fetchone()
    return int(stamp)
