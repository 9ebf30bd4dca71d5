"""The names that a log holds, and those among them that somebody may have meant by another one.

A connection that is narrowed to what its reader may see finds no others.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from domain.near import nearest
from domain.stream_names import citation_stream, report_stream

MOST_COMPARED = 2_000
"""Maximum number of names that one is compared with to find similar ones."""
_WHOLE_AND_PARTS = (
    "(WITH RECURSIVE these (id) AS (SELECT :indicator UNION SELECT p.part FROM parts p "
    "JOIN these ON p.whole = these.id) SELECT id FROM these)"
)


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one kind: what it is called, the column and rows that have them, and what lists them.

    `prefix` is what the column has before each name, `of` says of what it is.
    """

    what: str
    column: str
    rows: str
    listed_by: str
    prefix: str = ""
    of: str = ""


_OF_THE_INDICATOR = (
    f"claims WHERE indicator IN {_WHOLE_AND_PARTS}",
    "its series shows those it has",
    "",
    " of this indicator",
)
KINDS: Mapping[str, Names] = {
    "source": Names("source", "id", "sources WHERE true", "/v1/sources lists them"),
    "indicator": Names("indicator", "id", "indicators WHERE true", "/v1/indicators lists them"),
    "topic": Names(
        "topic",
        "value",
        "indicators, json_each(indicators.definition, '$.topics') WHERE true",
        "/v1/indicators shows them",
    ),
    "report": Names(
        "report", "stream", "journal WHERE true", "/v1/reports lists them", report_stream("")
    ),
    "citation": Names(
        "citation", "stream", "journal WHERE true", "/v1/citations lists them", citation_stream("")
    ),
    "stream": Names("stream", "stream", "journal WHERE true", "/v1/events shows them"),
    "actor": Names("actor", "actor", "journal WHERE true", "/v1/events shows them"),
    "cohort": Names("cohort", "cohort", *_OF_THE_INDICATOR),
    "incident": Names("incident", "incident", *_OF_THE_INDICATOR),
}
"""What is recorded under a name; a cohort or an incident is one of an indicator."""


def is_there(db: sqlite3.Connection, names: Names, name: str, indicator: str | None = None) -> bool:
    """Whether something of this name was ever recorded."""
    query = f"SELECT 1 FROM {names.rows} AND {names.column} = :name LIMIT 1"
    given = {"name": names.prefix + name, "indicator": indicator}
    return db.execute(query, given).fetchone() is not None


def beginning(
    db: sqlite3.Connection, names: Names, start: str, most: int, indicator: str | None = None
) -> list[str]:
    """The names that begin with a text, at most so many of them."""
    query = (
        f"SELECT DISTINCT {names.column} FROM {names.rows} AND {names.column} >= :first "
        f"AND {names.column} < :last LIMIT :most"
    )
    first = names.prefix + start
    given = {"first": first, "last": _after(first), "indicator": indicator, "most": most}
    return [row[0].removeprefix(names.prefix) for row in db.execute(query, given)]


def claims_beginning(db: sqlite3.Connection, start: str, most: int) -> list[str]:
    """The claims whose names begin with a text, at most so many of them."""
    report, slash, _ = start.partition("/")
    query = (
        "SELECT DISTINCT claim FROM claims WHERE report >= :report AND report <= :others "
        "AND claim >= :first AND claim < :last LIMIT :most"
    )
    others = report if slash else _after(report)
    given = {"report": report, "others": others, "first": start, "last": _after(start), "most": most}
    return [row[0] for row in db.execute(query, given)]


def _after(start: str) -> str:
    """What comes after every name that begins with a text."""
    return start + "\U0010ffff"


def alike(db: sqlite3.Connection, names: Names, name: str, indicator: str | None = None) -> list[str]:
    """The names to compare one with: all, or those that begin alike where there are many.

    Where the slip is in the beginning, so that none does, some of those that share less of it.
    """
    found = list[str]()
    for length in (0, 1, 3, 6):
        narrower = beginning(db, names, name[:length], MOST_COMPARED, indicator)
        found = narrower or found
        if len(narrower) < MOST_COMPARED:
            break
    return found


def similar(db: sqlite3.Connection, names: Names, name: str, indicator: str | None = None) -> list[str]:
    """At most three names that look most like one."""
    return nearest(name, alike(db, names, name, indicator))


def similar_claims(db: sqlite3.Connection, claim: str) -> list[str]:
    """At most three claims that look most like one: of its report, or of one with a similar id."""
    report, _, n = claim.rpartition("/")
    of_it = claims_beginning(db, f"{report}/", MOST_COMPARED)
    if of_it:
        return [claim] if claim in of_it else nearest(claim, of_it)
    near = similar(db, KINDS["report"], report)
    return [each for name in near for each in claims_beginning(db, f"{name}/{n}", 1)]
