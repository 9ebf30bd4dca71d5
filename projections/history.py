"""How a figure came to be: its vintages along either axis, its cells, its replay event by event."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

from domain.claims import Cell, Claim
from domain.estimate import Estimate, Question, concerns, estimate_of, with_figure
from domain.events import report_stream
from domain.origins import LookUp, Origins, resolve
from domain.period import Period
from domain.policies import ASSESSMENT
from domain.revisions import Revisions
from domain.revisions import revisions as revisions_of
from domain.suspicions import narrowed
from domain.vocabulary import Measure, split_claim_id
from projections.as_of import AsOf, active, in_cell, look_up
from projections.estimates import (
    Assessed,
    Narrowing,
    assess,
    question_of,
    shown,
)
from projections.projection import FOREVER
from projections.registered import indicator as indicator_at
from projections.suspected import Suspect, suspicions_of

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
        if assessed is None or (before is None and not _found_anything(assessed.result)):
            continue
        body = _figure(assessed)
        if every or before is None or not _same(before, body):
            cause = _likeliest(step.causes, body)
            found.append(Vintage(step.moment, _change(cause, before, body), cause, body))
        before = body
    return found


def _found_anything(result: Estimate) -> bool:
    """Whether there was a claim or a judgement at all; before that no vintage begins."""
    return bool(result.used or result.assessment)


def _one_cell(db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing) -> Cell | None:
    """The one cell that is asked about; a sum takes in more than the cell that bounds it."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None or row.definition.measure == "increment":
        return None
    return question_of(row.definition, asked).cell


def _record_steps(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing
) -> Iterator[_Step]:
    rows = db.execute(
        "SELECT j.position, j.type, j.stream, j.recorded_at FROM touches t "
        "JOIN journal j ON j.position = t.position "
        "WHERE t.indicator = ? AND t.position <= ? ORDER BY t.position",
        (indicator, as_of.position),
    ).fetchall()
    for position, kind, stream, moment in rows:
        yield _Step(moment, _at(as_of, position), [_cause(position, kind, stream)])


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


def _publication_steps(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing
) -> Iterator[_Step]:
    given = {"indicator": indicator, "position": as_of.position, "by": as_of.by}
    cell, place = _one_cell(db, indicator, as_of, asked), ""
    if cell is not None:
        given |= in_cell(cell)
        place = CELL_OR_RELAY
    rows = db.execute(PUBLICATIONS.format(place=place), given).fetchall()
    happened = [(moment, _cause_of(db, report, version)) for moment, report, version in rows]
    happened += _judged(db, indicator, as_of, asked)
    for moment, group in groupby(sorted(happened, key=itemgetter(0)), key=itemgetter(0)):
        then = AsOf(as_of.position, moment, as_of.valid_at, as_of.clearance)
        yield _Step(moment, then, [cause for _, cause in group])


def _judged(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing
) -> list[tuple[int, Cause]]:
    """When assessments were published, and the claims that they cite, where they are the estimate."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None or question_of(row.definition, asked).policy != ASSESSMENT:
        return []
    given = {"indicator": indicator, "position": as_of.position, "by": as_of.by}
    cited = db.execute(CITED, given).fetchall()
    found = [(moment, _cause_of(db, report, version)) for moment, report, version in cited]
    rows = db.execute(JUDGEMENTS, given)
    return found + [(moment, _cause(*cause)) for moment, *cause in rows.fetchall()]


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
    suspect: Suspect = suspicions_of,
) -> list[dict[str, Any]]:
    """The estimate of each cell, in order of period; `release` picks first, latest or n-th figures."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None:
        return []
    whole = question_of(row.definition, asked)
    claims = list(active(db, whole, indicator, as_of))
    resolved = _released(whole.measure, claims, release, look_up(db, as_of))
    suspected = suspect(db, indicator, as_of)
    counted = _by_cell(whole, claims, within)
    rows = []
    for cell, origins in sorted(_by_cell(whole, resolved.origins, within).items(), key=_cell_order):
        question = question_of(row.definition, asked, cell)
        here = Origins(origins, rests_on_withdrawn=resolved.rests_on_withdrawn)
        counts = len(counted[cell]), len({claim.report for claim in counted[cell]})
        result = estimate_of(question, here)
        result.flags += narrowed(question, suspected)
        rows.append(shown(indicator, Assessed(row.definition, question, result), counts))
    return rows


def _by_cell(
    question: Question, claims: Iterable[Claim], within: Period | None
) -> dict[Cell, list[Claim]]:
    by_cell: dict[Cell, list[Claim]] = {}
    for claim in claims:
        if concerns(question, claim) and (within is None or _inside(claim.cell, within)):
            by_cell.setdefault(claim.cell, []).append(claim)
    return by_cell


def _released(measure: Measure, claims: Sequence[Claim], release: Release, look_up: LookUp) -> Origins:
    """The origins; of the first or n-th release each originator's distinct figure, no stand-ins."""
    figures, _ = with_figure(measure, claims)
    if release == "latest":
        return resolve(figures, look_up)
    said: dict[tuple[str | None, Cell, str], list[Claim]] = {}
    for claim in sorted(figures, key=lambda c: c.vintage_order):
        releases = said.setdefault((claim.cohort, claim.cell, claim.originator), [])
        if not claim.links and not (releases and _says_the_same(releases[-1], claim)):
            releases.append(claim)
    n = 1 if release == "first" else release
    return Origins([releases[n - 1] for releases in said.values() if len(releases) >= n])


def _says_the_same(one: Claim, other: Claim) -> bool:
    return (one.low, one.best, one.high, one.asserts) == (
        other.low,
        other.best,
        other.high,
        other.asserts,
    )


def revisions(db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing) -> list[Revisions]:
    """How each originator revised its figures, cell by cell and for its headline."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None:
        return []
    question = question_of(row.definition, asked)
    claims = active(db, question, indicator, as_of, every_cohort=True)
    found = revisions_of(question.measure, claims, question.cohort)
    return [each for each in found if _is_about(each, asked, question.cell)]


def _is_about(row: Revisions, asked: Narrowing, cell: Cell | None) -> bool:
    return asked.originator in (None, row.originator) and (cell is None or row.cell == cell)


def _inside(cell: Cell, outer: Period) -> bool:
    """Whether a cell ends within a period, and begins there if it says where it begins."""
    first = outer.first.toordinal() if outer.first else 0
    last = outer.last.toordinal() if outer.last else FOREVER
    start = cell[0] if cell[0] is not None else cell[1]
    end = cell[1] if cell[1] is not None else start
    return start is not None and end is not None and first <= start and end <= last


def _cell_order(item: tuple[Cell, list[Claim]]) -> tuple[int, int]:
    first, last = item[0]
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
    one = "AND indicator = ?" if indicator else ""
    rows = db.execute(
        "SELECT position, indicator FROM touches WHERE (position, indicator) > (?, ?) "
        f"AND position <= ? {one} ORDER BY position, indicator LIMIT ?",
        (*after, until, *([indicator] if indicator else []), limit),
    )
    return rows.fetchall()


def last_touch(db: sqlite3.Connection, indicator: str, position: int) -> int:
    """The last position up to one that touched an indicator; 0 before the first."""
    row = db.execute(
        "SELECT max(position) FROM touches WHERE indicator = ? AND position <= ?", (indicator, position)
    ).fetchone()
    return row[0] or 0


Answer = Callable[[str, AsOf], dict[str, Any]]
"""The estimate of an indicator at the times asked, as callers see it."""


def replay(
    estimate: Answer, touched: Sequence[Touch], as_of: AsOf, known: dict[str, dict[str, Any]]
) -> Iterator[Frame]:
    """A frame for each touch; `known` carries each indicator's estimate on to its next frame."""
    for position, name in touched:
        before = known.get(name) or estimate(name, _at(as_of, position - 1))
        known[name] = estimate(name, _at(as_of, position))
        yield Frame(position, name, before, known[name])


def _at(as_of: AsOf, position: int) -> AsOf:
    return AsOf(position, as_of.published_by, as_of.valid_at, as_of.clearance)
