"""How a figure was revised, along record or publication time, and which event revised it."""

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Literal

from typing_extensions import TypedDict

from domain.estimates.estimate import Estimate, cutoff_text
from domain.estimates.policies import LATEST_PUBLICATION
from domain.events import EVENTS_BY_TYPE, AssessmentRecorded, Change, ClaimDisputed, ReportMarked
from projections.answers.as_of import AsOf
from projections.answers.estimate_answer import First100
from projections.answers.estimates import defined_estimate
from projections.answers.figure import FigureAnswer, figure_answer, same_figure
from projections.answers.kept_sums import MOST_LISTED
from projections.answers.moments import Axis, Cause, Step, Steps, likeliest, steps
from projections.answers.questions import HEADLINE, Narrowing
from projections.answers.retrace import OF_SOURCES
from projections.answers.running_addends import RunningAddends
from projections.answers.sum_sweep import SumSweep, sum_sweep
from projections.answers.sweep import Sweeps
from projections.answers.values import Day
from projections.tables.registry import indicator_at

VintageChange = Literal["first", "advance", Change]
"""What kind of change a vintage is."""
_SILENT = (ReportMarked.TYPE, ClaimDisputed.TYPE, AssessmentRecorded.TYPE)
"""Where these events change no figure, they do not re-affirm one either."""


class VintageFigure(FigureAnswer):
    """A figure with its cut-off and the claims that it rests on, of very many the first."""

    cutoff: Day | None
    used: First100


@dataclass(frozen=True, slots=True)
class Vintage:
    """A figure as it stood from a moment on; `moment` in microseconds on the axis asked."""

    moment: int
    change: VintageChange
    cause: Cause
    body: VintageFigure


@dataclass(frozen=True, slots=True)
class Since:
    """A moment from which on a figure may be another, and the figure before it."""

    moment: int
    before: VintageFigure | None


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
    since: Since | None = None,
) -> list[Vintage]:
    """How a figure was revised, oldest first; `every` keeps re-affirmations that changed nothing.

    Only moments at which the figure may have changed are evaluated: with `last` at most that number
    of the latest ones, with `most` at most that number of all of them, evenly spaced; with `since`
    those from a moment of publication on, before which the figure is known.
    """
    some = last, most, since
    return list(each_vintage(db, indicator, as_of, asked, axis, every=every, some=some))


_Some = tuple[int | None, int | None, Since | None]
"""Which moments to evaluate: so many of the latest, so many of all, or those since one."""


def each_vintage(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing,
    axis: Axis,
    *,
    every: bool,
    some: _Some = (None, None, None),
) -> Iterator[Vintage]:
    """Do the same one by one: what is not asked for is not evaluated."""
    since, all_steps = some[2], some == (None, None, None)
    before = since.before if since else None
    moments = _chosen(steps(db, indicator, as_of, asked, axis), *some)
    sweeps = Sweeps(db, as_of, axis)
    sums = sum_sweep(db, indicator, as_of, asked, axis)
    for step in moments:
        if not all_steps or any(cause.type in OF_SOURCES for cause in step.causes):
            sweeps.forget()
            if sums:
                sums.forget()
        body, rests, cause = _figure_at(db, indicator, step, asked, sweeps, sums)
        if body is None or (before is None and not rests):
            continue
        affirms = every and cause.type not in _SILENT
        if affirms or not same_figure(before, body):
            yield Vintage(step.moment, change_of(cause, before, body), cause, body)
        before = body


def _chosen(found: Steps, last: int | None, most: int | None, since: Since | None) -> Iterable[Step]:
    if since is not None:
        return found[bisect_left(found.places, since.moment) :]
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


def _figure_at(
    db: sqlite3.Connection,
    indicator: str,
    step: Step,
    asked: Narrowing,
    sweeps: Sweeps,
    sums: SumSweep | None,
) -> tuple[VintageFigure | None, bool, Cause]:
    """The figure at a moment, None before the indicator was defined; whether it rests on anything."""
    row = indicator_at(db, indicator, step.as_of.position)
    summed = sums.at(row.definition, step.as_of) if row and sums else None
    if summed is not None:
        rests = bool(summed.n_used) or summed.figure.known
        reports = [cause.report for cause in step.causes if cause.report]
        return _summed_figure(summed), rests, likeliest(step.causes, summed.used_of(reports))
    defined = defined_estimate(db, indicator, step.as_of, asked, sweeps)
    if defined is None:
        return None, False, step.causes[-1]
    found = defined.estimate
    cause = likeliest(step.causes, [claim.id for claim in found.used])
    return _vintage_figure(found), rests_on_anything(found), cause


def _summed_figure(summed: RunningAddends) -> VintageFigure:
    covers = summed.covers
    return {
        **figure_answer(Estimate(summed.figure)),
        "cutoff": None if covers is None else date.fromordinal(covers).isoformat(),
        "used": list(islice(summed.used(), MOST_LISTED)),
    }


def _vintage_figure(estimate: Estimate) -> VintageFigure:
    return {
        **figure_answer(estimate),
        "cutoff": cutoff_text(estimate),
        "used": [claim.id for claim in estimate.used[:MOST_LISTED]],
    }


def rests_on_anything(estimate: Estimate) -> bool:
    """Whether there was a claim or a judgement at all; no vintage begins before that."""
    return bool(estimate.used or estimate.assessment or estimate.figure.known)


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
