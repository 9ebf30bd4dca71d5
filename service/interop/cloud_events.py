"""Events of the log as CloudEvents 1.0, for what receives events of many programs."""

from typing_extensions import TypedDict

from projections.answers.values import EventType, Instant
from service.query.events import EventAnswer, EventData


class CloudEvent(TypedDict):
    """An event as a CloudEvent; `sequence` is its position, which sorts as a text and as a number.

    `streamversion` and `dataversion` are the version of its stream and of the form of its data.
    """

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: Instant
    datacontenttype: str
    data: EventData
    sequence: str
    actor: str
    streamversion: int
    dataversion: int


SEQUENCE_DIGITS = 16
"""Digits of every position in `sequence`, so that texts sort like numbers."""


def cloud_event(event: EventAnswer, log: str) -> CloudEvent:
    """An event of a log; source and id together name it, whatever address it was read from."""
    return {
        "specversion": "1.0",
        "id": event["id"],
        "source": f"intellog:log/{log}",
        "type": cloud_type(event["type"]),
        "subject": event["stream"],
        "time": event["recorded_at"],
        "datacontenttype": "application/json",
        "data": event["data"],
        "sequence": f"{event['position']:0{SEQUENCE_DIGITS}}",
        "actor": event["actor"],
        "streamversion": event["version"],
        "dataversion": event["v"],
    }


def cloud_type(name: EventType) -> str:
    """The type of a CloudEvent by that of an event: `intellog.ReportFiled`."""
    return f"intellog.{name}"
