"""Events by what they are about: report, source, actor, type, time. Bodies stay in the log."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from domain.events import (
    CitationEvent,
    Destroyed,
    EventRedacted,
    IndicatorEvent,
    OperationEvent,
    ReportCorrected,
    ReportEvent,
    SourceEvent,
)
from domain.stream_names import INDICATOR, REPORT, SOURCE, report_stream
from domain.streams.report_state import Filed
from projections.tables.filing import filing_of
from projections.tables.memory import collected, remembered
from projections.tables.projection import Projection, Recorded
from projections.tables.sight import UNRESTRICTED, sight_of

SCHEMA = """
CREATE TABLE journal (
    position INTEGER PRIMARY KEY, type TEXT NOT NULL, stream TEXT NOT NULL,
    actor TEXT NOT NULL, recorded_at INTEGER NOT NULL
);
CREATE TABLE mentions (
    kind TEXT NOT NULL, id TEXT NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY (kind, id, position)
) WITHOUT ROWID;
"""
DISPUTER = "disputer"
"""The kind of a mention of a source that disputes a claim, and is not named by the report itself."""
EVIDENCE = "evidence"
"""The kind of a mention of a stored copy, by its hash: only the event that names it mentions it."""


REPORT_ID = f"substr(j.stream, {len(report_stream('')) + 1})"
"""SQL of `journal j`: the id in the name of a report's stream."""
OF_A_REPORT = f"j.stream LIKE '{report_stream('%')}'"
"""SQL of `journal j`: whether the event is of a report."""

INDICES = """
CREATE INDEX journal_by_time ON journal (recorded_at);
CREATE INDEX journal_by_type ON journal (type);
CREATE INDEX journal_by_stream ON journal (stream);
CREATE INDEX journal_by_actor ON journal (actor);
"""


def apply(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    """Insert each event, and the report, sources and indicators that it mentions."""
    pending = remembered(db, PendingMentions)
    for recorded in events:
        pending.note(recorded)
    collected(db, pending)


class PendingMentions:
    """Events that are not yet written, and at which positions they mention what, by kind and id."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._events = list[tuple[int, str, str, str, int]]()
        self._of = {
            kind: defaultdict[str, list[int]](list)
            for kind in (REPORT, SOURCE, INDICATOR, DISPUTER, EVIDENCE)
        }

    def __len__(self) -> int:
        return len(self._events)

    def flush(self) -> None:
        """Write them."""
        self._db.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?)", self._events)
        self._db.executemany("INSERT INTO mentions VALUES (?, ?, ?)", self._rows())
        self._events.clear()
        for by_name in self._of.values():
            by_name.clear()

    def positions_of(self, report: str) -> Sequence[int]:
        """Where a report is mentioned by events that are not yet written."""
        return self._of[REPORT].get(report, ())

    def _rows(self) -> Iterator[tuple[str, str, int]]:
        """In the order of the table, so that rows which follow each other lie beside each other."""
        for kind, by_name in sorted(self._of.items()):
            for name, positions in sorted(by_name.items()):
                for position in positions:
                    yield kind, name, position

    def note(self, recorded: Recorded) -> None:
        """Note an event and what it mentions."""
        e = recorded
        self._events.append((e.position, e.type, e.stream, e.actor, e.recorded_at))
        if filing := filing_of(recorded):
            self._note(REPORT, (filing.report,), e.position)
            self._note(SOURCE, filing.sources, e.position)
            self._note(INDICATOR, filing.indicators, e.position)
            self._note(EVIDENCE, (filing.copy,) if filing.copy else (), e.position)
            return
        match recorded.event:
            case Destroyed() | EventRedacted() as event:
                self._note(REPORT, (event.report,), recorded.position)
            case ReportEvent() as event:
                assert isinstance(recorded.state, Filed)
                self._note(REPORT, (event.report,), recorded.position)
                self._note(SOURCE, recorded.named.sources, recorded.position)
                self._note(INDICATOR, recorded.named.indicators, recorded.position)
                disputers = {each.disputed.by for each in recorded.state.disputes}
                self._note(DISPUTER, disputers, recorded.position)
                self._note(EVIDENCE, _evidence_of(event), recorded.position)
            case SourceEvent() as event:
                self._note(SOURCE, (event.source,), recorded.position)
            case IndicatorEvent() | CitationEvent() | OperationEvent():
                pass
            case _:
                assert_never(recorded.event)

    def _note(self, kind: str, names: Iterable[str], position: int) -> None:
        by_name = self._of[kind]
        for name in names:
            by_name[name].append(position)


def _evidence_of(event: ReportEvent) -> tuple[str, ...]:
    """The hash of the stored copy that an event names, if it does."""
    if isinstance(event, ReportCorrected) and event.provenance is not None:
        evidence = event.provenance.evidence
        return (evidence.sha256,) if evidence and evidence.sha256 else ()
    return ()


def position_at(db: sqlite3.Connection, instant: int) -> int:
    """The last position recorded at or before an instant (microseconds); 0 before the first."""
    row = db.execute(
        "SELECT position FROM journal WHERE recorded_at <= ? "
        "ORDER BY recorded_at DESC, position DESC LIMIT 1",
        (instant,),
    ).fetchone()
    return row[0] if row else 0


def last_position(db: sqlite3.Connection, position: int) -> int:
    """The last position up to one that the reader of a connection may see; 0 before the first.

    What is hidden after it moves no answer, and so must not move the position of one.
    """
    if sight_of(db) == UNRESTRICTED:
        return position
    query = "SELECT position FROM journal WHERE position <= ? ORDER BY position DESC LIMIT 1"
    row = db.execute(query, (position,)).fetchone()
    return row[0] if row else 0


def visible(db: sqlite3.Connection, positions: Sequence[int]) -> list[int]:
    """Those of several positions that the reader of a connection may see, in order."""
    query = "SELECT position FROM journal WHERE position IN (SELECT value FROM json_each(?))"
    return sorted(row[0] for row in db.execute(query, (json.dumps(positions),)))


def last_naming(
    db: sqlite3.Connection, sha256: str, actors: Iterable[str] | None
) -> tuple[str, int] | None:
    """The report and position of the last event that names a stored copy, by one of these actors.

    Without them, by anybody.
    """
    query = (
        f"SELECT {REPORT_ID}, j.position FROM mentions m JOIN journal j USING (position) "
        "WHERE m.kind = ? AND m.id = ? "
        "AND (? IS NULL OR j.actor IN (SELECT value FROM json_each(?))) "
        "ORDER BY m.position DESC LIMIT 1"
    )
    given = None if actors is None else json.dumps(sorted(actors))
    row: tuple[str, int] | None = db.execute(query, (EVIDENCE, sha256, given, given)).fetchone()
    return row


def recorded_at(db: sqlite3.Connection, position: int) -> int | None:
    """When the event at a position was recorded, in microseconds."""
    row = db.execute("SELECT recorded_at FROM journal WHERE position = ?", (position,)).fetchone()
    return row[0] if row else None


JOURNAL = Projection(
    "journal",
    4,
    SCHEMA,
    apply,
    (
        "SELECT * FROM journal ORDER BY position",
        "SELECT * FROM mentions ORDER BY kind, id, position",
    ),
    INDICES,
)
