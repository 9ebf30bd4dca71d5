"""Which events a reader asked for: by type, stream, report, source, indicator or actor."""

import sqlite3
from dataclasses import dataclass

from domain.vocabulary import Marking, restriction
from projections.answers.as_of import EVERYTHING
from projections.tables.journal import OF_A_REPORT, REPORT_ID


@dataclass(frozen=True, slots=True)
class Selection:
    """What narrows the log, and the reader's clearance; with all None, all that the reader may see."""

    type: str | None = None
    stream: str | None = None
    actor: str | None = None
    report: str | None = None
    source: str | None = None
    indicator: str | None = None
    clearance: Marking = EVERYTHING

    @property
    def everything(self) -> bool:
        """Whether nothing narrows the log."""
        return self == ALL


ALL = Selection()

_CONDITIONS = {
    "type": "j.type = :type",
    "stream": "j.stream = :stream",
    "actor": "j.actor = :actor",
    "report": "EXISTS (SELECT 1 FROM mentions m WHERE m.kind = 'report' AND m.id = :report "
    "AND m.position = j.position)",
    "source": "EXISTS (SELECT 1 FROM mentions m WHERE m.kind = 'source' AND m.id = :source "
    "AND m.position = j.position)",
    "indicator": "EXISTS (SELECT 1 FROM touches t WHERE t.indicator = :indicator "
    "AND t.position = j.position)",
}

CLEARED = (
    f"NOT EXISTS (SELECT 1 FROM markings k WHERE k.report = {REPORT_ID} "
    f"AND {OF_A_REPORT} AND k.level > :cleared)"
)
"""A condition on `journal j`: the event's report is not marked above the clearance now."""


def positions(
    db: sqlite3.Connection,
    selection: Selection,
    after: int,
    before: int,
    limit: int,
    *,
    descending: bool = False,
) -> list[int]:
    """The positions of the selected events between two positions, both exclusive."""
    given: dict[str, str | int] = {
        name: value for name in _CONDITIONS if (value := getattr(selection, name)) is not None
    }
    conditions = ["j.position > :after", "j.position < :before"]
    conditions += [_CONDITIONS[name] for name in given]
    if selection.clearance != EVERYTHING:
        conditions.append(CLEARED)
        given["cleared"] = restriction(selection.clearance)
    order = "DESC" if descending else "ASC"
    rows = db.execute(
        f"SELECT j.position FROM journal j WHERE {' AND '.join(conditions)} "
        f"ORDER BY j.position {order} LIMIT :limit",
        {**given, "after": after, "before": before, "limit": limit},
    )
    return [row[0] for row in rows]
