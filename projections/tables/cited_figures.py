"""Citations of figures over record positions: what was cited where, and what was closed."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from domain.events import CitationClosed, FigureCited
from projections.tables.filing import others
from projections.tables.projection import FOREVER, Projection, Recorded

SCHEMA = """
CREATE TABLE cited_figures (
    citation TEXT NOT NULL, position INTEGER NOT NULL, until INTEGER NOT NULL,
    indicator TEXT NOT NULL, recorded_at INTEGER NOT NULL, actor TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (citation, position)
) WITHOUT ROWID;
CREATE TABLE closed_citations (
    citation TEXT NOT NULL, position INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
    actor TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (citation, position)
) WITHOUT ROWID;
"""
# cited_figures: each time that a figure was cited, until the citation was closed or made anew.


@dataclass(frozen=True, slots=True)
class CitedRow:
    """A figure as it was cited, from one position until another; times in microseconds."""

    position: int
    until: int
    recorded_at: int
    actor: str
    event: FigureCited


@dataclass(frozen=True, slots=True)
class ClosedRow:
    """The end of a citation."""

    position: int
    recorded_at: int
    actor: str
    reason: str


def apply(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    """Insert each figure cited and each citation closed, which ends what was cited before."""
    for recorded in others(events):
        match recorded.event:
            case FigureCited() as event:
                _end(db, event.citation, recorded.position)
                about = event.indicator, recorded.recorded_at, recorded.actor, event.model_dump_json()
                row = (event.citation, recorded.position, FOREVER, *about)
                db.execute("INSERT INTO cited_figures VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            case CitationClosed() as event:
                _end(db, event.citation, recorded.position)
                by = recorded.recorded_at, recorded.actor, event.reason
                closed = (event.citation, recorded.position, *by)
                db.execute("INSERT INTO closed_citations VALUES (?, ?, ?, ?, ?)", closed)
            case _:
                pass  # no citation


def _end(db: sqlite3.Connection, citation: str, position: int) -> None:
    query = "UPDATE cited_figures SET until = ? WHERE citation = ? AND until = ?"
    db.execute(query, (position, citation, FOREVER))


_COLUMNS = "position, until, recorded_at, actor, body"
_LATEST = (
    f"SELECT {_COLUMNS}, max(position) FROM cited_figures WHERE position <= :position "
    "AND coalesce(citation = :citation, true) AND coalesce(indicator = :indicator, true) "
    "GROUP BY citation ORDER BY citation"
)


def citations_at(
    db: sqlite3.Connection,
    position: int,
    *,
    citation: str | None = None,
    indicator: str | None = None,
) -> list[CitedRow]:
    """What each citation, or one of them, was last of by a position."""
    given = {"position": position, "citation": citation, "indicator": indicator}
    return [cited_row(*row[:-1]) for row in db.execute(_LATEST, given)]


def cited_row(position: int, until: int, recorded_at: int, actor: str, body: str) -> CitedRow:
    """A row of the table as an object."""
    return CitedRow(
        position, until, recorded_at, actor, FigureCited.model_validate_json(body, strict=False)
    )


def closing(db: sqlite3.Connection, citation: str, position: int) -> ClosedRow | None:
    """The closing of a citation at a position, if it was closed there."""
    row = db.execute(
        "SELECT position, recorded_at, actor, reason FROM closed_citations "
        "WHERE citation = ? AND position = ?",
        (citation, position),
    ).fetchone()
    return ClosedRow(*row) if row else None


CITED_FIGURES = Projection(
    "cited",
    1,
    SCHEMA,
    apply,
    (
        "SELECT * FROM cited_figures ORDER BY citation, position",
        "SELECT * FROM closed_citations ORDER BY citation, position",
    ),
)
