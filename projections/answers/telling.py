"""Which events that touch an indicator its reader can know to do so.

An event may touch an indicator by way of a claim that its reader may not see: a source is graded, and
the only claim of it on the indicator is restricted. To list it would tell that there is one.
"""

import json
import sqlite3
from collections.abc import Iterable

from domain.clearance import report_of
from domain.events import SourceRegistered
from domain.stream_names import (
    SOURCE,
    indicator_stream,
    report_stream,
    source_stream,
    split_stream,
)
from projections.tables.projection import FOREVER
from projections.tables.registry import related_voices
from projections.tables.restrictions import is_affected
from projections.tables.sight import may_see_all, sight_of

_CLAIMS = """
SELECT report, originator, links, rests_on, min(since) FROM claims
WHERE indicator = ? GROUP BY report, originator, links, rests_on
"""
_PARENTS = "SELECT links, rests_on, min(since) FROM claims WHERE claim = ? GROUP BY links, rests_on"

_MARKED_AGAIN = """
SELECT 1 FROM main.level_changes l CROSS JOIN mentions m CROSS JOIN mentions i
ON i.kind = 'indicator' AND i.position = m.position
WHERE l.position = ? AND m.kind = ? AND m.id = ? AND m.position < l.position
AND i.id IN (SELECT value FROM json_each(?)) LIMIT 1
"""
_WHOLE_AND_PARTS = """
WITH RECURSIVE these (id) AS (
    SELECT ? UNION SELECT p.part FROM parts p JOIN these ON p.whole = these.id
) SELECT json_group_array(id) FROM these
"""


class Telling:
    """Between which positions events of each stream matter to an indicator, by what its reader sees."""

    def __init__(self, db: sqlite3.Connection, indicator: str) -> None:
        self._db = db
        self._spans: dict[str, list[tuple[int, int]]] | None = None
        if not may_see_all(db) and is_affected(db, indicator, sight_of(db).level):
            self._spans = {}
            (self._names,) = db.execute(_WHOLE_AND_PARTS, (indicator,)).fetchone()
            self._read(indicator, 0, FOREVER, set())

    def tells(self, stream: str, position: int) -> bool:
        """Whether the reader can know that an event matters."""
        if self._spans is None:
            return True
        kind, name = split_stream(stream)
        if kind == SOURCE and self._registers(position):
            told = self._voice_tells(name, position)
        else:
            told = self._within(stream, position)
        return told or self._marking_tells(kind, name, position)

    def _within(self, stream: str, position: int) -> bool:
        spans = (self._spans or {}).get(stream, ())
        return any(since <= position < until for since, until in spans)

    def _marking_tells(self, kind: str, name: str, position: int) -> bool:
        """Whether a source or an indicator got another marking, and with it a report that matters."""
        given = position, kind, name, self._names
        return self._db.execute(_MARKED_AGAIN, given).fetchone() is not None

    def _registers(self, position: int) -> bool:
        query = "SELECT type FROM journal WHERE position = ?"
        return bool(self._db.execute(query, (position,)).fetchone() == (SourceRegistered.TYPE,))

    def _voice_tells(self, source: str, position: int) -> bool:
        """Whether a source that is registered shares a voice, as far as is seen, with one that matters.

        One that shares its voice with none changes no figure by it.
        """
        group = related_voices(self._db, source, position)
        return len(group) > 1 and any(self._within(source_stream(name), position) for name in group)

    def _read(self, indicator: str, since: int, until: int, wholes: set[str]) -> None:
        """Note what matters to an indicator, and to its parts while they are parts."""
        self._note(indicator_stream(indicator), since, until)
        for report, originator, links, rests_on, told in self._db.execute(
            _CLAIMS, (indicator,)
        ).fetchall():
            span = max(since, told), until
            self._note(report_stream(report), *span)
            self._note(source_stream(originator), *span)
            self._note_ancestors(_listed(links, rests_on), *span)
        for position, body in self._db.execute(
            "SELECT position, body FROM assessments WHERE indicator = ?", (indicator,)
        ).fetchall():
            self._note_ancestors(json.loads(body)["claims"], max(since, position), until)
        for part, begun, ended in self._db.execute(
            "SELECT part, since, until FROM parts WHERE whole = ?", (indicator,)
        ).fetchall():
            if part not in wholes:
                span = max(since, begun), min(until, ended)
                self._read(part, *span, wholes | {indicator})

    def _note_ancestors(self, claims: Iterable[str], since: int, until: int) -> None:
        """Note the reports of claims, and of what they derive from or rest on."""
        waiting, seen = [(claim, since) for claim in claims], dict[str, int]()
        while waiting:
            claim, since = waiting.pop()
            if seen.get(claim, since + 1) <= since:
                continue
            seen[claim] = since
            self._note(report_of(claim), since, until)
            for links, rests_on, told in self._db.execute(_PARENTS, (claim,)).fetchall():
                waiting += [(parent, max(since, told)) for parent in _listed(links, rests_on)]

    def _note(self, stream: str, since: int, until: int) -> None:
        assert self._spans is not None
        spans = self._spans.setdefault(stream, [])
        if since < until and (since, until) not in spans:
            spans.append((since, until))


def _listed(*texts: str) -> list[str]:
    return [name for text in texts if text for name in json.loads(text)]
