"""Retracing a figure: its whole explanation at every moment at which anything may have changed it."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.estimates.claims import Claim
from domain.estimates.flags import Flag
from domain.estimates.origins import LookUp
from domain.estimates.suspicions import flags_about
from projections.answers.as_of import look_up
from projections.answers.estimates import Narrowing
from projections.answers.explanation import Explanation, explain_by
from projections.answers.flags import suspicions_among
from projections.answers.moments import Step


@dataclass(frozen=True, slots=True)
class Traced:
    """A moment, what may have changed the figure then, why it is what it is, and what is flagged."""

    step: Step
    explanation: Explanation
    flags: Sequence[Flag]


def retrace(
    db: sqlite3.Connection,
    indicator: str,
    asked: Narrowing,
    moments: Sequence[Step],
) -> Iterator[Traced]:
    """The explanations at moments that follow one another, oldest first.

    A claim is read again only where its report was in a moment, or its originator graded. Of an
    indicator with very many claims flags are told only for the cohort asked about.
    """
    held: dict[str, Claim | None] = {}
    wide = _few(db, indicator)
    for step in moments:
        _forget(held, step)
        read = look_up(db, step.as_of)

        def find(name: str, read: LookUp = read) -> Claim | None:
            if name not in held:
                held[name] = read(name)
            return held[name]

        explained = explain_by(db, indicator, step.as_of, asked, find, every_cohort=wide)
        if explained is not None:
            yield Traced(step, explained, _flags(db, indicator, step, explained, find))


MOST_CLAIMS = 5_000


def _few(db: sqlite3.Connection, indicator: str) -> bool:
    """Whether all cohorts of an indicator can be looked at; else those asked about must do."""
    query = "SELECT count(*) FROM (SELECT 1 FROM claims WHERE indicator = ? LIMIT ?)"
    found: int = db.execute(query, (indicator, MOST_CLAIMS + 1)).fetchone()[0]
    return found <= MOST_CLAIMS


def _forget(held: dict[str, Claim | None], step: Step) -> None:
    reports = {cause.report for cause in step.causes}
    graded = any(cause.type == "SourceGraded" for cause in step.causes)
    for name, claim in list(held.items()):
        if graded or claim is None or claim.report in reports:
            del held[name]


def _flags(
    db: sqlite3.Connection, indicator: str, step: Step, explained: Explanation, find: LookUp
) -> list[Flag]:
    definition, question = explained.assessed.definition, explained.assessed.question
    found = suspicions_among(db, indicator, definition, step.as_of, explained.active, find)
    return [*explained.assessed.result.flags, *flags_about(question, found)]
