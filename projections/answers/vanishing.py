"""Whether a marking that was raised took events away from a reader who could see them before.

Each such event is hidden from the reader, and so is the one that raised the marking: who has the old
state on a screen learns of it only here.
"""

import json
import sqlite3

from domain.stream_names import INDICATOR, REPORT, SOURCE
from projections.answers.selection import TOUCHING, Selection, narrowing_of

_CHANGED = "SELECT 1 FROM level_changes WHERE position > ? AND position <= ? LIMIT 1"
_RAISED = """
WITH raised (stream, at) AS (
    SELECT c.stream, c.at FROM (
        SELECT stream, before, min(position) AS at FROM level_changes
        WHERE position > :after AND position <= :until GROUP BY stream
    ) c JOIN levels l ON l.stream = c.stream WHERE c.before <= :level AND l.level > :level
), lost (position) AS (
    SELECT j.position FROM raised r CROSS JOIN journal j ON j.stream = r.stream AND j.position < r.at
    UNION ALL
    SELECT s.position FROM raised r CROSS JOIN subjects s
    ON s.stream = r.stream AND s.hides = 1 AND s.position < r.at
)
"""
# The level before is that of the first change since: of the columns beside min(), SQLite takes the row
# that has the least. A stream that has been hidden all along takes nothing away.
_HIDDEN_ALL_ALONG = """
NOT EXISTS (
    SELECT 1 FROM (
        SELECT j.stream AS stream UNION ALL
        SELECT s.stream FROM subjects s WHERE s.position = j.position AND s.hides = 1 UNION ALL
        SELECT value FROM json_each(:named)
    ) o JOIN levels l ON l.stream = o.stream
    WHERE l.level > :level AND o.stream NOT IN (SELECT stream FROM raised)
)
"""

_ABOUT = """
EXISTS (
    SELECT 1 FROM mentions m WHERE m.kind = 'indicator' AND m.position = j.position AND m.id IN (
        WITH RECURSIVE these (id) AS (
            SELECT :indicator UNION SELECT p.part FROM parts p JOIN these ON p.whole = these.id
        ) SELECT id FROM these
    )
)
"""
# Of an indicator: reports that name it or its parts. Nobody is told of what touches it unseen.


def levels_changed(db: sqlite3.Connection, after: int, until: int) -> bool:
    """Whether any level changed after one position, up to another."""
    return db.execute(_CHANGED, (after, until)).fetchone() is not None


def has_vanished(db: sqlite3.Connection, selection: Selection, after: int, until: int) -> bool:
    """Whether selected events vanished for a reader by what happened after a position, up to another.

    `db` shows everything, so that it can be told what is hidden now.
    """
    selecting, names = narrowing_of(selection)
    selecting = [_ABOUT if each == TOUCHING else each for each in selecting]
    conditions = " AND ".join([*selecting, _HIDDEN_ALL_ALONG])
    query = (
        f"{_RAISED} SELECT 1 FROM lost CROSS JOIN journal j ON j.position = lost.position "
        f"WHERE {conditions} LIMIT 1"
    )
    named = [f"{kind}:{names[kind]}" for kind in (REPORT, SOURCE, INDICATOR) if kind in names]
    place = {"after": after, "until": until, "level": selection.sight.level}
    given = {**names, **place, "named": json.dumps(named)}
    return db.execute(query, given).fetchone() is not None
