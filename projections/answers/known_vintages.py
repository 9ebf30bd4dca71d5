"""How a figure was revised along both axes at once: what we knew when, of what was published when.

Record time and publication time make a plane. Where the figure is the same it is one rectangle, so that
rectangles do not overlap and what lies in none was not known at all.
"""

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from domain.estimates.policies import ASSESSMENT
from domain.events import AssessmentRecorded, ReportFiled, ReportMarked
from projections.answers.as_of import AsOf
from projections.answers.figure import FIGURE
from projections.answers.moments import Cause, Step, steps
from projections.answers.publications import Publications
from projections.answers.questions import Narrowing, question_of
from projections.answers.retrace import OF_SOURCES
from projections.answers.running_figure import RunningFigure, VintageFigure
from projections.answers.vintages import Vintage, figure_changes
from projections.tables.claim_writes import DERIVED, RESTING
from projections.tables.claims import descendants
from projections.tables.projection import FOREVER
from projections.tables.registry import indicator_at
from projections.tables.sight import may_see_all


@dataclass(frozen=True, slots=True)
class RecordMoment:
    """A record position and its time in microseconds."""

    position: int
    moment: int


@dataclass(frozen=True, slots=True)
class KnownVintage:
    """A figure that was known from one event until another, for a span of publication times.

    `cause` is the event that made the figure so at the beginning of that span.
    """

    known_from: RecordMoment
    known_to: RecordMoment | None
    published_from: int
    published_to: int | None
    figure: VintageFigure
    cause: Cause


_Place = tuple[object, ...]
"""The span of publication times and the figure: what makes a rectangle the same at the next event."""
_CHANGED = "SELECT claim, pub_from FROM claims WHERE report = ? AND (since = ? OR until = ?)"
_FILED = "SELECT min(pub_from) FROM claims WHERE report = ? AND since = ?"
_EARLIEST = "SELECT min(pub_from) FROM claims WHERE claim IN (SELECT value FROM json_each(?))"
ALWAYS = -FOREVER
"""A moment before all publications."""


def known_vintages(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing
) -> list[KnownVintage]:
    """How a figure was revised along both axes, in the order in which it became known."""
    plane = _Plane(db, indicator, as_of, asked)
    for step in steps(db, indicator, as_of, asked, "record"):
        plane.follow(step)
    return sorted([*plane.ended, *plane.standing], key=_order)


class _Plane:
    """The figure along publication time as it is known after one event and then the next.

    What an event does not change is not looked at again.
    """

    def __init__(self, db: sqlite3.Connection, indicator: str, last: AsOf, asked: Narrowing) -> None:
        self._db, self._indicator, self._asked = db, indicator, asked
        self._figure = RunningFigure(db, indicator, last, asked, "both")
        self._publications = Publications(db, indicator, last, asked)
        self.standing, self.ended = list[KnownVintage](), list[KnownVintage]()

    def follow(self, step: Step) -> None:
        """Take in an event: from the earliest publication time on at which it changes anything."""
        [cause] = step.causes
        if cause.type in OF_SOURCES:
            self._figure.forget()
        moment = self._changed_from(cause)
        if moment is None:
            return
        here = RecordMoment(step.as_of.position, step.moment)
        start = bisect_left(self.standing, moment, key=_published_from)
        kept = self.standing[start - 1] if start else None
        before = kept.figure if kept else None
        moments = self._publications.since(step.as_of, moment)
        found = [*figure_changes(self._figure, moments, before, every=False)]
        first = max(0, start - 1)
        was = {_place(each): each for each in self.standing[first:]}
        now = _rectangles(here, kept, found)
        self.standing[first:] = [was.pop(_place(each), each) for each in now]
        self.ended += (replace(each, known_to=here) for each in was.values())

    def _changed_from(self, cause: Cause) -> int | None:
        """The earliest publication time whose figure an event may change; None where it changes none.

        A report that is filed changes nothing for those who saw only what was published before it.
        """
        if cause.type == ReportMarked.TYPE:
            return None
        if cause.type == AssessmentRecorded.TYPE:
            return ALWAYS if self._assessed(cause) else None
        if cause.type == ReportFiled.TYPE:
            (filed,) = self._db.execute(_FILED, (cause.report, cause.position)).fetchone()
            return ALWAYS if filed is None else int(filed)
        if cause.report is None or not may_see_all(self._db):
            return ALWAYS
        given = cause.report, cause.position, cause.position
        rows = self._db.execute(_CHANGED, given).fetchall()
        names = descendants(self._db, [name for name, _ in rows], (DERIVED, RESTING))
        (earliest,) = self._db.execute(_EARLIEST, (json.dumps(sorted(names)),)).fetchone()
        moments = [moment for _, moment in rows] + [earliest] * (earliest is not None)
        return min(moments, default=ALWAYS)

    def _assessed(self, cause: Cause) -> bool:
        """Whether the figure is taken from assessments."""
        row = indicator_at(self._db, self._indicator, cause.position)
        return row is not None and question_of(row.definition, self._asked).policy == ASSESSMENT


def _rectangles(
    here: RecordMoment, kept: KnownVintage | None, found: Sequence[Vintage]
) -> Iterator[KnownVintage]:
    """The last rectangle that is kept, which ends where another begins, and those that follow it."""
    ends = [each.moment for each in found]
    if kept is not None:
        yield replace(kept, known_from=here, published_to=ends[0] if ends else None)
    for vintage, end in zip_longest(found, ends[1:]):
        yield KnownVintage(here, None, vintage.moment, end, vintage.body, vintage.cause)


def _published_from(each: KnownVintage) -> int:
    return each.published_from


def _place(each: KnownVintage) -> _Place:
    return each.published_from, each.published_to, *(each.figure[name] for name in FIGURE)


def _order(each: KnownVintage) -> tuple[int, int]:
    return each.known_from.position, each.published_from
