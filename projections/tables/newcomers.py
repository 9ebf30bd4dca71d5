"""Sources that are known only because something names them: they are as restricted as all that does.

A report registers the sources that it names first. As long as nothing else is recorded of such a
source, a reader may know of it only by something that the reader may see.
"""

import sqlite3
from collections.abc import Callable, Iterable

from domain.events import (
    ClaimDisputed,
    Destroyed,
    ReportCorrected,
    SourceGraded,
    SourceRegistered,
)
from domain.stream_names import source_stream
from domain.streams.report_state import Filed
from projections.tables.memory import bounded, remembered
from projections.tables.projection import Recorded

SCHEMA = """
CREATE TABLE newcomers (source TEXT PRIMARY KEY, named INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX newcomers_unnamed ON newcomers (named) WHERE named = 0;
CREATE TABLE naming (source TEXT NOT NULL, report TEXT NOT NULL, PRIMARY KEY (source, report))
    WITHOUT ROWID;
CREATE INDEX naming_by_report ON naming (report);
"""
_IMPLIED = """
SELECT n.source, l.level FROM levels l CROSS JOIN newcomers n
ON n.source = substr(l.stream, 8) WHERE l.stream >= 'source:' AND l.stream < 'source;'
"""
_NAMED_OPENLY = """
SELECT 1 FROM naming n WHERE n.source = ?
AND NOT EXISTS (SELECT 1 FROM levels l WHERE l.stream = 'report:' || n.report) LIMIT 1
"""
_LEAST = """
SELECT min(level) FROM (
    SELECT coalesce((SELECT l.level FROM levels l WHERE l.stream = 'report:' || n.report), 0) AS level
    FROM naming n WHERE n.source = :source
    UNION ALL
    SELECT coalesce((SELECT l.level FROM levels l WHERE l.stream = 'source:' || s.id), 0)
    FROM speakers s WHERE s.speaks_for = :source AND s.since <= :position
)
"""
SetLevel = Callable[[str, int, int, bool], None]
"""Writes a stream's level, at a position; says whether this is the first that it has."""
LevelOf = Callable[[str], int]
"""How restricted a stream is now."""


class _Seen:
    """Sources that are not named yet, that are only named or not, and how restricted those are."""

    def __init__(self, db: sqlite3.Connection) -> None:
        unnamed = db.execute("SELECT source FROM newcomers WHERE named = 0")
        self.fresh = {row[0] for row in unnamed}
        self.known: dict[str, bool] = {}
        self.implied: dict[str, int] = dict(db.execute(_IMPLIED).fetchall())


class Newcomers:
    """The sources that are only named, as one batch changes them."""

    def __init__(self, db: sqlite3.Connection, set_level: SetLevel, level_of: LevelOf) -> None:
        self._db, self._set_level, self._level_of = db, set_level, level_of
        seen = remembered(db, _Seen)
        bounded(seen.known)
        self._fresh, self._known, self._implied = seen.fresh, seen.known, seen.implied
        self._naming = list[tuple[str, str]]()

    def describe(self, recorded: Recorded) -> None:
        """Follow what an event says of a source itself, before its own marking counts."""
        event = recorded.event
        assert isinstance(event, SourceRegistered | SourceGraded)
        if _is_bare(recorded):
            self._db.execute("INSERT INTO newcomers VALUES (?, 0)", (event.source,))
            self._fresh.add(event.source)
            self._known[event.source] = True
        else:
            self._describe(event.source, recorded.position)

    def note(self, recorded: Recorded) -> None:
        """Follow which sources an event names."""
        match recorded.event:
            case ReportCorrected() | ClaimDisputed():
                assert isinstance(recorded.state, Filed)
                sources = _sources(recorded, recorded.state)
                self.note_report(recorded, recorded.state.id, sources)
                return
            case Destroyed() as event:
                # It may have named any of those that were registered right before it.
                self._naming += [(name, event.report) for name in sorted(self._fresh)]
                self._name(set(self._fresh), recorded)
            case SourceRegistered() if _is_bare(recorded):
                return
            case SourceRegistered(speaks_for=str(voice)):
                self._name([voice], recorded)
        self._forget_unnamed()

    def note_report(self, recorded: Recorded, report: str, sources: Iterable[str]) -> None:
        """Follow that an event of a report names sources."""
        self._naming += [(name, report) for name in sources if self._is_known(name)]
        if self._fresh or self._implied:
            self._name(sources, recorded)
        self._forget_unnamed()

    def _is_known(self, source: str) -> bool:
        """Whether nothing is recorded of a source but its name; each is looked up once a batch."""
        if source not in self._known:
            query = "SELECT 1 FROM newcomers WHERE source = ?"
            self._known[source] = self._db.execute(query, (source,)).fetchone() is not None
        return self._known[source]

    def flush(self) -> None:
        """Write what is not yet written."""
        if self._naming:
            self._db.executemany("INSERT OR IGNORE INTO naming VALUES (?, ?)", self._naming)
            self._naming.clear()

    def weigh(self, report: str, position: int) -> None:
        """Write the levels of those that a report names, whose own level has changed."""
        self.flush()
        named = self._db.execute("SELECT source FROM naming WHERE report = ?", (report,))
        for (source,) in named.fetchall():
            self._imply(source, self._least(source, position), position, first=False)

    def _least(self, source: str, position: int) -> int:
        """The level of the least restricted thing that names a source."""
        if self._db.execute(_NAMED_OPENLY, (source,)).fetchone():
            return 0
        given = {"source": source, "position": position}
        least: int | None = self._db.execute(_LEAST, given).fetchone()[0]
        return least or 0

    def _describe(self, source: str, position: int) -> None:
        """Something is recorded of a source itself: it now has the level of its own marking."""
        self.flush()
        self._known[source] = False
        self._db.execute("DELETE FROM newcomers WHERE source = ?", (source,))
        self._db.execute("DELETE FROM naming WHERE source = ?", (source,))
        self._fresh.discard(source)
        if source in self._implied:
            self._imply(source, 0, position, first=False)

    def _name(self, sources: Iterable[str], recorded: Recorded) -> None:
        """Follow that an event names sources: they are no more restricted than its stream is now."""
        level, position = self._level_of(recorded.stream), recorded.position
        for source in sorted(sources):
            if source in self._fresh:
                self._fresh.discard(source)
                self._db.execute("UPDATE newcomers SET named = 1 WHERE source = ?", (source,))
                self._imply(source, level, position, first=True)
            elif level < self._implied.get(source, 0):
                self._imply(source, level, position, first=False)

    def _imply(self, source: str, level: int, position: int, *, first: bool) -> None:
        self._implied.pop(source, None)
        if level:
            self._implied[source] = level
        self._set_level(source_stream(source), level, position, first)

    def _forget_unnamed(self) -> None:
        """What was registered right before and is not named by this event was registered by itself."""
        for source in self._fresh:
            self._known[source] = False
            self._db.execute("DELETE FROM newcomers WHERE source = ?", (source,))
        self._fresh.clear()


def _is_bare(recorded: Recorded) -> bool:
    """Whether an event registers a source and says nothing of it."""
    event = recorded.event
    return (
        isinstance(event, SourceRegistered)
        and recorded.version == 1
        and event == SourceRegistered(source=event.source)
    )


def _sources(recorded: Recorded, report: Filed) -> set[str]:
    return recorded.named.sources | {dispute.disputed.by for dispute in report.disputes}
