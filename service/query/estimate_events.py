"""Which events an estimate depends on: from these alone it can be computed again.

They are found by what they belong to. The claims are those that are or ever were about the indicator or
one of its parts, those that an assessment of it cites, and all that these are derived from or rest on,
whatever indicator those are about. What is said of a claim is in the stream of its report; so the
events are those of the reports of these claims, of the sources that voice them, of whom these speak
for, and of the definitions of the indicators that the reports name.
"""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from domain.events import (
    EventRedacted,
    IndicatorDefined,
    IndicatorRevised,
    ReportCorrected,
    ReportMarked,
    SourceRegistered,
)
from domain.stream_names import (
    INDICATOR,
    REPORT,
    SOURCE,
    indicator_stream,
    report_stream,
    source_stream,
)
from domain.vocabulary import split_claim_id
from projections.answers.as_of import AsOf
from projections.answers.questions import Narrowing

_WHOLE_AND_PARTS = """
WITH RECURSIVE these (id) AS (
    SELECT ? UNION SELECT p.part FROM parts p JOIN these ON p.whole = these.id
)
SELECT id FROM these
"""
_CLAIMS = """
WITH RECURSIVE these (id) AS (
    SELECT claim FROM claims WHERE indicator IN (SELECT value FROM json_each(?1))
    UNION SELECT claim FROM redacted_claims WHERE indicator IN (SELECT value FROM json_each(?1))
    UNION SELECT cited.value FROM assessments a, json_each(a.body, '$.claims') cited
        WHERE a.indicator IN (SELECT value FROM json_each(?1))
    UNION SELECT l.parent FROM links l JOIN these ON l.child = these.id
)
SELECT id FROM these
"""
_NAMED = f"""
WITH these (report) AS (SELECT value FROM json_each(?))
SELECT '{SOURCE}', originator FROM claims WHERE report IN these
UNION SELECT '{SOURCE}', spokesperson FROM claims WHERE report IN these AND spokesperson IS NOT NULL
UNION SELECT '{INDICATOR}', indicator FROM claims WHERE report IN these
UNION SELECT k.kind, k.id FROM marked k CROSS JOIN mentions n ON n.kind = k.kind AND n.id = k.id
    WHERE n.position IN (SELECT position FROM mentions WHERE kind = '{REPORT}' AND id IN these)
"""
# Other sources that a report names matter only where they are restricted, and the report with them.
_VOICES = """
WITH RECURSIVE these (id) AS (
    SELECT value FROM json_each(?)
    UNION SELECT s.speaks_for FROM speakers s JOIN these ON s.id = these.id
)
SELECT id FROM these
"""
_EVENTS = """
SELECT position, type, stream FROM journal WHERE stream IN (SELECT value FROM json_each(?))
ORDER BY position
"""
_DEFINING = {kind.TYPE for kind in (IndicatorDefined, IndicatorRevised)}
_NOW = _DEFINING | {
    kind.TYPE for kind in (ReportCorrected, ReportMarked, SourceRegistered, EventRedacted)
}
"""Events that may change how restricted something is, or destroy it: both count at all times as now."""


def positions_behind(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing
) -> list[int]:
    """The positions of all events that an estimate depends on and the reader of a connection may see.

    Of those after the position asked, only the ones whose effect is not of a time are among them.
    """
    own = _found(db, _WHOLE_AND_PARTS, indicator)
    claims = _found(db, _CLAIMS, _listed(own))
    reports = {split_claim_id(claim)[0] for claim in claims}
    named = db.execute(_NAMED, (_listed(reports),)).fetchall()
    sources = {name for kind, name in named if kind == SOURCE}
    sources |= {asked.originator} if asked.originator else set()
    whole = {
        *map(report_stream, reports),
        *map(source_stream, _found(db, _VOICES, _listed(sources))),
        *map(indicator_stream, own),
    }
    defined = {indicator_stream(name) for kind, name in named if kind == INDICATOR} - whole
    rows = db.execute(_EVENTS, (_listed(whole | defined),)).fetchall()
    begun = {stream for position, _, stream in rows if position <= as_of.position}
    return [
        position
        for position, type, stream in rows
        if stream in begun and (position <= as_of.position or type in _NOW)
        if stream in whole or type in _DEFINING
    ]


def _found(db: sqlite3.Connection, query: str, given: str) -> set[str]:
    rows: list[tuple[Any]] = db.execute(query, (given,)).fetchall()
    return {row[0] for row in rows}


def _listed(names: Iterable[str]) -> str:
    return json.dumps(sorted(names))
