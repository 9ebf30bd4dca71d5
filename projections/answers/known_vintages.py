"""How a figure was revised along both axes at once: what we knew when, of what was published when.

Record time and publication time make a plane. Where the figure is the same it is one rectangle, so that
rectangles do not overlap and what lies in none was not known at all.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from domain.events import ReportFiled
from projections.answers.as_of import AsOf
from projections.answers.figure import FIGURE
from projections.answers.moments import Cause, Step, steps
from projections.answers.questions import Narrowing
from projections.answers.vintages import Since, VintageFigure, vintages


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


def known_vintages(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, asked: Narrowing
) -> list[KnownVintage]:
    """How a figure was revised along both axes, in the order in which it became known."""
    standing, ended = list[KnownVintage](), list[KnownVintage]()
    for step in steps(db, indicator, as_of, asked, "record"):
        here = RecordMoment(step.as_of.position, step.moment)
        before = {_place(each): each for each in standing}
        found = _published(db, indicator, step, asked, here, standing)
        standing = [before.pop(_place(each), each) for each in found]
        ended += (replace(each, known_to=here) for each in before.values())
    return sorted([*ended, *standing], key=_order)


def _published(
    db: sqlite3.Connection,
    indicator: str,
    step: Step,
    asked: Narrowing,
    here: RecordMoment,
    standing: Sequence[KnownVintage],
) -> list[KnownVintage]:
    """The figure along publication time, as it is known after an event; `standing` is how before it.

    A report that is filed changes nothing for those who saw only what was published before it.
    """
    since = _filed(db, step) or 0
    kept = [each for each in standing if each.published_from < since]
    start = Since(since, kept[-1].figure if kept else None)
    found = vintages(
        db, indicator, step.as_of, asked, "publication", every=False, since=start if since else None
    )
    ends = [each.moment for each in found]
    if kept:
        kept[-1] = replace(kept[-1], known_from=here, published_to=ends[0] if ends else None)
    return kept + [
        KnownVintage(here, None, vintage.moment, end, vintage.body, vintage.cause)
        for vintage, end in zip_longest(found, ends[1:])
    ]


_FILED = "SELECT min(pub_from) FROM claims WHERE report = ? AND since = ?"


def _filed(db: sqlite3.Connection, step: Step) -> int | None:
    """When the report was published that a step files; None for any other event."""
    [cause] = step.causes
    if cause.type != ReportFiled.TYPE:
        return None
    row = db.execute(_FILED, (cause.report, cause.position)).fetchone()
    published: int | None = row[0]
    return published


def _place(each: KnownVintage) -> _Place:
    return each.published_from, each.published_to, *(each.figure[name] for name in FIGURE)


def _order(each: KnownVintage) -> tuple[int, int]:
    return each.known_from.position, each.published_from
