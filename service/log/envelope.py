"""The envelope: the stored form of an event, byte for byte.

A stored event is one JSON object on one line, in UTF-8, with its members in this order and no
spaces in between:

    {"id","type","v","stream","version","recorded_at","actor","data"}

These bytes are hashed, proved and replayed, so they are written once, here, and never rewritten.
`data` arrives as bytes and is inserted without being decoded. This module does not know what the
types mean or how their old versions are read; `service.streams.upcasters` does.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any

from pydantic_core import from_json

from service.log.port import Pending

_RECORDED = b',"recorded_at":"'


@dataclass(frozen=True, slots=True)
class Envelope:
    """A decoded stored event: `data` as plain Python values, `recorded_at` in UTC."""

    id: str
    type: str
    v: int
    stream: str
    version: int
    recorded_at: datetime
    actor: str
    data: dict[str, Any]


def in_utc(at: datetime) -> datetime:
    """Return the same instant in UTC; raises ValueError for a time without a zone."""
    if at.utcoffset() is None:
        raise ValueError(f"an instant needs a time zone: {at!r}")
    return at.astimezone(UTC)


@lru_cache(maxsize=8)  # a batch has one timestamp, and formatting it is half the work
def timestamp(at: datetime) -> str:
    """Format an instant as RFC 3339 in UTC with `Z`, as all answers do; six digits of fraction or none.

    Raises ValueError for a time without a zone.
    """
    return in_utc(at).replace(tzinfo=None).isoformat() + "Z"


def encode(pending: Pending, recorded_at: datetime) -> bytes:
    """Return the bytes to store for an event.

    Raises ValueError if `data` is not one object on one line (only its ends and line breaks are
    checked; it is not parsed), or if a name cannot be encoded in UTF-8.
    """
    data = pending.data
    if data[:1] != b"{" or data[-1:] != b"}" or b"\n" in data or b"\r" in data:
        raise ValueError(f"data of event {pending.id!r} is not one JSON object on one line")
    front = (
        f'{{"id":{quoted(pending.id)},"type":{quoted(pending.type)},"v":{pending.v},'
        f'"stream":{quoted(pending.stream)},"version":{pending.version},'
        f'"recorded_at":"{timestamp(recorded_at)}","actor":{quoted(pending.actor)},"data":'
    )
    return b"%b%b}" % (front.encode(), data)


def decode_envelope(body: bytes) -> Envelope:
    """Decode stored bytes, or their wire form.

    Raises ValueError if they are not an envelope, for example the empty bytes of a redacted event.
    """
    members = from_json(body, allow_inf_nan=False)
    try:
        return Envelope(
            id=members["id"],
            type=members["type"],
            v=members["v"],
            stream=members["stream"],
            version=members["version"],
            recorded_at=datetime.fromisoformat(members["recorded_at"]),
            actor=members["actor"],
            data=members["data"],
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an event envelope: {body[:80]!r}") from error


def recorded_in(body: bytes) -> str | None:
    """Return the text of `recorded_at` in stored bytes without decoding them, None if there is none.

    No name before it contains `,"` unescaped, so the first such text is the member itself.
    """
    at = body.find(_RECORDED)
    end = body.find(b'"', at + len(_RECORDED))
    return body[at + len(_RECORDED) : end].decode() if at >= 0 and end >= 0 else None


def has_id(body: bytes, id: str) -> bool:
    """Return whether stored bytes are those of the event `id`, without decoding them."""
    return body.startswith(f'{{"id":{quoted(id)},'.encode())
