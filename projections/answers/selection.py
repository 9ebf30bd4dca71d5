"""Which events a reader asked for: by type, stream, report, source, indicator or actor."""

import sqlite3
from dataclasses import dataclass
from itertools import islice

from projections.answers.telling import Telling
from projections.tables.sight import UNRESTRICTED, Sight


@dataclass(frozen=True, slots=True)
class Selection:
    """What narrows the log, and what the reader may see; with all None, all of that."""

    type: str | None = None
    stream: str | None = None
    actor: str | None = None
    report: str | None = None
    source: str | None = None
    indicator: str | None = None
    sight: Sight = UNRESTRICTED

    @property
    def everything(self) -> bool:
        """Whether nothing narrows the log, and its reader may see all of it."""
        return self == ALL


ALL = Selection()

TOUCHING = "EXISTS (SELECT 1 FROM touches t WHERE t.indicator = :indicator AND t.position = j.position)"
"""Whether an event touches the indicator asked for."""
_CONDITIONS = {
    "type": "j.type = :type",
    "stream": "j.stream = :stream",
    "actor": "j.actor = :actor",
    "report": "EXISTS (SELECT 1 FROM mentions m WHERE m.kind = 'report' AND m.id = :report "
    "AND m.position = j.position)",
    "source": "EXISTS (SELECT 1 FROM mentions m WHERE m.kind IN ('source', 'disputer') "
    "AND m.id = :source AND m.position = j.position)",
    "indicator": TOUCHING,
}


def narrowing_of(selection: Selection) -> tuple[list[str], dict[str, str]]:
    """The conditions on a row `j` of the journal that narrow the log, and what they name."""
    given = {name: value for name in _CONDITIONS if (value := getattr(selection, name)) is not None}
    return [_CONDITIONS[name] for name in given], given


def positions(
    db: sqlite3.Connection,
    selection: Selection,
    after: int,
    before: int,
    limit: int,
    *,
    descending: bool = False,
) -> list[int]:
    """The positions of the selected events between two positions, both exclusive.

    `db` shows what the reader may see.
    """
    selecting, given = narrowing_of(selection)
    conditions = ["j.position > :after", "j.position < :before", *selecting]
    order = "DESC" if descending else "ASC"
    # How many rows are read is the reader's to say, who may not be told of some.
    rows = db.execute(
        f"SELECT j.position, j.stream FROM journal j WHERE {' AND '.join(conditions)} "
        f"ORDER BY j.position {order}",
        {**given, "after": after, "before": before},
    )
    told = Telling(db, selection.indicator) if selection.indicator else None
    found = (at for at, stream in rows if told is None or told.tells(stream, at))
    return list(islice(found, limit))
