"""The history of one figure along a time axis: its steps, and the view of each."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.times import FIRST_MOMENT, from_micros, show_instant
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.explanation import claims_about
from projections.answers.figure import same_figure
from projections.answers.in_short import has_many_claims, moment_in_short
from projections.answers.moments import Axis, Cause, Step, likeliest, steps
from projections.answers.questions import Narrowing, question_of
from projections.answers.retrace import RetracedMoment, retrace
from projections.answers.vintages import change_of
from projections.tables.journal import recorded_at
from projections.tables.registry import indicator_at
from service.query.standpoint import Standpoint
from service.query.words import day_of, figure
from service.web.replay.moment import MomentView, MomentViews, empty_view
from service.web.replay.subject import Subject

MOST_STEPS = 300
"""Maximum number of steps that a page plays."""
MOST_WORK = 20_000
"""Maximum of steps times claims; with many claims, a page plays fewer steps."""
TIME_PARAMETER: Mapping[Axis, str] = {"publication": "published_by", "record": "known_at"}
"""The parameter that asks for a time on an axis."""
NOW: Mapping[Axis, str] = {
    "publication": "Now: everything published so far",
    "record": "Now: everything in this log",
}
"""Wording of the end of an axis."""


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """A step of the history: when, by which event, how the figure changed, and how to ask for it."""

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
    """Steps along an axis, and a view for each; view 0 is from before the first step.

    `earlier` and `later` count the moments before the first and after the last step of a long history.
    In a `brief` one, of an indicator with very many claims, there is one step at a time, and of the
    claims only the last of each originator.
    """

    axis: Axis
    views: Sequence[MomentView]
    steps: Sequence[HistoryStep]
    earlier: int
    later: int
    brief: bool = False


def history_of(subject: Subject) -> History:
    """Return the history of an estimate; of a long one, the steps around `subject.until`."""
    here, indicator, asked, axis = subject.here, subject.row.id, subject.narrowing, subject.axis
    every, brief = (
        steps(here.db, indicator, here.as_of, asked, axis),
        has_many_claims(here.db, indicator),
    )
    reached = len(every)
    if subject.until is not None:
        reached = bisect_right(every.places, subject.until)
    most = 1 if brief else _most_steps(here, indicator, asked)
    end = min(len(every), max(reached + most // 4, most))
    start = max(0, end - most)
    if brief:
        traced = _last_in_short(subject, every[start:end], at_end=end == len(every))
    else:
        traced = list(retrace(here.db, indicator, asked, every[start:end]))
    views = MomentViews(here, brief=brief)
    return History(
        axis,
        [empty_view(), *(views.view_of(indicator, each) for each in traced)],
        list(_history_steps(traced, axis)),
        start,
        len(every) - end,
        brief,
    )


def _last_in_short(subject: Subject, moments: Sequence[Step], *, at_end: bool) -> list[RetracedMoment]:
    """The last of some moments in short; nothing after the end of the axis differs from it."""
    here = subject.here.on(subject.row.id)
    found = list[RetracedMoment]()
    for step in moments[-1:]:
        cleared = replace(step.as_of, clearance=here.as_of.clearance)
        as_of = here.as_of if at_end else cleared
        asked = replace(step, as_of=as_of), subject.narrowing
        traced = moment_in_short(here.db, subject.row.id, *asked, here.suspect)
        found += [traced] if traced else []
    return found


def _most_steps(here: Standpoint, indicator: str, asked: Narrowing) -> int:
    """The number of steps for which all claims are looked at."""
    row = indicator_at(here.db, indicator, here.as_of.position)
    question = question_of(row.definition, asked) if row else None
    claims = len(claims_about(here.db, question, indicator, here.as_of))
    return max(1, min(MOST_STEPS, MOST_WORK // max(1, claims)))


def _history_steps(traced: Sequence[RetracedMoment], axis: Axis) -> Iterator[HistoryStep]:
    before: EstimateAnswer | None = None
    for number, each in enumerate(traced, start=1):
        body = each.body
        cause = likeliest(each.step.causes, body["used"])
        instant, position = _instant(each.step.moment), each.step.as_of.position
        yield HistoryStep(
            number=number,
            moment=each.step.moment,
            ask=str(position) if axis == "record" else instant,
            day=day_of(instant),
            when=time_in_words(axis, instant, position),
            cause=cause,
            figure=figure(body),
            change=_change(cause, before, body),
        )
        before = body if before or body["used"] else None


def time_in_words(axis: Axis, instant: str | None, position: int) -> str:
    """Return the wording of a time on an axis: what was known up to then."""
    if axis == "record":
        recorded = f", recorded {day_of(instant)}" if instant else ""
        return f"As this log knew at position {position}{recorded}"
    return f"As the world could know by {day_of(instant)}"


def time_before(here: Standpoint, history: History) -> tuple[str, str]:
    """Return the time before the first step: as a parameter, and in words; empty if there is none."""
    if not history.steps:
        return "", ""
    first = history.steps[0]
    if history.axis == "record":
        position = int(first.ask) - 1
        stamp = recorded_at(here.db, position)
        return str(position), time_in_words("record", _instant(stamp) if stamp else None, position)
    if first.moment <= FIRST_MOMENT:
        return "", ""
    instant = _instant(first.moment - 1)
    return instant, time_in_words("publication", instant, 0)


def step_at(history: History, until: int | None) -> int:
    """Return the number of the step that a time on the axis falls on; the last one without a time."""
    by_position = history.axis == "record"
    places = [int(step.ask) if by_position else step.moment for step in history.steps]
    return len(places) if until is None else sum(place <= until for place in places)


def _change(cause: Cause, before: EstimateAnswer | None, body: EstimateAnswer) -> str:
    """The kind of change of the figure; empty if it did not change."""
    if before is None:
        return "first" if body["used"] else ""
    return "" if same_figure(before, body) else change_of(cause, before, body)


def _instant(moment: int) -> str:
    return show_instant(from_micros(moment))
