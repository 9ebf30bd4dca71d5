"""What a reader's connection shows of the tables: nothing that is above the reader's clearance.

Temporary views of the same names hide the tables, so that a query that knows nothing of clearance
finds only what its reader may see. What must look behind them says `main.`, and filters by itself.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from domain.clearance import Hidden
from domain.stream_names import OPERATIONS
from domain.vocabulary import MARKINGS, Marking, restriction
from projections.tables.memory import RememberingConnection


@dataclass(frozen=True, slots=True)
class Sight:
    """What a reader may see: up to a marking, and, of the log itself, what its operators did."""

    clearance: Marking = MARKINGS[-1]
    operations: bool = True

    @property
    def level(self) -> int:
        """The level of the clearance, 0 for CLEAR to 4 for RED."""
        return restriction(self.clearance)


UNRESTRICTED = Sight()


class ReadersConnection(RememberingConnection):
    """A connection that knows what its reader may see."""

    sight: Sight = UNRESTRICTED


def narrow(db: ReadersConnection, sight: Sight) -> None:
    """Show on a connection only what a reader may see, until `widen`."""
    if sight != UNRESTRICTED:
        for name, query in _queries(sight).items():
            db.execute(f"CREATE TEMP VIEW {name} AS {query}")
    db.sight = sight


def widen(db: ReadersConnection) -> None:
    """Show everything on a connection again."""
    if db.sight != UNRESTRICTED:
        for name in _queries(db.sight):
            db.execute(f"DROP VIEW temp.{name}")
    db.sight = UNRESTRICTED


@contextmanager
def showing(db: ReadersConnection, sight: Sight) -> Iterator[None]:
    """Show on a connection only what a reader may see until the block ends."""
    narrow(db, sight)
    try:
        yield
    finally:
        widen(db)


def sight_of(db: sqlite3.Connection) -> Sight:
    """What the reader of a connection may see."""
    return db.sight if isinstance(db, ReadersConnection) else UNRESTRICTED


def may_see_all(db: sqlite3.Connection) -> bool:
    """Whether the reader of a connection is cleared for every marking."""
    return sight_of(db).level == UNRESTRICTED.level


def hidden_in(db: sqlite3.Connection) -> Hidden:
    """A function that says whether a stream is above the clearance of a connection's reader."""
    level = sight_of(db).level
    if may_see_all(db):
        return lambda stream: False

    def hidden(stream: str) -> bool:
        query = "SELECT 1 FROM main.levels WHERE stream = ? AND level > ?"
        return db.execute(query, (stream, level)).fetchone() is not None

    return hidden


def _queries(sight: Sight) -> dict[str, str]:
    """Each hidden table with the rows of it that a reader sees."""
    log = "true" if sight.operations else f"t.stream <> '{OPERATIONS}'"
    if sight.level == UNRESTRICTED.level:
        return {"journal": _rows("journal", log)}
    seen = f"NOT EXISTS (SELECT 1 FROM main.levels l WHERE l.stream = {{}} AND l.level > {sight.level})"
    report, indicator = seen.format("'report:' || t.report"), seen.format("'indicator:' || t.indicator")
    its_event = "EXISTS (SELECT 1 FROM temp.journal j WHERE j.position = t.position)"
    about_it = (
        "NOT EXISTS (SELECT 1 FROM main.subjects s CROSS JOIN main.levels l ON l.stream = s.stream "
        f"WHERE s.position = t.position AND s.hides = 1 AND l.level > {sight.level})"
    )
    unaffected = (
        "NOT EXISTS (SELECT 1 FROM main.restrictions r WHERE r.indicator = t.indicator "
        f"AND r.level > {sight.level})"
    )
    return {
        "journal": _rows("journal", seen.format("t.stream"), about_it, log),
        "mentions": _rows("mentions", its_event, _mentioned(seen)),
        "indicators": _rows("indicators", seen.format("'indicator:' || t.id")),
        "sources": _rows("sources", seen.format("'source:' || t.id")),
        "parts": _rows(
            "parts", seen.format("'indicator:' || t.whole"), seen.format("'indicator:' || t.part")
        ),
        "assessments": _rows("assessments", its_event),
        "citations": _rows("citations", its_event),
        "cited_figures": _rows("cited_figures", its_event),
        "closed_citations": _rows("closed_citations", its_event),
        "claims": f"SELECT t.rowid AS rowid, t.* FROM main.claims t WHERE {report}",
        "speakers": _rows(
            "speakers", seen.format("'source:' || t.id"), seen.format("'source:' || t.speaks_for")
        ),
        "voices": _rows("voices", indicator, seen.format("'source:' || t.originator")),
        "touches": _rows("touches", its_event, indicator),
        "documents": _rows("documents", seen.format("t.kind || ':' || t.id")),
        "redactions": _rows("redactions", report),
        "redacted_inputs": _rows("redacted_inputs", report),
        "destroyed": _rows("destroyed", report),
        "headlines": _rows("headlines", indicator, unaffected),
        "glances": _rows("glances", indicator, unaffected),
        "open_flags": _rows("open_flags", indicator, unaffected),
        "flag_tallies": _rows("flag_tallies", indicator, unaffected),
        "suspicions": _rows("suspicions", indicator, unaffected),
        "suspicions_followed": _rows("suspicions_followed", indicator, unaffected),
    }


def _mentioned(seen: str) -> str:
    kind = "CASE t.kind WHEN 'disputer' THEN 'source' ELSE t.kind END"
    return seen.format(f"{kind} || ':' || t.id")


def _rows(table: str, *conditions: str) -> str:
    return f"SELECT t.* FROM main.{table} t WHERE {' AND '.join(conditions)}"
