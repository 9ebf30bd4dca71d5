"""Two policies over the whole history of an indicator: the spans in which they differ."""

import sqlite3
from dataclasses import dataclass
from itertools import groupby

from projections.answers.as_of import AsOf
from projections.answers.figure import UNKNOWN_FIGURE, FigureAnswer, figure_of
from projections.answers.moments import Axis, Cause
from projections.answers.questions import Narrowing
from projections.answers.vintages import Vintage, vintages


@dataclass(frozen=True, slots=True)
class DifferingSpan:
    """A span in which two policies differ, from a moment on; `until` None is up to now."""

    since: int
    until: int | None
    cause: Cause
    base: FigureAnswer
    candidate: FigureAnswer


@dataclass(frozen=True, slots=True)
class _Turn:
    """A moment at which either policy changed its figure, and both figures from then on."""

    vintage: Vintage
    base: FigureAnswer
    candidate: FigureAnswer


def differing_spans(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, base: str, candidate: str, axis: Axis
) -> list[DifferingSpan]:
    """The spans in which an indicator's headline differs under two policies, oldest first."""
    turns = _turns(
        vintages(db, indicator, as_of, Narrowing(policy=base), axis, every=False),
        vintages(db, indicator, as_of, Narrowing(policy=candidate), axis, every=False),
        axis,
    )
    ends = [turn.vintage.moment for turn in turns[1:]]
    return [
        DifferingSpan(turn.vintage.moment, end, turn.vintage.cause, turn.base, turn.candidate)
        for turn, end in zip(turns, [*ends, None], strict=False)
        if turn.base != turn.candidate
    ]


def _turns(base: list[Vintage], candidate: list[Vintage], axis: Axis) -> list[_Turn]:
    def place(vintage: Vintage) -> int:
        # Many events may be recorded in one instant, but none at the same position.
        return vintage.cause.position if axis == "record" else vintage.moment

    changes = [(place(v), 0, v) for v in base] + [(place(v), 1, v) for v in candidate]
    changes.sort(key=lambda change: change[:2])
    # Before its first vintage a policy has the same figure as when it no longer has any.
    figures = [UNKNOWN_FIGURE, UNKNOWN_FIGURE]
    turns = list[_Turn]()
    for _, together in groupby(changes, key=lambda change: change[0]):
        for _, which, vintage in together:
            figures[which] = figure_of(vintage.body)
        turns.append(_Turn(vintage, figures[0], figures[1]))
    return turns
