"""Slippage: the statements of a plan, each against what fulfilled it by its target and by now.

Days are ordinals. "Now" is the latest cut-off of what fulfils the plan, never a clock.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.arithmetic import share
from domain.estimates.claims import Claim
from domain.estimates.figures import UNKNOWN, Figure, interval_of, single_number
from domain.vocabulary import Status

SlippageState = Literal["met", "late", "open", "missed", "replanned", "withdrawn"]
PLANS: frozenset[Status] = frozenset({"planned", "announced"})
"""Statuses of which a voice's latest statement replaces the earlier ones, as a forecast never does."""


@dataclass(frozen=True, slots=True)
class Fulfilled:
    """How far a plan is fulfilled: the figure, with the status and the cut-off of what leads it."""

    figure: Figure = UNKNOWN
    status: Status | None = None
    cutoff: str | None = None

    def reaches(self, planned: float | None) -> bool:
        """Whether at least as much is there as was planned, by the lower end of the figure."""
        sure = self.figure.best if self.figure.low is None else self.figure.low
        return planned is not None and sure is not None and sure >= planned


NOTHING = Fulfilled()


@dataclass(frozen=True, slots=True)
class Course:
    """What fulfils a plan over time: the days on which it changed, how it stands now, and by a day."""

    days: Sequence[int]
    now: Fulfilled
    by: Callable[[int], Fulfilled]

    @property
    def today(self) -> int | None:
        """The latest cut-off; None where nothing is known of what fulfils the plan."""
        return self.days[-1] if self.days else None

    def ended(self, day: int | None) -> bool:
        """Whether what is known reaches to a day; never to an open end."""
        return day is not None and self.today is not None and day <= self.today

    def first_reaching(self, planned: float, since: int, until: int | None) -> int | None:
        """The first day of a span by which as much was there as was planned."""
        end = len(self.days) if until is None else bisect_right(self.days, until)
        inside = self.days[bisect_left(self.days, since) : end]
        return next((day for day in inside if self.by(day).reaches(planned)), None)


CourseOf = Callable[[Claim], Course]
"""The course of what fulfils a statement of a plan."""


@dataclass(frozen=True, slots=True)
class Slippage:
    """One statement of a plan and what became of it.

    `moved_days` counts from the target of the voice's first statement, `late_days` from the target's
    last day to `reached_on`, the first day by which as much was there as was planned.
    """

    statement: Claim
    planned: Figure
    moved_days: int | None
    at_target: Fulfilled | None
    now: Fulfilled
    share: float | None
    state: SlippageState
    reached_on: int | None
    late_days: int | None


@dataclass(slots=True)
class _Voice:
    """What a voice said of one cohort: its first statement, and when it last stated a plan."""

    first: Claim
    planned_last: int

    def replans(self, claim: Claim) -> bool:
        """Whether the voice stated another plan later."""
        return claim.status in PLANS and claim.stated < self.planned_last


def slippage(statements: Iterable[Claim], course_of: CourseOf) -> list[Slippage]:
    """What became of each statement of a plan, by voice and in the order in which they were made."""
    ordered = sorted(statements, key=lambda claim: (claim.voice, claim.vintage_order))
    voices: dict[tuple[str, str | None], _Voice] = {}
    for claim in ordered:
        voice = voices.setdefault((claim.voice, claim.cohort), _Voice(claim, claim.stated))
        if claim.status in PLANS and claim.standing == "active":
            voice.planned_last = claim.stated
    return [_row(each, voices[each.voice, each.cohort], course_of(each)) for each in ordered]


def _row(claim: Claim, voice: _Voice, course: Course) -> Slippage:
    figure, last = _planned(claim), claim.cell[1]
    planned = single_number(figure.best, figure.low, figure.high)
    state, reached = _outcome(claim, planned, course)
    if claim.standing == "withdrawn":
        state, reached = "withdrawn", None
    elif voice.replans(claim):
        state, reached = "replanned", None
    return Slippage(
        statement=claim,
        planned=figure,
        moved_days=_moved(voice.first, claim),
        at_target=course.by(last) if last is not None and course.ended(last) else None,
        now=course.now,
        share=_share(course.now.figure, planned),
        state=state,
        reached_on=reached,
        late_days=reached - last if state == "late" and reached and last else None,
    )


def _outcome(claim: Claim, planned: float | None, course: Course) -> tuple[SlippageState, int | None]:
    """Whether and when as much was there as was planned, by the target or later."""
    if planned is None:
        return "open", None
    last = claim.cell[1]
    if last is None or not course.ended(last):
        return _met(claim, planned, course) if course.now.reaches(planned) else ("open", None)
    if course.by(last).reaches(planned):
        return _met(claim, planned, course)
    reached = course.first_reaching(planned, last + 1, None)
    if reached is not None:
        return "late", reached
    return ("open" if last == course.today else "missed"), None


def _met(claim: Claim, planned: float, course: Course) -> tuple[SlippageState, int | None]:
    """A plan that is met, and since when: the day before it was stated where it was so by then."""
    earlier = course.days[: bisect_right(course.days, claim.stated_on)]
    since = earlier[-1] if earlier else claim.stated_on
    return "met", course.first_reaching(planned, since, claim.cell[1])


def _planned(claim: Claim) -> Figure:
    if claim.low is claim.best is claim.high is None:
        return UNKNOWN
    interval = interval_of(claim)
    return Figure(claim.best, interval.low, interval.high)


def _moved(first: Claim, claim: Claim) -> int | None:
    if claim is first:
        return 0
    before, after = first.cell[1], claim.cell[1]
    return None if before is None or after is None else after - before


def _share(figure: Figure, planned: float | None) -> float | None:
    there = single_number(figure.best, figure.low, figure.high)
    return None if there is None or planned is None else share(there, planned)
