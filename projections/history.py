"""How a figure came to be: its vintages along either axis, its cells, its replay event by event."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

from domain.claims import Cell, Claim
from domain.estimate import concerns, estimate
from domain.period import Period
from projections.as_of import AsOf, active, look_up
from projections.estimates import (
    Assessed,
    Narrowing,
    answer,
    assess,
    question_of,
    shown,
)
from projections.projection import FOREVER
from projections.registry import indicator as indicator_at

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
}


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
    for moment, then, causes in steps(db, indicator, as_of):
        assessed = assess(db, indicator, then, asked)
        body = _figure(assessed) if assessed else None
        if body is None or (before is None and not body["used"]):
            continue
        cause = _decisive(causes, body)
        if every or before is None or not _same(before, body):
            found.append(Vintage(moment, _change(cause, before, body), cause, body))
        before = body
    return found


def _record_steps(
    db: sqlite3.Connection, indicator: str, as_of: AsOf
) -> Iterator[tuple[int, AsOf, list[Cause]]]:
    rows = db.execute(
        "SELECT j.position, j.type, j.stream, j.recorded_at FROM touches t "
        "JOIN journal j ON j.position = t.position "
        "WHERE t.indicator = ? AND t.position <= ? ORDER BY t.position",
        (indicator, as_of.position),
    ).fetchall()
    for position, kind, stream, moment in rows:
        then = AsOf(position, as_of.published_by, as_of.valid_at, as_of.clearance)
        yield moment, then, [_cause(position, kind, stream)]


def _publication_steps(
    db: sqlite3.Connection, indicator: str, as_of: AsOf
) -> Iterator[tuple[int, AsOf, list[Cause]]]:
    """Each publication moment up to the one asked, with all that was published then."""
    rows = db.execute(
        "SELECT pub_from, report, max(version) FROM claims WHERE indicator = ? "
        "AND since <= ? AND until > ? AND pub_from <= ? GROUP BY pub_from, report "
        "ORDER BY pub_from, max(position), report",
        (indicator, as_of.position, as_of.position, as_of.by),
    ).fetchall()
    for moment, together in groupby(rows, key=itemgetter(0)):
        then = AsOf(as_of.position, moment, as_of.valid_at, as_of.clearance)
        yield moment, then, [_event_of(db, report, version) for _, report, version in together]


def _event_of(db: sqlite3.Connection, report: str, version: int) -> Cause:
    row = db.execute(
        "SELECT position, type, stream FROM journal WHERE stream = ? "
        "ORDER BY position LIMIT 1 OFFSET ?",
        (f"report:{report}", version - 1),
    ).fetchone()
    return _cause(*row)


def _decisive(causes: Sequence[Cause], body: dict[str, Any]) -> Cause:
    """Of what happened at one moment the report that the figure now rests on, else the last."""
    leading = body["used"][0].rpartition("/")[0] if body["used"] else None
    return next((cause for cause in causes if cause.report == leading), causes[-1])


def _cause(position: int, kind: str, stream: str) -> Cause:
    family, _, name = stream.partition(":")
    return Cause(position, kind, name if family == "report" else None)


def _figure(assessed: Assessed) -> dict[str, Any]:
    body = shown("", assessed, (0, 0))
    names = ["best", "low", "high", "verdict", "open_low", "open_high", "cutoff", "used"]
    return {name: body[name] for name in names}


def _same(before: dict[str, Any], after: dict[str, Any]) -> bool:
    names = ("best", "low", "high", "verdict", "open_low", "open_high")
    return all(before[name] == after[name] for name in names)


def _change(cause: Cause, before: dict[str, Any] | None, after: dict[str, Any]) -> str:
    """`advance` is a later cut-off, `revision` a second thought about the same days."""
    if before is None:
        return "first"
    if cause.type in _CHANGES:
        return _CHANGES[cause.type]
    later = (after["cutoff"] or "") > (before["cutoff"] or "")
    return "advance" if later else "revision"


Release = Literal["first", "latest"] | int


def series(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing,
    release: Release = "latest",
    within: Period | None = None,
) -> list[dict[str, Any]]:
    """The estimate of each cell, in order of period; `release` picks first, latest or n-th figures."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None:
        return []
    whole = question_of(row.definition, asked)
    find, by_cell = look_up(db, as_of), dict[Cell, list[Claim]]()
    for claim in active(db, whole, indicator, as_of):
        if concerns(whole, claim) and (within is None or _inside(claim.cell, within)):
            by_cell.setdefault(claim.cell, []).append(claim)
    rows = []
    for cell in sorted(by_cell, key=_cell_order):
        question = question_of(row.definition, asked, cell)
        claims = _released(by_cell[cell], release)
        result = estimate(question, claims, find)
        if not result.used:
            continue
        counted = len(by_cell[cell]), len({claim.report for claim in by_cell[cell]})
        rows.append(shown(indicator, Assessed(row.definition, question, result), counted))
    return rows


def _released(claims: Sequence[Claim], release: Release) -> list[Claim]:
    """Each originator's first or n-th distinct figure; relays and later words are left out."""
    if release == "latest":
        return list(claims)
    by_voice: dict[tuple[str | None, str], list[Claim]] = {}
    for claim in sorted(claims, key=lambda c: c.vintage_order):
        said = by_voice.setdefault((claim.cohort, claim.originator), [])
        if not claim.links and not (said and _says_the_same(said[-1], claim)):
            said.append(claim)
    n = 1 if release == "first" else release
    return [said[n - 1] for said in by_voice.values() if len(said) >= n]


def _says_the_same(one: Claim, other: Claim) -> bool:
    return (one.low, one.best, one.high, one.asserts) == (
        other.low,
        other.best,
        other.high,
        other.asserts,
    )


def _inside(cell: Cell, outer: Period) -> bool:
    """Whether a cell ends within a period, and begins there if it says where it begins."""
    first = outer.first.toordinal() if outer.first else 0
    last = outer.last.toordinal() if outer.last else FOREVER
    start = cell[0] if cell[0] is not None else cell[1]
    end = cell[1] if cell[1] is not None else start
    return start is not None and end is not None and first <= start and end <= last


def _cell_order(cell: Cell) -> tuple[int, int]:
    first, last = cell
    return (last or FOREVER, first or 0) if first is None else (first, last or FOREVER)


@dataclass(frozen=True, slots=True)
class Frame:
    """What one event did to one indicator's headline."""

    position: int
    indicator: str
    before: dict[str, Any]
    after: dict[str, Any]


Touch = tuple[int, str]
"""A position, and an indicator that the event there touches."""


def touches(
    db: sqlite3.Connection, indicator: str | None, after: Touch, until: int, limit: int
) -> list[Touch]:
    """The next touches behind one, of one indicator or of all, up to a position."""
    rows = db.execute(
        "SELECT position, indicator FROM touches WHERE (position, indicator) > (?, ?) "
        "AND position <= ? AND (? IS NULL OR indicator = ?) ORDER BY position, indicator LIMIT ?",
        (*after, until, indicator, indicator, limit),
    )
    return rows.fetchall()


def replay(
    db: sqlite3.Connection, touched: Sequence[Touch], as_of: AsOf, known: dict[str, dict[str, Any]]
) -> Iterator[Frame]:
    """A frame for each touch; `known` carries each indicator's estimate on to its next frame."""
    for position, name in touched:
        before = known.get(name) or answer(db, name, _at(as_of, position - 1))
        known[name] = answer(db, name, _at(as_of, position))
        yield Frame(position, name, before, known[name])


def _at(as_of: AsOf, position: int) -> AsOf:
    return AsOf(position, as_of.published_by, as_of.valid_at, as_of.clearance)
