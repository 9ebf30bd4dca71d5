"""The history of one figure, made ready for a page: steps, and what is to be seen at each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from domain.times import from_micros, show_instant
from projections.answers.estimates import Narrowing, question_of, shown
from projections.answers.explanation import claims_about
from projections.answers.moments import Axis, Cause, Step, likeliest, steps
from projections.answers.retrace import Traced, retrace
from projections.answers.vintages import change_of, same_figure
from projections.tables.journal import recorded_at
from projections.tables.registry import indicator_at
from service.query.standpoint import Standpoint
from service.query.words import day_of, figure
from service.web.replay.moment import Shown, Teller, nothing

MOST_STEPS = 300
MOST_WORK = 60_000
"""So many steps can be played, and fewer where there is much to retell at each."""
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """A step of the history: when, by which event, what became of the figure, and how to ask for it."""

    number: int
    moment: int
    ask: str
    day: str
    when: str
    cause: Cause
    figure: str
    change: str


@dataclass(frozen=True, slots=True)
class History:
    """Steps along an axis, and what is to be seen at each; at step 0 nothing is known.

    `earlier` are moments before the first step, `later` those behind the last, too many to be told.
    """

    axis: Axis
    states: Sequence[Shown]
    turns: Sequence[Turn]
    earlier: int
    later: int


def history(
    here: Standpoint, indicator: str, asked: Narrowing, axis: Axis, until: int | None
) -> History:
    """The history of a figure along an axis, from the standpoint of the other two times.

    Of a long one the steps around `until` are told: a position or an instant, None for the end.
    """
    every = steps(here.db, indicator, here.as_of, asked, axis)
    played = max(1, min(MOST_STEPS, MOST_WORK // max(1, _claims(here, indicator, asked))))
    reached = len(every) if until is None else sum(_place(step, axis) <= until for step in every)
    ends = min(len(every), max(reached + played // 4, played))
    begins = max(0, ends - played)
    traced = list(retrace(here.db, indicator, asked, every[begins:ends]))
    teller = Teller(here)
    return History(
        axis,
        [nothing(), *(teller.told(indicator, each) for each in traced)],
        list(_turns(traced, axis)),
        begins,
        len(every) - ends,
    )


def _claims(here: Standpoint, indicator: str, asked: Narrowing) -> int:
    """How many claims have to be looked at for each step."""
    row = indicator_at(here.db, indicator, here.as_of.position)
    question = question_of(row.definition, asked) if row else None
    return len(claims_about(here.db, question, indicator, here.as_of))


def _place(step: Step, axis: Axis) -> int:
    return step.as_of.position if axis == "record" else step.moment


def _turns(traced: Sequence[Traced], axis: Axis) -> Iterator[Turn]:
    before: Body | None = None
    for number_, each in enumerate(traced, start=1):
        body = shown("", each.explanation.assessed, each.explanation.counted)
        cause = likeliest(each.step.causes, body)
        instant, position = _instant(each.step.moment), each.step.as_of.position
        yield Turn(
            number=number_,
            moment=each.step.moment,
            ask=str(position) if axis == "record" else instant,
            day=day_of(instant),
            when=when(axis, instant, position),
            cause=cause,
            figure=figure(body),
            change=_change(cause, before, body),
        )
        before = body if before or body["used"] else None


def when(axis: Axis, instant: str | None, position: int) -> str:
    """Up to when something was to be known, in words."""
    if axis == "record":
        return f"As this log knew at position {position}" + (
            f", recorded {day_of(instant)}" if instant else ""
        )
    return f"As the world could know by {day_of(instant)}"


def before_all(here: Standpoint, told: "History") -> tuple[str, str]:
    """How to ask for the time before the first step, and that time in words."""
    if not told.turns:
        return "", ""
    first = told.turns[0]
    if told.axis == "record":
        position = int(first.ask) - 1
        stamp = recorded_at(here.db, position)
        return str(position), when("record", _instant(stamp) if stamp else None, position)
    instant = _instant(first.moment - 1)
    return instant, when("publication", instant, 0)


def _change(cause: Cause, before: Body | None, body: Body) -> str:
    """What became of the figure, in the field's word; nothing where nothing did."""
    if before is None:
        return "first" if body["used"] else ""
    return "" if same_figure(before, body) else change_of(cause, before, body)


def _instant(moment: int) -> str:
    return show_instant(from_micros(moment))
