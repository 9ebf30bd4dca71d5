"""The envelope: how an event is written down, byte for byte.

A stored event is one JSON object on one line, in UTF-8, with its members in this order and no
spaces between them:

    {"id","type","v","stream","version","recorded_at","actor","data"}

The bytes are what is hashed, proved and replayed, so they are written once, here, and nothing
rewrites them. `data` arrives as bytes and is put in undecoded. What the types mean, and how old
versions of them are read, is not known here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any

from pydantic_core import from_json

from service.log.port import Pending


@dataclass(frozen=True, slots=True)
class Envelope:
    """A stored event, opened: `data` as plain Python values, `recorded_at` in UTC."""

    id: str
    type: str
    v: int
    stream: str
    version: int
    recorded_at: datetime
    actor: str
    data: dict[str, Any]


def in_utc(at: datetime) -> datetime:
    """Give the same instant in UTC. A time without a zone is no instant: ValueError."""
    if at.utcoffset() is None:
        raise ValueError(f"an instant needs a time zone: {at!r}")
    return at.astimezone(UTC)


@lru_cache(maxsize=8)  # a batch bears one stamp, and writing it is half the work of encoding
def timestamp(at: datetime) -> str:
    """Write an instant as RFC 3339 in UTC, with six fraction digits and `Z`.

    Fixed in width, so that stamps sort as text. A time without a zone is a ValueError.
    """
    return in_utc(at).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def encode(pending: Pending, recorded_at: datetime) -> bytes:
    """Write the stored bytes of an event.

    Raises ValueError if `data` is not one object on one line (it is looked at from outside, not
    parsed), or if a name cannot be written in UTF-8.
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
    """Open stored bytes, or their wire form.

    Raises ValueError if they are no envelope, as the empty bytes of a redacted event are not.
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


def bears_id(body: bytes, id: str) -> bool:
    """Tell whether stored bytes are those of the event `id`, without opening them."""
    return body.startswith(f'{{"id":{quoted(id)},'.encode())
