"""Events of the log as callers receive them, and the frames of a replay."""

from typing import Literal

from pydantic_core import from_json
from typing_extensions import TypedDict

from projections.answers.replay import Frame
from projections.answers.values import EventType, Instant, instant
from service.log.port import Stored
from service.query.listed import CountedEstimate, counted

EventData = dict[str, object]
"""The body of an event as it is stored, in the shape of its type."""


class EventAnswer(TypedDict):
    """An event of the log: its stored envelope and body, with its position."""

    position: int
    id: str
    type: EventType
    v: int
    stream: str
    version: int
    recorded_at: Instant
    actor: str
    data: EventData


class RedactedAnswer(TypedDict):
    """An event whose content was destroyed: its place in the log is all that is left."""

    position: int
    type: str
    stream: str
    version: int
    redacted: Literal[True]


class FrameAnswer(TypedDict):
    """What one event did to the headline of one indicator."""

    position: int
    recorded_at: Instant
    indicator: str
    event: EventAnswer | RedactedAnswer
    before: CountedEstimate
    after: CountedEstimate


def event_answer(stored: Stored) -> EventAnswer:
    """An event as callers receive it, decoded from its exact bytes."""
    event: EventAnswer = from_json(stored.wire())
    return event


def frame_answer(frame: Frame, stamp: int, stored: Stored) -> FrameAnswer:
    """A frame as callers receive it, with its event and when that was recorded, in microseconds."""
    return {
        "position": frame.position,
        "recorded_at": instant(stamp),
        "indicator": frame.indicator,
        "event": event_answer(stored),
        "before": counted(frame.before),
        "after": counted(frame.after),
    }
