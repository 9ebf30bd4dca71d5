"""What analysts judged, and whether what they rested on has changed since."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain import events as e
from domain.events import Definition
from tests.oracle.accounts import Logged
from tests.oracle.answers import shown_part
from tests.oracle.claims import CLEARANCES, Said, Times, World
from tests.oracle.figures import exact
from tests.oracle.origins import roots, voices_of
from tests.oracle.part import Part
from tests.oracle.question import HEADLINE, Asked, Question

Read = Callable[[Times], World]
"""Every claim at some times; given, so that who asks often may remember."""


@dataclass(frozen=True)
class Judged:
    """An assessment, its place in the log, and when it was recorded."""

    position: int
    recorded_at: datetime
    event: e.AssessmentRecorded


def judgement(
    logged: Sequence[Logged], stamps: Mapping[int, datetime], indicator: str, times: Times, read: Read
) -> Judged | None:
    """The latest assessment that may be seen at the times asked."""
    found: Judged | None = None
    for at, event in logged:
        if not isinstance(event, e.AssessmentRecorded) or event.indicator != indicator:
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


def changed_since(judged: Judged, times: Times, read: Read) -> tuple[str, ...]:
    """The cited claims that were not always since as they were when it was recorded."""
    worlds = [
        read(Times(position, times.published_by))
        for position in range(judged.position, times.position + 1)
    ]
    return tuple(
        name
        for name in judged.event.claims
        if len({_substance(world[name]) for world in worlds if _published(world[name])}) > 1
    )


def _published(claim: Said) -> bool:
    return claim.standing != "not-yet-published"


def _substance(claim: Said) -> tuple[Any, ...]:
    """What an analyst rests on: who says what, of when, from where, and whether it counts."""
    says = claim.statement.model_copy(update={"derived_from": ()})
    return claim.standing, repr(says), claim.stated, claim.period.text, claim.links
