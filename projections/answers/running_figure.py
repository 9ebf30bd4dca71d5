"""A figure at one moment after another, with its cut-off and the claims that it rests on."""

import sqlite3
from datetime import date
from itertools import islice

from domain.estimates.ageing import AGEING
from domain.estimates.estimate import Estimate, cutoff_text
from domain.estimates.estimation import figure_by_policy
from domain.estimates.policies import ASSESSMENT, LATEST_PUBLICATION
from domain.events import Definition
from projections.answers.as_of import AsOf
from projections.answers.candidates import candidates
from projections.answers.claims import look_up
from projections.answers.estimate_answer import First100
from projections.answers.estimates import defined_estimate
from projections.answers.figure import FigureAnswer, figure_answer
from projections.answers.kept_sums import MOST_LISTED
from projections.answers.moments import Cause, Step, likeliest
from projections.answers.plane import Along
from projections.answers.questions import Narrowing, question_of
from projections.answers.running_addends import RunningAddends
from projections.answers.sum_sweep import sum_sweep
from projections.answers.sweep import Sweeps
from projections.answers.values import Day
from projections.tables.registry import indicator_at, voices_at


class VintageFigure(FigureAnswer):
    """A figure with its cut-off and the claims that it rests on, of very many the first."""

    cutoff: Day | None
    used: First100


class RunningFigure:
    """The figure of an indicator at one moment after another, along one axis or both."""

    def __init__(
        self,
        db: sqlite3.Connection,
        indicator: str,
        last: AsOf,
        asked: Narrowing,
        along: Along,
        sweeps: Sweeps | None = None,
    ) -> None:
        self._db, self._indicator, self._asked = db, indicator, asked
        self._sweeps = sweeps or Sweeps(db, last, along)
        self._sums = sum_sweep(db, indicator, last, asked, along)

    def forget(self) -> None:
        """Read claims again, because an event may have changed sources."""
        self._sweeps.forget()
        if self._sums:
            self._sums.forget()

    def at(self, step: Step) -> tuple[VintageFigure | None, bool, Cause]:
        """The figure at a moment, whether it rests on anything, and the likeliest cause.

        There is none before the indicator was defined.
        """
        row = indicator_at(self._db, self._indicator, step.as_of.position)
        summed = self._sums.at(row.definition, step.as_of) if row and self._sums else None
        if summed is not None:
            rests = bool(summed.n_used) or summed.figure.known
            reports = [cause.report for cause in step.causes if cause.report]
            return summed_figure(summed), rests, likeliest(step.causes, summed.used_of(reports))
        if row is None:
            return None, False, step.causes[-1]
        found = self._bare(row.definition, step.as_of) or self._estimate(step.as_of)
        cause = likeliest(step.causes, [claim.id for claim in found.used])
        return _vintage_figure(found), rests_on_anything(found), cause

    def _bare(self, definition: Definition, as_of: AsOf) -> Estimate | None:
        """A level or a total without what is said beside its figure; None where that may matter."""
        voices = voices_at(self._db, as_of.position)
        question = question_of(definition, self._asked, voices=voices)
        if question.measure not in AGEING or definition.parts or question.policy in _APART:
            return None
        claims = candidates(self._db, question, self._indicator, as_of, self._sweeps)
        standing = self._sweeps(self._indicator).standing(question, claims, look_up(self._db, as_of))
        return figure_by_policy(question, standing)

    def _estimate(self, as_of: AsOf) -> Estimate:
        defined = defined_estimate(self._db, self._indicator, as_of, self._asked, self._sweeps)
        assert defined is not None
        return defined.estimate


_APART = (ASSESSMENT, LATEST_PUBLICATION)
"""Policies that judge other claims than the others do."""


def summed_figure(summed: RunningAddends) -> VintageFigure:
    """The figure that addends come to."""
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
