"""How restricted each report, source, indicator and assessment is now, and what events are about.

Levels are those of the markings, 0 for CLEAR to 4 for RED; only what is restricted has a row. The
present level counts at all times, so there is no history of it.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from functools import partial

from domain.clearance import report_of, subjects
from domain.events import (
    AssessmentRecorded,
    Destroyed,
    FigureCited,
    IndicatorDefined,
    IndicatorRevised,
    ReportCorrected,
    ReportMarked,
    SourceGraded,
    SourceRegistered,
)
from domain.stream_names import INDICATOR, REPORT, SOURCE, report_stream, split_stream
from domain.streams.report_state import Filed
from domain.vocabulary import MARKINGS, restriction
from projections.tables import newcomers
from projections.tables.filing import Filing, filing_of
from projections.tables.journal import PendingMentions
from projections.tables.memory import remembered
from projections.tables.newcomers import Newcomers
from projections.tables.projection import Projection, Recorded

SCHEMA = """
CREATE TABLE marked (
    kind TEXT NOT NULL, id TEXT NOT NULL, level INTEGER NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE TABLE levels (stream TEXT PRIMARY KEY, level INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE level_changes (
    position INTEGER NOT NULL, stream TEXT NOT NULL, before INTEGER NOT NULL,
    PRIMARY KEY (position, stream)
) WITHOUT ROWID;
CREATE TABLE subjects (
    position INTEGER NOT NULL, stream TEXT NOT NULL, hides INTEGER NOT NULL,
    PRIMARY KEY (position, stream)
) WITHOUT ROWID;
CREATE INDEX subjects_by_stream ON subjects (stream, position);
"""
SCHEMA += newcomers.SCHEMA
# marked: the markings that were given. levels: what follows from them for each stream, a report being
# as restricted as what it names. level_changes: where a level changed after a stream's first event, and
# what it was before.
# subjects: streams that an event depends on; where one that `hides` is hidden, the event is as well.

_NAMING = """
SELECT DISTINCT r.id FROM mentions m JOIN mentions r ON r.position = m.position AND r.kind = 'report'
WHERE m.kind = ? AND m.id = ? AND m.position < ?
"""
_LEVEL = """
SELECT coalesce(max(k.level), 0) FROM mentions r CROSS JOIN marked k CROSS JOIN mentions n
ON n.kind = k.kind AND n.id = k.id AND n.position = r.position
WHERE r.kind = 'report' AND r.id = ? AND r.position <= ?
"""


def apply(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    """Write the level of what each event makes or marks, and of the reports that name it."""
    levels = _Levels(db)
    for recorded in events:
        if filing := filing_of(recorded):
            levels.note_filing(recorded, filing)
            continue
        levels.note_subjects(recorded)
        match recorded.event:
            case ReportCorrected() | ReportMarked():
                levels.set_report(recorded)
            case SourceRegistered(marking=marking):
                levels.newcomers.describe(recorded)
                levels.set_named(recorded, restriction(marking))
            case SourceGraded():
                levels.newcomers.describe(recorded)
            case IndicatorDefined(definition=definition) | IndicatorRevised(definition=definition):
                levels.set_named(recorded, restriction(definition.marking))
            case AssessmentRecorded(marking=marking):
                levels.set_assessment(recorded.position, restriction(marking))
            case Destroyed() as event:
                level, first = _level_of_destroyed(event), recorded.version == 1
                levels.set_own(recorded.stream, level, recorded.position, first=first)
            case FigureCited(marking=marking):
                level, first = restriction(marking), recorded.version == 1
                levels.set_own(recorded.stream, level, recorded.position, first=first)
            case _:
                pass  # says nothing of markings
        levels.newcomers.note(recorded)
    levels.flush()


def _named_levels(db: sqlite3.Connection) -> dict[str, int]:
    """The markings that were given to sources and indicators, of those that are restricted."""
    query = "SELECT kind || ':' || id, level FROM marked WHERE kind IN (?, ?)"
    return dict(db.execute(query, (SOURCE, INDICATOR)).fetchall())


class _Levels:
    """The levels as one batch changes them."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._named = remembered(db, _named_levels)
        self._journal = remembered(db, PendingMentions)
        self._subjects = list[tuple[int, str, int]]()
        self.newcomers = Newcomers(db, self._set, partial(level_of, db))

    def flush(self) -> None:
        """Write what is not yet written."""
        self._db.executemany("INSERT OR IGNORE INTO subjects VALUES (?, ?, ?)", self._subjects)
        self.newcomers.flush()

    def note_filing(self, recorded: Recorded, filing: Filing) -> None:
        """Write the level of a report that is filed, and what it depends on."""
        self._note_parents(recorded, filing.parents)
        self._mark(REPORT, filing.report, filing.level, first=True)
        self._set_highest(recorded, filing.report, filing.level)
        self.newcomers.note_report(recorded, filing.report, filing.sources)

    def note_subjects(self, recorded: Recorded) -> None:
        """Insert the streams that an event depends on."""
        at, event = recorded.position, recorded.event
        if hiding := subjects(event):
            self._subjects += [(at, stream, 1) for stream in sorted(hiding - {recorded.stream})]
        match event:
            case ReportCorrected(claims=claims):
                linking = [c for c in claims or () if c.derived_from or c.rests_on]
                parents = {parent for c in linking for parent in c.derived_from + c.rests_on}
                self._note_parents(recorded, parents)

    def _note_parents(self, recorded: Recorded, parents: Collection[str]) -> None:
        """Insert the streams of the claims that those of a report link to."""
        if parents:
            streams = self._ancestors(parents) - {recorded.stream}
            self._subjects += [(recorded.position, stream, 0) for stream in sorted(streams)]

    def _ancestors(self, claims: Iterable[str]) -> set[str]:
        """The streams of the reports that claims come from, through any number of links."""
        self.flush()
        self._subjects.clear()
        found, waiting = set[str](), [report_of(claim) for claim in claims]
        query = (
            "SELECT s.stream FROM mentions m JOIN subjects s ON s.position = m.position "
            "WHERE m.kind = 'report' AND m.id = ?"
        )
        while waiting:
            stream = waiting.pop()
            if stream not in found:
                found.add(stream)
                kind, name = split_stream(stream)
                if kind == REPORT:
                    waiting += [row[0] for row in self._db.execute(query, (name,))]
                    waiting += self._pending_subjects(name)
        return found

    def _pending_subjects(self, report: str) -> list[str]:
        """What events of a report are about that are not yet in the journal."""
        query = "SELECT stream FROM subjects WHERE position = ?"
        positions = self._journal.positions_of(report)
        return [row[0] for at in positions for row in self._db.execute(query, (at,))]

    def set_report(self, recorded: Recorded) -> None:
        """Write the level of a report: its own, or that of the most restricted that it names."""
        assert isinstance(recorded.state, Filed)
        report = recorded.state
        own = restriction(report.marking)
        if not isinstance(recorded.event, ReportCorrected):
            self._mark(REPORT, report.id, own, first=recorded.version == 1)
        self._set_highest(recorded, report.id, own)

    def _set_highest(self, recorded: Recorded, report: str, own: int) -> None:
        streams = recorded.named.streams() if self._named else ()
        named = [self._named.get(name, 0) for name in streams]
        level, first = max([own, *named]), recorded.version == 1
        self._set_report(report, level, recorded.position, first=first)

    def set_named(self, recorded: Recorded, level: int) -> None:
        """Write the level of a source or an indicator, and of the reports that name it."""
        if level == self._named.get(recorded.stream, 0):
            return
        self._journal.flush()
        kind, name = split_stream(recorded.stream)
        self._named[recorded.stream] = level
        self._mark(kind, name, level, first=False)
        self._set(recorded.stream, level, recorded.position, recorded.version == 1)
        for (report,) in self._db.execute(_NAMING, (kind, name, recorded.position)).fetchall():
            (now,) = self._db.execute(_LEVEL, (report, recorded.position)).fetchone()
            self._set_report(report, now, recorded.position, first=False)

    def _set_report(self, report: str, level: int, position: int, *, first: bool) -> None:
        stream = report_stream(report)
        before = level if first else level_of(self._db, stream)
        self._set(stream, level, position, first)
        if level != before:
            self.newcomers.weigh(report, position)

    def set_assessment(self, position: int, level: int) -> None:
        """Write the level of an assessment that is restricted, which has a name of its own here."""
        if level:
            self._subjects.append((position, f"assessment:{position}", 1))
            self._set(f"assessment:{position}", level, position, True)

    def set_own(self, stream: str, level: int, position: int, *, first: bool) -> None:
        """Write the level of a stream that nothing which it names makes higher."""
        self._set(stream, level, position, first)

    def _mark(self, kind: str, name: str, level: int, *, first: bool) -> None:
        if level:
            self._db.execute("INSERT OR REPLACE INTO marked VALUES (?, ?, ?)", (kind, name, level))
        elif not first:
            self._db.execute("DELETE FROM marked WHERE kind = ? AND id = ?", (kind, name))

    def _set(self, stream: str, level: int, position: int, first: bool) -> None:
        """Write the level of a stream, and that it changed unless it is the first that it has."""
        if first:
            if level:
                self._db.execute("INSERT OR REPLACE INTO levels VALUES (?, ?)", (stream, level))
            return
        before = level_of(self._db, stream)
        if level == before:
            return
        if level:
            self._db.execute("INSERT OR REPLACE INTO levels VALUES (?, ?)", (stream, level))
        else:
            self._db.execute("DELETE FROM levels WHERE stream = ?", (stream,))
        change = position, stream, before
        self._db.execute("INSERT OR IGNORE INTO level_changes VALUES (?, ?, ?)", change)


def _level_of_destroyed(event: Destroyed) -> int:
    """How restricted the report was when it was redacted; the most if nothing says so."""
    marking = MARKINGS[-1] if event.redaction is None else event.redaction.marking
    return restriction(marking)


def level_of(db: sqlite3.Connection, stream: str) -> int:
    """How restricted a stream is now, 0 for CLEAR."""
    row = db.execute("SELECT level FROM levels WHERE stream = ?", (stream,)).fetchone()
    return row[0] if row else 0


def levels_of(db: sqlite3.Connection, streams: Iterable[str]) -> list[tuple[str, int]]:
    """Those of several streams that are restricted, and how much, by one query."""
    query = "SELECT stream, level FROM levels WHERE stream IN (SELECT value FROM json_each(?))"
    return db.execute(query, (json.dumps(list(streams)),)).fetchall()


def changed_between(db: sqlite3.Connection, first: int, last: int) -> list[str]:
    """The streams whose level changed at any of these positions, after their first event."""
    rows = db.execute(
        "SELECT DISTINCT stream FROM level_changes WHERE position BETWEEN ? AND ? ORDER BY stream",
        (first, last),
    )
    return [row[0] for row in rows]


LEVELS = Projection(
    "levels",
    3,
    SCHEMA,
    apply,
    (
        "SELECT * FROM marked ORDER BY kind, id",
        "SELECT * FROM levels ORDER BY stream",
        "SELECT * FROM level_changes ORDER BY position, stream",
        "SELECT * FROM subjects ORDER BY position, stream",
        "SELECT * FROM newcomers ORDER BY source",
        "SELECT * FROM naming ORDER BY source, report",
    ),
    reads=("journal", "registry"),
)
