"""How a figure was revised, along record or publication time, and which event revised it."""

import sqlite3
from dataclasses import dataclass, replace
from typing import Literal

from typing_extensions import TypedDict

from domain.estimates.estimate import Estimate, cutoff_text
from domain.estimates.policies import LATEST_PUBLICATION
from domain.events import EVENTS_BY_TYPE, AssessmentRecorded, Change, ClaimDisputed, ReportMarked
from projections.answers.as_of import AsOf
from projections.answers.estimates import defined_estimate
from projections.answers.figure import FigureAnswer, figure_answer, same_figure
from projections.answers.moments import Axis, Cause, likeliest, steps
from projections.answers.questions import HEADLINE, Narrowing
from projections.answers.values import Day

VintageChange = Literal["first", "advance", Change]
"""What kind of change a vintage is."""
_SILENT = (ReportMarked.TYPE, ClaimDisputed.TYPE, AssessmentRecorded.TYPE)
"""Where these events change no figure, they do not re-affirm one either."""


class VintageFigure(FigureAnswer):
    """A figure with its cut-off and the claims that it rests on."""

    cutoff: Day | None
    used: list[str]


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
    found = list[Vintage]()
    before: VintageFigure | None = None
    taken = steps(db, indicator, as_of, asked, axis)
    if most is not None and len(taken) > most:
        taken = [taken[len(taken) * i // most] for i in range(most)][:-1] + taken[-1:]
    for step in taken if last is None else taken[-last:]:
        defined = defined_estimate(db, indicator, step.as_of, asked)
        if defined is None or (before is None and not _rests_on_anything(defined.estimate)):
            continue
        body = _vintage_figure(defined.estimate)
        cause = likeliest(step.causes, body["used"])
        affirms = every and cause.type not in _SILENT
        if affirms or not same_figure(before, body):
            found.append(Vintage(step.moment, change_of(cause, before, body), cause, body))
        before = body
    return found


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


RECENT = 24
"""Maximum number of the latest moments that a glance covers."""


def recent(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> list[Vintage]:
    """The latest revisions of a headline along publication time, enough for a glance."""
    return vintages(db, indicator, as_of, HEADLINE, "publication", every=False, last=RECENT)


def _vintage_figure(estimate: Estimate) -> VintageFigure:
    return {
        **figure_answer(estimate),
        "cutoff": cutoff_text(estimate),
        "used": [claim.id for claim in estimate.used],
    }


def _rests_on_anything(estimate: Estimate) -> bool:
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
