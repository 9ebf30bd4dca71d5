"""The schema of every form in which an event may be sent, made from the event types."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, JsonValue, create_model
from typing_extensions import TypedDict

from domain.events import EVENT_TYPES, Event
from projections.answers.values import Instant
from service.streams.upcasters import UPCASTERS


class CaughtUp(TypedDict):
    """The last line of a stream: every event up to this position has been sent."""

    caught_up: int


class CaughtUpEvent(TypedDict):
    """The data of the server-sent event `caught-up`: everything up to this position has been sent."""

    position: int


class MarkingChangedEvent(TypedDict):
    """The data of the server-sent event `marking-changed`: a marking was raised above your clearance.

    Something that was selected, and that you could see, is there no more; load again what you show.
    `position` is the last one that you may see.
    """

    position: int


Salt = Annotated[
    str | None,
    Field(
        pattern="^[0-9a-f]{64}$",
        description="With `salts=true`: that of its commitment; null where not all of it is shown.",
    ),
]


class _Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")
    position: int
    id: str
    stream: str
    version: int
    recorded_at: Instant
    actor: str
    salt: Salt = None


class RedactedEvent(BaseModel):
    """An event whose content was destroyed: its place in the log is all that is left."""

    model_config = ConfigDict(extra="forbid")
    position: int
    type: str
    stream: str
    version: int
    redacted: Literal[True]


def _schemas(kind: type[Event]) -> Iterator[type[BaseModel]]:
    """A model of an event type as it is sent now, and of each older version that may be stored."""
    doc, name = kind.__doc__, kind.TYPE
    yield _schema(f"{name}Event", doc, name, kind.V, kind)
    for _, v in (each for each in UPCASTERS if each[0] == name):
        yield _schema(f"{name}EventV{v}", f"{doc} (schema version {v})", name, v, dict[str, JsonValue])


def _schema(title: str, doc: str | None, type_: str, v: int, data: Any) -> type[BaseModel]:
    fields: dict[str, Any] = {
        "type": (Literal[type_], ...),
        "v": (Literal[v], ...),
        "data": (data, ...),
    }
    return create_model(title, __base__=_Whole, __doc__=doc, **fields)


EVENT_SCHEMA: Any = Union[(*(each for kind in EVENT_TYPES for each in _schemas(kind)), RedactedEvent)]
"""Any event: of a type as written now, of an older version, or redacted."""
