"""How a figure was revised, along record or publication time, and which event did it."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

from domain.claims import Cell
from domain.events import report_stream
from domain.vocabulary import split_claim_id
from projections.as_of import AsOf, in_cell
from projections.estimates import Assessed, Narrowing, assess, question_of, shown
from projections.registered import indicator as indicator_at

Axis = Literal["record", "publication"]

_CHANGES = {
    "ReportCorrected": "correction",
    "ReportWithdrawn": "withdrawal",
    "ReportHeld": "hold",
    "ReportReleased": "hold",
    "ClaimLinked": "link",
    "ClaimUnlinked": "link",
    "ClaimGraded": "grade",
    "SourceGraded": "grade",
    "IndicatorDefined": "definition",
    "IndicatorRevised": "definition",
    "AssessmentRecorded": "revision",
}
FIGURE = ("best", "low", "high", "verdict", "open_low", "open_high")
"""What a vintage is a vintage of, whatever it rests on."""
_SILENT = ("ReportMarked", "ClaimDisputed", "AssessmentRecorded")
"""Where these change no figure they re-affirm none either."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The event behind a change; `report` is None for one of a source or an indicator."""

    position: int
    type: str
    report: str | None


@dataclass(frozen=True, slots=True)
class Vintage:
    """A figure as it stood from a moment on; `moment` in microseconds on the axis asked."""

    moment: int
    change: str
    cause: Cause
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Step:
    """A moment at which a figure may have changed, the times to ask for then, and what may be why."""

    moment: int
    as_of: AsOf
    causes: Sequence[Cause]


def vintages(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing,
    axis: Axis,
    *,
    every: bool,
) -> list[Vintage]:
    """How a figure was revised, oldest first; `every` keeps re-affirmations that changed nothing."""
    steps = _record_steps if axis == "record" else _publication_steps
    found = list[Vintage]()
    before: dict[str, Any] | None = None
    for step in steps(db, indicator, as_of, asked):
        assessed = assess(db, indicator, step.as_of, asked)
        body = _figure(assessed) if assessed else None
        if body is None or (before is None and _says_nothing(body)):
            continue
        cause = _likeliest(step.causes, body)
        affirms = every and cause.type not in _SILENT
        if affirms or not same_figure(before, body):
            found.append(Vintage(step.moment, _change(cause, before, body), cause, body))
        before = body
    return found


def _one_cell(db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing) -> Cell | None:
    """The one cell that is asked about; a sum takes in more than the cell that bounds it."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None or row.definition.measure == "increment":
        return None
    return question_of(row.definition, asked).cell


def _record_steps(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing
) -> Iterator[_Step]:
    for moment, cause in _touching(db, indicator, 0, as_of.position):
        yield _Step(moment, as_of.at(cause.position), [cause])


def touching(db: sqlite3.Connection, indicator: str, after: int, until: int) -> list[Cause]:
    """The events that touch an indicator, behind one position up to another."""
    return [cause for _, cause in _touching(db, indicator, after, until)]


def _touching(
    db: sqlite3.Connection, indicator: str, after: int, until: int
) -> list[tuple[int, Cause]]:
    rows = db.execute(
        "SELECT j.position, j.type, j.stream, j.recorded_at FROM touches t "
        "JOIN journal j ON j.position = t.position "
        "WHERE t.indicator = ? AND t.position > ? AND t.position <= ? ORDER BY t.position",
        (indicator, after, until),
    )
    return [(moment, _cause(position, kind, stream)) for position, kind, stream, moment in rows]


PUBLICATIONS = """
WITH RECURSIVE concerned (claim) AS (
    SELECT claim FROM claims c WHERE c.indicator = :indicator AND c.since <= :position
        AND c.until > :position {place}
    UNION SELECT l.parent FROM links l JOIN concerned ON l.child = concerned.claim
)
SELECT c.pub_from, c.report, max(c.version) FROM concerned JOIN claims c USING (claim)
WHERE c.since <= :position AND c.until > :position AND c.pub_from <= :by
GROUP BY c.pub_from, c.report ORDER BY c.pub_from, max(c.position)
"""
"""When something was published of the claims of an indicator, or of those that they derive from."""
CELL_OR_RELAY = "AND (c.lane = 'r' OR (c.first = :first AND c.last = :last))"
"""Of one cell only its own claims matter, and the relays, which may stand in for each other."""


def _publication_steps(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing
) -> Iterator[_Step]:
    given = {"indicator": indicator, "position": as_of.position, "by": as_of.by}
    cell, place = _one_cell(db, indicator, as_of, asked), ""
    if cell is not None:
        given |= in_cell(cell)
        place = CELL_OR_RELAY
    rows = db.execute(PUBLICATIONS.format(place=place), given).fetchall()
    causes = [(moment, _cause_of(db, report, version)) for moment, report, version in rows]
    causes += _assessed(db, indicator, as_of)
    for moment, group in groupby(sorted(causes, key=itemgetter(0)), key=itemgetter(0)):
        then = replace(as_of, published_by=moment)
        yield _Step(moment, then, [cause for _, cause in group])


def _assessed(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> list[tuple[int, Cause]]:
    """When assessments were recorded, which is their publication."""
    rows = db.execute(
        "SELECT recorded_at, position FROM assessments WHERE indicator = ? AND position <= ? "
        "AND recorded_at <= ?",
        (indicator, as_of.position, as_of.by),
    )
    return [(moment, Cause(position, "AssessmentRecorded", None)) for moment, position in rows]


def _cause_of(db: sqlite3.Connection, report: str, version: int) -> Cause:
    row = db.execute(
        "SELECT position, type, stream FROM journal WHERE stream = ? "
        "ORDER BY position LIMIT 1 OFFSET ?",
        (report_stream(report), version - 1),
    ).fetchone()
    return _cause(*row)


def _likeliest(causes: Sequence[Cause], after: dict[str, Any]) -> Cause:
    """Of all that happened in one moment what leads the figure then, else what was recorded last."""
    leading = [split_claim_id(claim)[0] for claim in after["used"]]
    known = [cause for report in leading for cause in causes if cause.report == report]
    return known[0] if known else causes[-1]


def _cause(position: int, kind: str, stream: str) -> Cause:
    family, _, name = stream.partition(":")
    return Cause(position, kind, name if family == "report" else None)


def _figure(assessed: Assessed) -> dict[str, Any]:
    body = shown("", assessed, (0, 0))
    names = ["best", "low", "high", "verdict", "open_low", "open_high", "cutoff", "used"]
    return {name: body[name] for name in names}


def _says_nothing(body: dict[str, Any]) -> bool:
    return not body["used"] and body["best"] is body["low"] is body["high"] is None


def same_figure(one: dict[str, Any] | None, other: dict[str, Any] | None) -> bool:
    """Whether two vintages say the same, whatever they rest on; None says nothing at all."""
    if one is None or other is None:
        return one is other
    return all(one[name] == other[name] for name in FIGURE)


def _change(cause: Cause, before: dict[str, Any] | None, after: dict[str, Any]) -> str:
    """`advance` is a later cut-off, `revision` a second thought about the same days."""
    if before is None:
        return "first"
    if cause.type in _CHANGES:
        return _CHANGES[cause.type]
    later = (after["cutoff"] or "") > (before["cutoff"] or "")
    return "advance" if later else "revision"
