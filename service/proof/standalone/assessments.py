"""What analysts judged, and whether what they rested on has changed since."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.proof.standalone.accounts import Logged
from service.proof.standalone.answers import shown_part
from service.proof.standalone.claims import CLEARANCES, Times, World
from service.proof.standalone.figures import exact
from service.proof.standalone.origins import roots, voices_of
from service.proof.standalone.part import Part
from service.proof.standalone.question import HEADLINE, Asked, Question
from service.proof.standalone.records import Definition, Event

Read = Callable[[Times], World]
"""Every claim at some times; given, so that who asks often may remember."""


@dataclass(frozen=True)
class Judged:
    """An assessment, its place in the log, and when it was recorded."""

    position: int
    recorded_at: datetime
    event: Event


def judgement(
    logged: Sequence[Logged], stamps: Mapping[int, datetime], indicator: str, times: Times, read: Read
) -> Judged | None:
    """The latest assessment that may be seen at the times asked."""
    found: Judged | None = None
    for at, event in logged:
        if event.TYPE != "AssessmentRecorded" or event.indicator != indicator:
            continue
        if at > times.position or any(
            limit is not None and stamps[at] > limit for limit in (times.published_by, times.valid_at)
        ):
            continue
        world = read(times)
        hidden = ("not-yet-published", "beyond-clearance")
        if not any(world[claim].standing in hidden for claim in event.claims):
            found = Judged(at, stamps[at], event)
    return found


def assessment(
    definition: Definition, indicator: str, judged: Judged | None, world: World, asked: Asked = HEADLINE
) -> dict[str, Any]:
    """What `assessment/1` answers."""
    question = Question(indicator, definition, world, asked)
    whole = (asked.cohort, asked.period, asked.originator, asked.incident) == (None,) * 4
    if judged is None or not whole:
        return shown_part(question, Part())
    given = judged.event
    best, low, high = (None if x is None else exact(x) for x in (given.best, given.low, given.high))
    cited = [world[name] for name in given.claims]
    ends = {end for claim in cited for end in (roots(claim, world) if claim.links else [claim.id])}
    part = Part(
        best=best,
        low=best if low is None else low,
        high=best if high is None else high,
        known=True,
        used=cited,
        cutoff=judged.recorded_at.date(),
    )
    body = shown_part(question, part)
    body["marking"] = max(body["marking"], given.marking, key=CLEARANCES.index)
    return body | {"verdict": None, "origins": voices_of([world[end] for end in ends], world)}
