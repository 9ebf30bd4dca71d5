"""Verifies what was read from the store, and names what does not fit.

An event is verified twice: its bytes against the commitment, and the columns by which it is found
against the front of those bytes.
"""

import re
from collections.abc import Iterable, Sequence
from json.encoder import encode_basestring as quoted

from service.log.envelope import recorded_in
from service.log.hashes import EMPTY, commitment, key_check
from service.log.port import SENT_FRONT, LogDamaged, Stored
from service.log.recorder import KeyRow, Keys, StoredRow, Tip

MISMATCH = "the stored event does not match its hash"
COLUMNS = "the stored event is listed under another type, stream or version than its own"
MISSING = "the event that was stored there is missing"
NOT_CHAINED = "the running digest does not continue the one before"

_TYPE, _STREAM = b',"type":', b',"stream":'
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?Z")


def verified(rows: Sequence[StoredRow]) -> list[Stored]:
    """Return these rows as events; raises LogDamaged for the first that is not as it was stored."""
    verify(rows)
    return [Stored._make(row[:5]) for row in rows]


def verified_lines(rows: Sequence[StoredRow]) -> bytes:
    """Return these rows as events are sent, each on a line; raises LogDamaged as `verified` does."""
    verify(rows)
    parts: list[bytes] = []
    for position, type, stream, version, body, _, _ in rows:
        if body:
            parts += (SENT_FRONT % position, body[1:], b"\n")
        else:
            parts += (Stored(position, type, stream, version, body).wire(), b"\n")
    return b"".join(parts)


def verify(rows: Sequence[StoredRow]) -> None:
    """Raise LogDamaged for the first of these rows that is not as it was stored."""
    # One loop with few calls for each step: every event that is read passes here.
    begins = dict[str, str]()
    for position, type, stream, version, body, salt, committed in rows:
        try:
            if body:
                if commitment(salt, body) != committed:  # type: ignore[arg-type]
                    raise LogDamaged(MISMATCH, position)
                front = begins.get(type, "") + _stream_members(stream, version)
                if not body.startswith(front.encode(), body.find(_TYPE)):
                    if not front_fits(body, type, stream, version):
                        raise LogDamaged(COLUMNS, position)
                    begins[type] = _begin(body)
            elif salt is not None:
                raise LogDamaged(MISMATCH, position)
        except (TypeError, ValueError):  # a column that holds a value of another kind
            raise LogDamaged(MISMATCH, position) from None


def refuse_gap(found: Sequence[Stored | StoredRow], after: int) -> None:
    """Raise LogDamaged if an event is missing in a forward read without types."""
    if found and found[-1][0] - after != len(found):
        for expected, event in enumerate(found, after + 1):
            if event[0] != expected:
                raise LogDamaged(MISSING, expected)


def whole_stream(events: Sequence[Stored], stream: str, after_version: int) -> list[Stored]:
    """Return the events of a stream; raises LogDamaged if a version is missing between them."""
    if events and events[-1].version - after_version != len(events):
        raise LogDamaged(f"an event of the stream {stream!r} before this one is missing", events[-1][0])
    return list(events)


def verified_keys(rows: Iterable[KeyRow]) -> Keys:
    """Return stored keys by name; raises LogDamaged for one that is not as it was stored."""
    keys: Keys = {}
    for name, position, digest, checksum in rows:
        try:
            fits = key_check(name, position, digest) == checksum
        except (TypeError, AttributeError):
            fits = False
        if not fits:
            raise LogDamaged(f"the stored key {name!r} does not match its checksum", None)
        keys[name] = position, digest
    return keys


def wrong_time(body: bytes | None, recorded_at: object) -> str | None:
    """Say what is wrong with the stored time of an event whose bytes were verified; None if nothing is.

    Of a redacted one only the form is known here; the tree shows whether it is the one that was stored.
    """
    if not isinstance(recorded_at, str) or not _TIME.fullmatch(recorded_at):
        return "its stored time is none"
    if body is not None and recorded_in(body) != recorded_at:
        return f"its stored time is {recorded_at}, and the stored event has {recorded_in(body)}"
    return None


def tip_of(head: int, index: int, entry: int, digest: bytes | None) -> Tip:
    """Return the end of the log from the last event, index and entry, which must fit each other."""
    if not head == index + 1 == entry or (head and digest is None):
        raise LogDamaged(
            f"the last event is at position {head}, the last hash at {entry}, the last index {index}",
            max(head, entry),
        )
    return Tip(head, digest or EMPTY)


def front_fits(body: bytes, type: str, stream: str, version: int) -> bool:
    """Whether the envelope has this type, stream and version.

    The envelope is canonical, and no name in it contains `,"` unescaped, so the first such text is the
    member itself.
    """
    at = body.find(_TYPE)
    if not body.startswith(f'{_TYPE.decode()}{quoted(type)},"v":'.encode(), at):
        return False
    return body.startswith(_stream_members(stream, version).encode(), body.find(_STREAM, at))


def _begin(body: bytes) -> str:
    """What comes before the stream in an envelope whose front fits, from its type on.

    Another event that begins so, and then has its own stream and version, fits as well: its type is the
    same, and the text by which a stream is found begins like nothing within itself, so that the first
    one comes right after.
    """
    at = body.find(_TYPE)
    return body[at : body.find(_STREAM, at)].decode()


def _stream_members(stream: str, version: int) -> str:
    return f',"stream":{quoted(stream)},"version":{version},'
