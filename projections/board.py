"""What the board shows of every indicator beside its estimate, and its open flags, kept ready to read.

To compute either reads every claim on the indicator, so they are built one by one, when nothing else is
to do: what the board shows first, in the order of its page. What an event touches is deleted; readers
compute what is not there.
"""

import json
import sqlite3
from typing import NamedTuple

from domain.estimates.flags import FlagCode
from domain.estimates.support import Level
from domain.times import parse_instant, to_micros
from projections import kept_flags
from projections.answers.as_of import NOW
from projections.answers.glance import Glance, glance
from projections.headlines import headline
from projections.tables.portions import Portions
from projections.tables.projection import FOREVER, Projection

_GLANCES = """
CREATE TABLE glances (
    indicator TEXT PRIMARY KEY, touched INTEGER NOT NULL, support TEXT, codes TEXT NOT NULL,
    revised INTEGER, body TEXT NOT NULL
);
"""
SCHEMA = f"{_GLANCES}{kept_flags.SCHEMA}"
_DEFINED = f"indicators i WHERE until = {FOREVER}"
PAGE_ORDER = (
    "json_extract(definition, '$.topics[0]') IS NULL, json_extract(definition, '$.topics[0]'), "
    "lower(json_extract(definition, '$.title')), id"
)
"""About the order of the page; what differs from it is built a little later."""
INDICES = f"""{kept_flags.INDICES}
CREATE INDEX indicators_by_page ON indicators ({PAGE_ORDER}) WHERE until = {FOREVER};
"""
FIRST = 100
"""Number of indicators on the first page of the board, and in the list of estimates by id."""


class Outline(NamedTuple):
    """What an indicator is filtered and ordered by: `revised` in microseconds since 1970."""

    support: Level | None
    codes: list[FlagCode]
    revised: int | None


_TOUCHED = "SELECT indicator FROM touches WHERE position BETWEEN ? AND ?"
_NOT_KEPT = "NOT EXISTS (SELECT 1 FROM {} g WHERE g.indicator = i.id)"
_NO_GLANCE, _NO_FLAGS = map(_NOT_KEPT.format, ("glances", "flag_tallies"))
_ON_THE_PAGE, _IN_THE_LIST = (
    f"(SELECT id FROM {_DEFINED} ORDER BY {order} LIMIT {FIRST}) i WHERE {_NO_GLANCE}"
    for order in (PAGE_ORDER, "id")
)
_SHOWN, _FLAGGED = (f"{_DEFINED} AND {each}" for each in (_NO_GLANCE, _NO_FLAGS))
_LAST_TOUCH = "SELECT max(position) FROM main.touches WHERE indicator = ?"


def amend(db: sqlite3.Connection, first: int, last: int) -> None:
    """Delete what is kept of every indicator that an event of the batch touches."""
    for table in ("glances", *kept_flags.TABLES):
        db.execute(f"DELETE FROM {table} WHERE indicator IN ({_TOUCHED})", (first, last))


def prepare(db: sqlite3.Connection) -> bool:
    """Build what the board shows of one more indicator on its first page, then in the list."""
    return _keep_glance(db, _ON_THE_PAGE) or _keep_glance(db, _IN_THE_LIST)


def idle(db: sqlite3.Connection) -> bool:
    """Build what is kept of one more indicator; return whether there was one."""
    if _keep_glance(db, _SHOWN):
        return True
    found = _next(db, _FLAGGED)
    if found is not None:
        kept_flags.keep_flags(db, *found)
    return found is not None


def _next(db: sqlite3.Connection, which: str) -> tuple[str, int] | None:
    """The first of some indicators, and the event that touched it last."""
    found = db.execute(f"SELECT id FROM {which} LIMIT 1").fetchone()
    return (found[0], _last_touch(db, found[0])) if found else None


def _last_touch(db: sqlite3.Connection, indicator: str) -> int:
    touched: int = db.execute(_LAST_TOUCH, (indicator,)).fetchone()[0]
    return touched


def _first(db: sqlite3.Connection) -> list[str]:
    """The indicators whose rows a file has before it is read: those that `prepare` comes to first."""
    found = dict[str, None]()
    for which in (_ON_THE_PAGE, _IN_THE_LIST):
        found |= dict.fromkeys(row[0] for row in db.execute(f"SELECT id FROM {which}"))
    return sorted([*found][:FIRST])


def _keep_glance(db: sqlite3.Connection, which: str) -> bool:
    found = _next(db, which)
    if found is not None:
        _build(db, *found)
    return found is not None


def _build_first(db: sqlite3.Connection, indicator: str) -> None:
    _build(db, indicator, _last_touch(db, indicator))


def _build(db: sqlite3.Connection, indicator: str, touched: int) -> None:
    made = glance(db, indicator, NOW, headline(db, indicator))
    support, codes, revised = outline_of(made)
    row = indicator, touched, support, json.dumps(codes), revised, json.dumps(made._asdict())
    db.execute("INSERT INTO glances VALUES (?, ?, ?, ?, ?, ?)", row)


def outline_of(seen: Glance) -> Outline:
    """What an indicator is filtered and ordered by."""
    revised = seen.revised
    moment = None if revised is None else to_micros(parse_instant(revised["published_at"]))
    return Outline(seen.support, list(seen.flag_counts), moment)


def kept_outlines(db: sqlite3.Connection, position: int) -> dict[str, Outline]:
    """The outlines that are kept and are those of a position, by indicator."""
    rows = db.execute(
        "SELECT indicator, support, codes, revised FROM glances WHERE touched <= ?", (position,)
    )
    return {name: Outline(support, json.loads(codes), moment) for name, support, codes, moment in rows}


def kept_glance(db: sqlite3.Connection, indicator: str, position: int) -> Glance | None:
    """What is kept of an indicator for the board, if it is that of a position."""
    query = "SELECT body FROM glances WHERE indicator = ? AND touched <= ?"
    row = db.execute(query, (indicator, position)).fetchone()
    return Glance(**json.loads(row[0])) if row else None


BOARD = Projection(
    "board",
    3,
    SCHEMA,
    None,
    (),  # all of it follows from other tables, whether it is there yet or not
    INDICES,
    amend,
    idle=idle,
    prepare=prepare,
    portions=Portions(_GLANCES, _first, _build_first),
    reads=(
        *("journal", "registry", "assessments", "redactions", "claims", "sums", "estimates"),
        "suspected",
    ),
)
