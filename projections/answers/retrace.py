"""Retracing a figure: its full explanation at every moment at which it may have changed."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.estimates.claims import Claim, LookUp
from domain.estimates.flags import Flag
from domain.estimates.suspicions.suspicion import flags_about
from domain.events import SourceGraded, SourceRegistered
from projections.answers.claims import look_up
from projections.answers.estimate_answer import EstimateAnswer, estimate_answer
from projections.answers.explanation import Explanation, explain_by
from projections.answers.flags import suspicions_over
from projections.answers.moments import Step
from projections.answers.questions import Narrowing


@dataclass(frozen=True, slots=True)
class RetracedMoment:
    """A moment, the possible causes of a change, the explanation of the figure then, and its flags.

    `body` is the estimate as callers receive it; `unspecified` is whether claims without a number are
    left out of it.
    """

    step: Step
    explanation: Explanation
    flags: Sequence[Flag]
    body: EstimateAnswer
    unspecified: bool


def retrace(
    db: sqlite3.Connection,
    indicator: str,
    asked: Narrowing,
    moments: Sequence[Step],
) -> Iterator[RetracedMoment]:
    """The explanations at consecutive moments, oldest first.

    A claim is read again only after a moment that concerns its report or grades a source.
    """
    held: dict[str, Claim | None] = {}
    for step in moments:
        _forget(held, step)
        read = look_up(db, step.as_of)

        def find(name: str, read: LookUp = read) -> Claim | None:
            if name not in held:
                held[name] = read(name)
            return held[name]

        explained = explain_by(db, indicator, step.as_of, asked, find, every_cohort=True)
        if explained is not None:
            body = estimate_answer(indicator, explained.defined, explained.counted)
            unspecified = any(each.reason == "no-figure" for each in explained.left_out)
            flags = _flags(db, indicator, step, explained, find)
            yield RetracedMoment(step, explained, flags, body, unspecified)


OF_SOURCES = (SourceGraded.TYPE, SourceRegistered.TYPE)
"""Events that change claims which they do not name: grades and voices."""


def _forget(held: dict[str, Claim | None], step: Step) -> None:
    reports = {cause.report for cause in step.causes}
    changed = any(cause.type in OF_SOURCES for cause in step.causes)
    for name, claim in list(held.items()):
        if changed or claim is None or claim.report in reports:
            del held[name]


def _flags(
    db: sqlite3.Connection, indicator: str, step: Step, explained: Explanation, find: LookUp
) -> list[Flag]:
    definition, question = explained.defined.definition, explained.defined.question
    found = suspicions_over(db, indicator, definition, step.as_of, explained.active, find)
    return [*explained.defined.estimate.flags, *flags_about(question, found)]
