"""How a figure was revised, along record or publication time, and which event revised it."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from typing_extensions import TypedDict

from domain.estimates.policies import LATEST_PUBLICATION
from domain.events import EVENTS_BY_TYPE, AssessmentRecorded, Change, ClaimDisputed, ReportMarked
from projections.answers.as_of import AsOf
from projections.answers.figure import same_figure
from projections.answers.moments import Axis, Cause, Step, Steps, steps
from projections.answers.questions import HEADLINE, Narrowing
from projections.answers.retrace import OF_SOURCES
from projections.answers.running_figure import RunningFigure, VintageFigure
from projections.answers.values import Day

VintageChange = Literal["first", "advance", Change]
"""What kind of change a vintage is."""
_SILENT = (ReportMarked.TYPE, ClaimDisputed.TYPE, AssessmentRecorded.TYPE)
"""Where these events change no figure, they do not re-affirm one either."""


@dataclass(frozen=True, slots=True)
class Vintage:
    """A figure as it stood from a moment on; `moment` in microseconds on the axis asked."""

    moment: int
    change: VintageChange
    cause: Cause
    body: VintageFigure


def vintages(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing,
    axis: Axis,
    *,
    every: bool,
    last: int | None = None,
    most: int | None = None,
) -> list[Vintage]:
    """How a figure was revised, oldest first; `every` keeps re-affirmations that changed nothing.

    Only moments at which the figure may have changed are evaluated: with `last` at most that number
    of the latest ones, with `most` at most that number of all of them, evenly spaced.
    """
    some = last, most
    return list(each_vintage(db, indicator, as_of, asked, axis, every=every, some=some))


_Some = tuple[int | None, int | None]
"""Which moments to evaluate: so many of the latest, or so many of all."""


def each_vintage(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing,
    axis: Axis,
    *,
    every: bool,
    some: _Some = (None, None),
) -> Iterator[Vintage]:
    """Do the same one by one: what is not asked for is not evaluated."""
    figure = RunningFigure(db, indicator, as_of, asked, axis)
    moments = _chosen(steps(db, indicator, as_of, asked, axis), *some)
    return figure_changes(figure, moments, None, every=every, skipping=some != (None, None))


def figure_changes(
    figure: RunningFigure,
    moments: Iterable[Step],
    before: VintageFigure | None,
    *,
    every: bool,
    skipping: bool = False,
) -> Iterator[Vintage]:
    """How a figure was revised at some moments, `before` which it was known.

    Where they skip others, any event may have come between.
    """
    for step in moments:
        if skipping or any(cause.type in OF_SOURCES for cause in step.causes):
            figure.forget()
        body, rests, cause = figure.at(step)
        if body is None or (before is None and not rests):
            continue
        affirms = every and cause.type not in _SILENT
        if affirms or not same_figure(before, body):
            yield Vintage(step.moment, change_of(cause, before, body), cause, body)
        before = body


def _chosen(found: Steps, last: int | None, most: int | None) -> Iterable[Step]:
    if most is not None:
        return found.spread(most)
    return found if last is None else found[-last:]


MOST_MOMENTS = 600
"""Maximum number of moments evaluated of a longer history: as many as a picture can show."""

Believed = tuple[list[Vintage], list[Vintage]]
"""What we believed, and what a reader who follows the latest publication believed."""


def believed(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing = HEADLINE,
    axis: Axis = "publication",
) -> Believed:
    """How a figure was revised by its own policy and by that of the feeds, for comparison."""
    feeds = replace(asked, policy=LATEST_PUBLICATION)
    ours, theirs = (
        vintages(db, indicator, as_of, each, axis, every=False, most=MOST_MOMENTS)
        for each in (asked, feeds)
    )
    return ours, theirs


def recently_published(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, most: int
) -> tuple[list[Vintage], bool]:
    """The revisions of a headline at up to `most` of the latest moments of publication.

    With them, whether the first may be older: nothing in the latest moments changed the figure, and
    there are others before.
    """
    along: Axis = "publication"
    found = vintages(db, indicator, as_of, HEADLINE, along, every=False, last=most)
    older = len(found) == 1 and len(steps(db, indicator, as_of, HEADLINE, along)) > most
    return found, older


class _WithCutoff(TypedDict):
    cutoff: Day | None


def change_of(cause: Cause, before: _WithCutoff | None, after: _WithCutoff) -> VintageChange:
    """The kind of change: `advance` is a later cut-off, `revision` another figure for the same days."""
    if before is None:
        return "first"
    if (change := EVENTS_BY_TYPE[cause.type].CHANGE) is not None:
        return change
    later = (after["cutoff"] or "") > (before["cutoff"] or "")
    return "advance" if later else "revision"
