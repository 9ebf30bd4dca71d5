"""Events to stored data and back, old schema versions included.

Stored bytes never change. An event that was written in an older version is brought up to the present
one, version by version, each time it is read.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter

from domain.estimates.policies import REPLACED
from domain.events import EVENTS_BY_TYPE, Destroyed, Event
from domain.stream_names import split_stream
from service.log.envelope import Envelope, decode_envelope
from service.log.port import Stored

Data = dict[str, Any]
Upcaster = Callable[[Data], Data]

_ADAPTERS: dict[str, TypeAdapter[Event]] = {
    name: TypeAdapter(kind) for name, kind in EVENTS_BY_TYPE.items()
}


class UnknownEvent(Exception):
    """The log holds an event of a type or version that this program does not know."""


def _nest_provenance(data: Data) -> Data:
    """Version 0 of `ReportFiled` held the provenance flat beside the claims, without numbers."""
    nested = ("publisher", "url", "title", "published_at", "evidence")
    claims = [{"n": n, **claim} for n, claim in enumerate(data["claims"], start=1)]
    provenance = {name: data[name] for name in nested if name in data}
    kept = {name: value for name, value in data.items() if name not in nested}
    return {**kept, "provenance": provenance, "claims": claims}


def _replace_policy(data: Data) -> Data:
    """Version 1 of a definition knew no minimum but 0, and an earlier policy by default."""
    definition = {"minimum": 0, **data["definition"]}
    definition["policy"] = REPLACED.get(definition["policy"], definition["policy"])
    return {**data, "definition": definition}


UPCASTERS: Mapping[tuple[str, int], Upcaster] = {
    ("ReportFiled", 0): _nest_provenance,
    ("IndicatorDefined", 1): _replace_policy,
    ("IndicatorRevised", 1): _replace_policy,
}
"""By stored type and version: the function that turns its data into that of the next version."""


def encode_event(event: Event) -> bytes:
    """Write an event's data as one JSON object, without the fields that are None."""
    # What `model_dump_json` does, without a text in between.
    return event.__pydantic_serializer__.to_json(event, exclude_none=True)


def decode_event(envelope: Envelope) -> Event:
    """Read an event's data, brought up from the version it was stored in.

    Raises `UnknownEvent` for a type or a version that this program does not know.
    """
    kind = EVENTS_BY_TYPE.get(envelope.type)
    if kind is None or envelope.v > kind.V:
        raise _unknown(envelope, "this program is too old")
    data = envelope.data
    for version in range(envelope.v, kind.V):
        upcast = UPCASTERS.get((envelope.type, version))
        if upcast is None:
            raise _unknown(envelope, "there never was such a version")
        data = upcast(data)
    return _ADAPTERS[envelope.type].validate_python(data, strict=False)


def _unknown(envelope: Envelope, why: str) -> UnknownEvent:
    return UnknownEvent(f"{envelope.type} version {envelope.v} in {envelope.stream}: {why}")


def read_event(body: bytes) -> tuple[Envelope, Event]:
    """Open stored bytes, or their wire form: the envelope and the event in it."""
    envelope = decode_envelope(body)
    return envelope, decode_event(envelope)


def event_of(stored: Stored) -> Event | Destroyed:
    """What a stored event says; of one that was redacted, that it happened."""
    if stored.body:
        return read_event(stored.body)[1]
    return Destroyed(report=split_stream(stored.stream)[1])
