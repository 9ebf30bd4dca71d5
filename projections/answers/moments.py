"""The moments at which a figure may have changed, along record or publication time."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from operator import itemgetter
from typing import Literal

from typing_extensions import TypedDict

from domain.estimates.claims import Cell
from domain.estimates.policies import ASSESSMENT
from domain.stream_names import REPORT, report_stream, split_stream
from domain.vocabulary import split_claim_id
from projections.answers.as_of import AsOf
from projections.answers.claims import in_cell
from projections.answers.questions import Narrowing, question_of
from projections.answers.telling import Telling
from projections.answers.values import EventType
from projections.tables.registry import indicator_at, with_parts_of

Axis = Literal["record", "publication"]


@dataclass(frozen=True, slots=True)
class Cause:
    """The event behind a change; `report` is None for one of a source or an indicator."""

    position: int
    type: str
    report: str | None


class CauseAnswer(TypedDict):
    """The event behind a change; `report` is null for an event of a source or an indicator."""

    position: int
    type: EventType
    report: str | None


def cause_answer(cause: Cause) -> CauseAnswer:
    """The event behind a change as callers receive it."""
    return {"position": cause.position, "type": cause.type, "report": cause.report}


@dataclass(frozen=True, slots=True)
class Step:
    """A moment at which a figure may have changed, the times to ask for, and the possible causes."""

    moment: int
    as_of: AsOf
    causes: Sequence[Cause]


def steps(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing, axis: Axis
) -> list[Step]:
    """The moments at which a figure may have changed, oldest first."""
    along = _recordings if axis == "record" else _publications
    return list(along(db, indicator, as_of, asked))


def _one_cell(db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing) -> Cell | None:
    """The one cell that is asked about; None for a sum, which also covers the cells within it."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None or row.definition.measure == "increment":
        return None
    return question_of(row.definition, asked).cell


def _recordings(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing
) -> Iterator[Step]:
    for moment, cause in _touching(db, indicator, 0, as_of.position):
        yield Step(moment, as_of.at(cause.position), [cause])


def touching(db: sqlite3.Connection, indicator: str, after: int, until: int) -> list[Cause]:
    """The events that touch an indicator, after one position up to another."""
    return [cause for _, cause in _touching(db, indicator, after, until)]


def latest_touching(db: sqlite3.Connection, indicator: str, until: int, most: int) -> list[Cause]:
    """Up to `most` of the latest events that touch an indicator, up to a position, oldest first."""
    rows = db.execute(
        "SELECT j.position, j.type, j.stream FROM touches t JOIN journal j ON j.position = t.position "
        "WHERE t.indicator = ? AND t.position <= ? ORDER BY t.position DESC",
        (indicator, until),
    )
    telling = Telling(db, indicator)
    found = (row for row in rows if telling.tells(row[2], row[0]))
    return [_cause(*row) for row in islice(found, most)][::-1]


def _touching(
    db: sqlite3.Connection, indicator: str, after: int, until: int
) -> list[tuple[int, Cause]]:
    rows = db.execute(
        "SELECT j.position, j.type, j.stream, j.recorded_at FROM touches t "
        "JOIN journal j ON j.position = t.position "
        "WHERE t.indicator = ? AND t.position > ? AND t.position <= ? ORDER BY t.position",
        (indicator, after, until),
    )
    telling = Telling(db, indicator)
    return [
        (moment, _cause(position, kind, stream))
        for position, kind, stream, moment in rows.fetchall()
        if telling.tells(stream, position)
    ]


PUBLICATIONS = """
WITH RECURSIVE concerned (claim) AS (
    SELECT claim FROM claims c WHERE c.indicator IN (SELECT value FROM json_each(:indicators))
        AND c.since <= :position AND c.until > :position {place}
    UNION SELECT l.parent FROM links l JOIN concerned ON l.child = concerned.claim
)
SELECT c.pub_from, c.report, max(c.version) FROM concerned JOIN claims c USING (claim)
WHERE c.since <= :position AND c.until > :position AND c.pub_from <= :by
GROUP BY c.pub_from, c.report ORDER BY c.pub_from, max(c.position)
"""
"""When anything was published about the claims of indicators, or about their ancestors."""
CELL_OR_RELAY = "AND (c.lane = 'r' OR (c.first = :first AND c.last = :last))"
"""For one cell only its own claims matter, and the relays, which may stand in for each other."""
JUDGEMENTS = (
    "SELECT a.recorded_at, j.position, j.type, j.stream FROM assessments a JOIN journal j "
    "USING (position) WHERE a.indicator = :indicator AND a.position <= :position "
    "AND a.recorded_at <= :by ORDER BY a.position"
)
CITED = (
    "SELECT c.pub_from, c.report, max(c.version) FROM citations s JOIN claims c USING (claim) "
    "WHERE s.indicator = :indicator AND s.position <= :position AND c.since <= :position "
    "AND c.until > :position AND c.pub_from <= :by GROUP BY c.pub_from, c.report"
)


def _publications(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing
) -> Iterator[Step]:
    names = json.dumps(with_parts_of(db, indicator, as_of.position))
    given: dict[str, str | int] = {
        "indicators": names,
        "position": as_of.position,
        "by": as_of.by,
    }
    cell, place = _one_cell(db, indicator, as_of, asked), ""
    if cell is not None:
        given |= in_cell(cell)
        place = CELL_OR_RELAY
    rows = db.execute(PUBLICATIONS.format(place=place), given).fetchall()
    causes = _caused(db, rows)
    causes += _judgements(db, indicator, as_of, asked)
    for moment, group in groupby(sorted(causes, key=itemgetter(0)), key=itemgetter(0)):
        then = replace(as_of, published_by=moment)
        yield Step(moment, then, [cause for _, cause in group])


def _judgements(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing
) -> list[tuple[int, Cause]]:
    """When assessments and the claims that they cite were published, if they are the estimate."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None or question_of(row.definition, asked).policy != ASSESSMENT:
        return []
    given = {"indicator": indicator, "position": as_of.position, "by": as_of.by}
    cited = db.execute(CITED, given).fetchall()
    found = _caused(db, cited)
    rows = db.execute(JUDGEMENTS, given)
    return found + [(moment, _cause(*cause)) for moment, *cause in rows.fetchall()]


def _caused(
    db: sqlite3.Connection, versions: Iterable[tuple[int, str, int]]
) -> list[tuple[int, Cause]]:
    """The moments at which versions of reports began, each with its event."""
    found = ((moment, _cause_of(db, report, version)) for moment, report, version in versions)
    return [(moment, cause) for moment, cause in found if cause is not None]


def _cause_of(db: sqlite3.Connection, report: str, version: int) -> Cause | None:
    """The event by which a version of a report began; None where its reader may not see it."""
    query = "SELECT position FROM main.journal WHERE stream = ? ORDER BY position LIMIT 1 OFFSET ?"
    position = db.execute(query, (report_stream(report), version - 1)).fetchone()
    query = "SELECT position, type, stream FROM journal WHERE position = ?"
    row = db.execute(query, position).fetchone()
    return _cause(*row) if row else None


def likeliest(causes: Sequence[Cause], used: Sequence[str]) -> Cause:
    """The likeliest cause of all in one moment, given the claims used then, best first.

    It is the event of the report that leads the figure, else the event that was recorded last.
    """
    leading = [split_claim_id(claim)[0] for claim in used]
    known = [cause for report in leading for cause in causes if cause.report == report]
    return known[0] if known else causes[-1]


def _cause(position: int, kind: str, stream: str) -> Cause:
    family, name = split_stream(stream)
    return Cause(position, kind, name if family == REPORT else None)
