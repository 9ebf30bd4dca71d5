"""What first moved a figure that was cited.

The answer to the question that was cited is compared with the answers to the same question with all
three times open: first at the position of the citation itself, where what was published after the
cited time may be known already, then after each event that touches the indicator.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import TypedDict

from domain.estimates.citation_rule import Reason, Told, left
from domain.estimates.flags import FlagCode
from domain.events import FigureCited
from domain.period import parse_period
from domain.times import to_micros
from domain.vocabulary import Marking, Measure
from projections.answers.as_of import EVERYTHING, AsOf
from projections.answers.estimate_answer import EstimateAnswer, LeadingAnswer
from projections.answers.estimates import answer
from projections.answers.moments import Cause, CauseAnswer, cause_answer, likeliest, steps, touching
from projections.answers.questions import Narrowing
from projections.changed.history import DefaultAnswer, compared_answer
from projections.tables.registry import indicator_at


class CitedAnswer(DefaultAnswer):
    """What a citation tells of an answer: what is compared, and what leads it."""

    # Its marking is not among it, because that changes without another answer.

    measure: Measure | None
    leading: LeadingAnswer | None


class MovedFigure(TypedDict):
    """What moved a cited figure: the event, since which position it is so, why, and to what."""

    position: int
    cause: CauseAnswer
    reasons: list[Reason]
    to: CitedAnswer


@dataclass(frozen=True, slots=True)
class Watched:
    """A cited figure as one reader sees it: the event, its position, and the reader's clearance."""

    cited: FigureCited
    position: int
    clearance: Marking = EVERYTHING

    @property
    def then(self) -> AsOf:
        """The times at which the figure was cited."""
        by, until = self.cited.published_by, self.cited.valid_at
        return AsOf(
            self.cited.position,
            None if by is None else to_micros(by),
            None if until is None else to_micros(until),
            self.clearance,
        )

    def open_at(self, position: int) -> AsOf:
        """All that was known at a position."""
        return AsOf(position, clearance=self.clearance)


def cited_estimate(db: sqlite3.Connection, watched: Watched, as_of: AsOf) -> EstimateAnswer:
    """The answer to the question that was cited, at any times."""
    return answer(db, watched.cited.indicator, as_of, narrowing_of(db, watched.cited, as_of.position))


def narrowing_of(db: sqlite3.Connection, cited: FigureCited, position: int) -> Narrowing:
    """The question that was cited; a policy that is the indicator's own is not asked for by name."""
    row = indicator_at(db, cited.indicator, position)
    own = row is not None and row.definition.policy == cited.policy
    return Narrowing(
        cited.cohort,
        None if cited.period is None else parse_period(cited.period),
        cited.originator,
        None if own else cited.policy,
        cited.incident,
    )


def cited_answer(body: EstimateAnswer) -> CitedAnswer:
    """What a citation tells of an answer."""
    return {
        **compared_answer(body),
        "measure": body["measure"],
        "leading": body["leading"],
    }


_CONTRARY: FlagCode = "contradiction"


def _told(body: EstimateAnswer) -> Told:
    contrary = (flag["claims"] for flag in body["flags"] if flag["code"] == _CONTRARY)
    return Told(
        body["best"],
        body["low"],
        body["high"],
        body["verdict"],
        body["support"]["level"],
        frozenset(tuple(sorted(claims)) for claims in contrary),
    )


def moved_when_cited(db: sqlite3.Connection, watched: Watched) -> MovedFigure | None:
    """What had moved a figure already when it was cited, by what was known then."""
    now = cited_estimate(db, watched, watched.open_at(watched.cited.position))
    before = _told(cited_estimate(db, watched, watched.then))
    reasons = left(watched.cited.when_it_moves, before, _told(now))
    if not reasons:
        return None
    found = _published(db, watched, before)
    return found or _moved(watched.position, _leader(db, watched, now), reasons, now)


def _published(db: sqlite3.Connection, watched: Watched, before: Told) -> MovedFigure | None:
    """The first publication after the cited time by which the figure had moved."""
    cited, then = watched.cited, watched.then
    since = min(each for each in (then.published_by, then.valid_at) if each is not None)
    asked = narrowing_of(db, cited, cited.position)
    opened = watched.open_at(cited.position)
    for step in steps(db, cited.indicator, opened, asked, "publication"):
        if step.moment <= since:
            continue
        body = cited_estimate(db, watched, step.as_of)
        reasons = left(cited.when_it_moves, before, _told(body))
        if reasons:
            cause = likeliest(step.causes, body["used"])
            return _moved(watched.position, cause, reasons, body)
    return None


def _leader(db: sqlite3.Connection, watched: Watched, now: EstimateAnswer) -> Cause:
    """The event of the report that leads an answer, else the last event about it."""
    causes = touching(db, watched.cited.indicator, 0, watched.cited.position)
    return likeliest(causes, now["used"])


def moved_after(
    db: sqlite3.Connection, watched: Watched, causes: Sequence[Cause]
) -> MovedFigure | None:
    """The first of these events, in order, that moved a figure."""
    before = _told(cited_estimate(db, watched, watched.then)) if causes else Told()
    for cause in causes:
        body = cited_estimate(db, watched, watched.open_at(cause.position))
        reasons = left(watched.cited.when_it_moves, before, _told(body))
        if reasons:
            return _moved(max(cause.position, watched.position), cause, reasons, body)
    return None


def _moved(position: int, cause: Cause, reasons: Sequence[Reason], body: EstimateAnswer) -> MovedFigure:
    return {
        "position": position,
        "cause": cause_answer(cause),
        "reasons": list(reasons),
        "to": cited_answer(body),
    }
