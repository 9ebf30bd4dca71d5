"""What addresses and filters name, found or refused with the similar names that exist.

A filter that names what was never there is refused, because its empty answer would read as a fact. One
that names something which has nothing to show, or not at the times asked, is answered.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from domain.near import did_you_mean, nearest
from domain.stream_names import report_stream
from projections.answers.questions import Narrowing
from projections.tables.registry import indicator_at
from service.http.parameters import Asked
from service.http.problems import Problem
from service.query.indicators import ever_defined
from service.query.standpoint import Standpoint

MOST_COMPARED = 2_000
"""Maximum number of names that one is compared with to find similar ones."""
_WHOLE_AND_PARTS = (
    "(WITH RECURSIVE these (id) AS (SELECT :indicator UNION SELECT p.part FROM parts p "
    "JOIN these ON p.whole = these.id) SELECT id FROM these)"
)


@dataclass(frozen=True, slots=True)
class Names:
    """What a filter may name: how it is called, the column and rows that have it, and what lists it.

    `prefix` is what the column has before each name, `of` says of what it is.
    """

    what: str
    column: str
    rows: str
    listed_by: str
    prefix: str = ""
    of: str = ""


_SOURCES = Names("source", "id", "sources WHERE true", "/v1/sources lists them")
_OF_THE_INDICATOR = (
    f"claims WHERE indicator IN {_WHOLE_AND_PARTS}",
    "its series shows those it has",
    "",
    " of this indicator",
)
NAMES: Mapping[str, Names] = {
    "source": _SOURCES,
    "originator": _SOURCES,
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
    "stream": Names("stream", "stream", "journal WHERE true", "/v1/events shows them"),
    "actor": Names("actor", "actor", "journal WHERE true", "/v1/events shows them"),
    "cohort": Names("cohort", "cohort", *_OF_THE_INDICATOR),
    "incident": Names("incident", "incident", *_OF_THE_INDICATOR),
}
"""Every query parameter whose value names something recorded; the others have values of their own."""


def check_names(db: sqlite3.Connection, asked: Asked, indicator: str | None = None) -> None:
    """Refuse filters that name what was never there; `indicator` is the one that the address names.

    Raises `Problem` with the similar names that exist.
    """
    for parameter, names in NAMES.items():
        name = asked.get(parameter)
        if name is not None and not _is_there(db, names, name, indicator):
            hint = did_you_mean(_similar(db, names, name, indicator), f"; {names.listed_by}")
            detail = f"{parameter}: there is no {names.what} '{_short(name)}'{names.of}{hint}"
            raise Problem("not-found", detail, parameter=parameter)


def _is_there(db: sqlite3.Connection, names: Names, name: str, indicator: str | None) -> bool:
    query = f"SELECT 1 FROM {names.rows} AND {names.column} = :name LIMIT 1"
    given = {"name": names.prefix + name, "indicator": indicator}
    return db.execute(query, given).fetchone() is not None


def _similar(
    db: sqlite3.Connection, names: Names, name: str, indicator: str | None = None
) -> list[str]:
    """The names that look most like one: of all, or of those that begin alike where there are many."""
    query = (
        f"SELECT DISTINCT {names.column} FROM {names.rows} AND {names.column} >= :first "
        f"AND {names.column} < :last LIMIT {MOST_COMPARED}"
    )
    for length in (0, 1, 3, 6):
        first = names.prefix + name[:length]
        given = {"first": first, "last": first + "\U0010ffff", "indicator": indicator}
        found = [row[0].removeprefix(names.prefix) for row in db.execute(query, given)]
        if len(found) < MOST_COMPARED:
            break
    return nearest(name, found)


def narrowing(asked: Asked) -> Narrowing:
    """What a caller asks of an indicator beside the times."""
    names = ("cohort", "period", "originator", "policy", "incident")
    return Narrowing(**{name: asked.get(name) for name in names})


def claim_named(request: Request) -> str:
    """The id of the claim that the address names."""
    return f"{request.path_params['report']}/{request.path_params['n']}"


def indicator_named(request: Request, here: Standpoint) -> str:
    """The id of the indicator that the address names.

    Raises `Problem` if it was never defined, or is asked for an incident and is no increment.
    """
    name = str(request.path_params["indicator"])
    if not ever_defined(here, name):
        raise no_indicator(name, here)
    row = indicator_at(here.db, name, here.as_of.position)
    if "incident" in request.query_params and row and row.definition.measure != "increment":
        detail = f"incident: '{name}' is a {row.definition.measure}; only increments have incidents"
        raise Problem("bad-parameter", detail, parameter="incident")
    return name


def nothing(what: str, name: str, here: Standpoint | None = None) -> Problem:
    """The problem that nothing of this name exists at the times asked for.

    With a standpoint it names the similar ones that exist, where this one never did.
    """
    hint, names = "", NAMES.get(what)
    if here is not None and names is not None and not _is_there(here.db, names, name, None):
        hint = did_you_mean(_similar(here.db, names, name), f"; {names.listed_by}")
    return Problem("not-found", f"there is no {what} '{_short(name)}' at the times asked{hint}")


def _short(name: str) -> str:
    return name if len(name) <= 140 else name[:137] + "..."


def no_indicator(name: str, here: Standpoint) -> Problem:
    """The problem that there is no such indicator, with the similar ids that exist."""
    names = NAMES["indicator"]
    hint = did_you_mean(_similar(here.db, names, name), f"; {names.listed_by}")
    return Problem("not-found", f"there is no indicator '{name[:60]}' at the times asked{hint}")


def no_plan(name: str) -> Problem:
    """The problem that an indicator plans for no other, with what to do about it."""
    return Problem(
        "not-found",
        f"'{name[:60]}' is no plan at the times asked: its definition has no `plans_for`; revise it "
        f"with PUT /v1/indicators/{name[:60]} to name the indicator in which the plan is fulfilled",
    )
