"""Every open flag of each indicator with its age, kept ready to list and to count."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.estimates.flags import FlagCode
from projections.answers.as_of import NOW
from projections.answers.claims import active_by_originator
from projections.answers.open_flags import StandingFlag, standing_flags
from projections.headlines import headline

SCHEMA = """
CREATE TABLE open_flags (
    indicator TEXT NOT NULL, n INTEGER NOT NULL, code TEXT NOT NULL, since INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (indicator, n)
) WITHOUT ROWID;
CREATE TABLE flag_tallies (
    indicator TEXT PRIMARY KEY, touched INTEGER NOT NULL, counts TEXT NOT NULL, voiced TEXT NOT NULL
) WITHOUT ROWID;
"""
INDICES = """
CREATE INDEX open_flags_by_age ON open_flags (since, indicator, n);
CREATE INDEX open_flags_by_code ON open_flags (code, since, indicator, n);
"""
TABLES = ("open_flags", "flag_tallies")


class Tally(NamedTuple):
    """How many open flags an indicator has of each code, and how many claims count by originator."""

    flags: dict[FlagCode, int]
    voiced: dict[str, int]


def keep_flags(db: sqlite3.Connection, indicator: str, touched: int) -> None:
    """Keep the open flags of an indicator that an event touched last."""
    found = standing_flags(db, indicator, NOW, body=headline(db, indicator))
    counts, voiced = tally_of(found, active_by_originator(db, indicator, NOW))
    row = indicator, touched, json.dumps(counts), json.dumps(voiced)
    db.execute("INSERT INTO flag_tallies VALUES (?, ?, ?, ?)", row)
    db.executemany(
        "INSERT INTO open_flags VALUES (?, ?, ?, ?, ?)",
        (
            (indicator, n, flag["code"], since, json.dumps(flag))
            for n, (flag, since) in enumerate(found, start=1)
        ),
    )


def tally_of(found: Sequence[StandingFlag], voiced: dict[str, int]) -> Tally:
    """How many open flags there are of each code, with the claims that count by originator."""
    return Tally(dict(Counter(each.flag["code"] for each in found)), voiced)


def kept_tallies(db: sqlite3.Connection, position: int) -> dict[str, Tally]:
    """The tallies that are kept and are those of a position, by indicator."""
    query = "SELECT indicator, counts, voiced FROM flag_tallies WHERE touched <= ?"
    rows = db.execute(query, (position,))
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


def kept_flags(db: sqlite3.Connection, indicator: str, position: int) -> list[StandingFlag] | None:
    """The open flags that are kept of an indicator, if they are those of a position."""
    query = "SELECT 1 FROM flag_tallies WHERE indicator = ? AND touched <= ?"
    if db.execute(query, (indicator, position)).fetchone() is None:
        return None
    query = "SELECT body, since FROM open_flags WHERE indicator = ? ORDER BY n"
    return [StandingFlag(json.loads(body), since) for body, since in db.execute(query, (indicator,))]
