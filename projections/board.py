"""What the board shows of every indicator beside its estimate, and its open flags, kept ready to read.

To compute them reads every claim on the indicator, so they are built one by one, when nothing else is
to do. What an event touches is deleted; readers compute what is not there.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.estimates.flags import FlagCode
from domain.estimates.support import Level
from domain.estimates.suspicions.suspicion import Suspicion
from domain.times import parse_instant, to_micros
from projections.answers.as_of import NOW
from projections.answers.claims import look_up
from projections.answers.flags import active_claims, suspicions_among
from projections.answers.glance import Glance, glance
from projections.answers.open_flags import StandingFlag, standing_flags
from projections.headlines import headline
from projections.tables.projection import FOREVER, Projection, Recorded
from projections.tables.registry import indicator_at

SCHEMA = """
CREATE TABLE glances (
    indicator TEXT PRIMARY KEY, touched INTEGER NOT NULL, support TEXT, codes TEXT NOT NULL,
    revised INTEGER, counts TEXT NOT NULL, voiced TEXT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE open_flags (
    indicator TEXT NOT NULL, n INTEGER NOT NULL, code TEXT NOT NULL, since INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (indicator, n)
) WITHOUT ROWID;
"""
INDICES = """
CREATE INDEX open_flags_by_age ON open_flags (since, indicator, n);
CREATE INDEX open_flags_by_code ON open_flags (code, since, indicator, n);
"""


class Outline(NamedTuple):
    """What an indicator is filtered and ordered by: `revised` in microseconds since 1970."""

    support: Level | None
    codes: list[FlagCode]
    revised: int | None


class Tally(NamedTuple):
    """How many open flags an indicator has of each code, and how many claims count by originator."""

    flags: dict[FlagCode, int]
    voiced: dict[str, int]


_TOUCHED = "SELECT indicator FROM touches WHERE position BETWEEN ? AND ?"
_MISSING = (
    "SELECT id FROM indicators i WHERE until = ? AND NOT EXISTS "
    "(SELECT 1 FROM glances g WHERE g.indicator = i.id) LIMIT 1"
)
_LAST_TOUCH = "SELECT max(position) FROM main.touches WHERE indicator = ?"


def apply(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    """Delete what is kept of every indicator that an event of the batch touches."""
    between = events[0].position, events[-1].position
    for table in ("glances", "open_flags"):
        db.execute(f"DELETE FROM {table} WHERE indicator IN ({_TOUCHED})", between)


def idle(db: sqlite3.Connection) -> bool:
    """Build what is kept of one indicator of which nothing is; return whether there was one."""
    found = db.execute(_MISSING, (FOREVER,)).fetchone()
    if found is None:
        return False
    (indicator,) = found
    (touched,) = db.execute(_LAST_TOUCH, (indicator,)).fetchone()
    made, found = _made(db, indicator)
    support, codes, revised = outline_of(made)
    tally = tally_of(found, made)
    texts = *map(json.dumps, tally), json.dumps(made._asdict())
    row = (indicator, touched, support, json.dumps(codes), revised, *texts)
    db.execute("INSERT INTO glances VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    db.executemany(
        "INSERT INTO open_flags VALUES (?, ?, ?, ?, ?)",
        (
            (indicator, n, flag["code"], since, json.dumps(flag))
            for n, (flag, since) in enumerate(found, start=1)
        ),
    )
    return True


def _made(db: sqlite3.Connection, indicator: str) -> tuple[Glance, list[StandingFlag]]:
    """What is kept of an indicator, from its claims, which are read once."""
    row = indicator_at(db, indicator, NOW.position)
    assert row is not None
    body = headline(db, indicator)
    claims = active_claims(db, indicator, row.definition, NOW)
    suspected = suspicions_among(db, indicator, row.definition, NOW, claims, look_up(db, NOW))

    def suspect(*_: object) -> list[Suspicion]:
        return suspected

    return (
        glance(db, indicator, NOW, body, suspect),
        standing_flags(db, indicator, NOW, suspect, body, claims),
    )


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


def tally_of(found: Sequence[StandingFlag], seen: Glance) -> Tally:
    """How many open flags an indicator has of each code, and how many claims count by originator."""
    return Tally(dict(Counter(each.flag["code"] for each in found)), seen.voiced)


def kept_tallies(db: sqlite3.Connection, position: int) -> dict[str, Tally]:
    """The tallies that are kept and are those of a position, by indicator."""
    rows = db.execute("SELECT indicator, counts, voiced FROM glances WHERE touched <= ?", (position,))
    return {name: Tally(json.loads(counts), json.loads(voiced)) for name, counts, voiced in rows}


def oldest_flags(
    db: sqlite3.Connection, indicators: Iterable[str], code: FlagCode | None, limit: int
) -> list[tuple[str, StandingFlag]]:
    """At most `limit` flags that are kept of these indicators, of a code or of all, oldest first."""
    of_code = "" if code is None else "code = :code AND "
    query = (
        f"SELECT indicator, body, since FROM open_flags WHERE {of_code}"
        # The plus sign keeps the order of the index by age, which stops at the limit.
        "+indicator IN (SELECT value FROM json_each(:names)) ORDER BY since, indicator, n LIMIT :limit"
    )
    given = {"code": code, "names": json.dumps(list(indicators)), "limit": limit}
    return [
        (name, StandingFlag(json.loads(body), since)) for name, body, since in db.execute(query, given)
    ]


def kept_glance(db: sqlite3.Connection, indicator: str, position: int) -> Glance | None:
    """What is kept of an indicator for the board, if it is that of a position."""
    query = "SELECT body FROM glances WHERE indicator = ? AND touched <= ?"
    row = db.execute(query, (indicator, position)).fetchone()
    return Glance(**json.loads(row[0])) if row else None


def kept_flags(db: sqlite3.Connection, indicator: str, position: int) -> list[StandingFlag] | None:
    """The open flags that are kept of an indicator, if they are those of a position."""
    query = "SELECT 1 FROM glances WHERE indicator = ? AND touched <= ?"
    if db.execute(query, (indicator, position)).fetchone() is None:
        return None
    query = "SELECT body, since FROM open_flags WHERE indicator = ? ORDER BY n"
    return [StandingFlag(json.loads(body), since) for body, since in db.execute(query, (indicator,))]


BOARD = Projection(
    "board",
    3,
    SCHEMA,
    apply,
    (),  # all of it follows from other tables, whether it is there yet or not
    INDICES,
    idle=idle,
    reads=("registry", "claims", "estimates"),
)
