"""What a mirror is sent: each line, written by the source and read by the mirror, in one place.

Every line but the last of a stream ends with a check over what stands before it, so that a byte that
changed on its way is found before anything is made of the line.
"""

from base64 import b64decode, b64encode
from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Annotated, Any, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json
from typing_extensions import TypedDict

from service.log.recorder import KeyRow
from service.log.verbatim import Entry

_CAUGHT_UP = b'{"caught_up":'
_CHECK = b',"check":"'
_CHECK_DIGITS = 16
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Check = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
"""The first eight bytes of the SHA-256 of the line before `,"check"`, as hexadecimal digits."""
Hex = Annotated[str, Field(pattern="^([0-9a-f]{2})*$")]
Base64 = Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]


class HeadLine(TypedDict):
    """The first line: which log this is, and its running digest through the position asked about.

    `secret` is the key from which ids are derived, `head` the last position there is now.
    """

    log: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    secret: Hash
    after: int
    digest: Hash
    head: int
    check: Check


class KeyMember(TypedDict):
    """A key that names the position of its entry: a name that can be stored once."""

    name: str
    digest: Hex
    check: Check


class EntryLine(TypedDict):
    """An event exactly as it is stored, with all that the log keeps beside it.

    `body` is the stored bytes; it and `salt` are null once a redaction has destroyed them. `digest` is
    the running digest through this entry, `recorded_at` the time in the body, which stays when the body
    is destroyed. `keys` are those that were stored for it.
    """

    position: int
    index: int
    type: str
    stream: str
    version: int
    body: Base64 | None
    salt: Hash | None
    commitment: Hash
    digest: Hash
    recorded_at: str
    keys: list[KeyMember]
    check: Check


class KeyLine(TypedDict):
    """A key with the position that it names; `key_check` is its own check value in the log."""

    name: str
    position: int
    digest: Hex
    key_check: Check
    check: Check


class FileLine(TypedDict):
    """A stored file, its bytes and who has sent it; null where the operator put it there for all."""

    sha256: Hash
    size: int
    senders: list[str] | None
    check: Check


class Head(NamedTuple):
    """The first line of a stream of entries."""

    log: str
    secret: bytes
    after: int
    digest: bytes
    head: int


class Sent(NamedTuple):
    """An entry with the keys that were stored for it."""

    entry: Entry
    keys: list[KeyRow]


class CaughtUp(NamedTuple):
    """Everything up to a position was sent."""

    position: int


Line = Head | Sent | CaughtUp
_FILE = TypeAdapter(FileLine)


class BadLine(ValueError):
    """A line is not as it was sent; the message says what is wrong with it."""


def head_line(head: Head) -> bytes:
    """The first line of a stream of entries."""
    members = {**head._asdict(), "secret": head.secret.hex(), "digest": head.digest.hex()}
    return _checked(members)


def entry_line(entry: Entry, keys: Sequence[KeyRow]) -> bytes:
    """The line of an entry and of its keys."""
    return _checked(
        {
            "position": entry.position,
            "index": entry.idx,
            "type": entry.type,
            "stream": entry.stream,
            "version": entry.version,
            "body": None if entry.body is None else b64encode(entry.body).decode(),
            "salt": None if entry.salt is None else entry.salt.hex(),
            "commitment": entry.commitment.hex(),
            "digest": entry.digest.hex(),
            "recorded_at": entry.recorded_at,
            "keys": [
                {"name": name, "digest": digest.hex(), "check": check.hex()}
                for name, _, digest, check in keys
            ],
        }
    )


def key_line(key: KeyRow) -> bytes:
    """The line of a key in the list of all."""
    name, position, digest, check = key
    members = {"name": name, "position": position, "digest": digest.hex(), "key_check": check.hex()}
    return _checked(members)


def file_line(sha256: str, size: int, senders: Collection[str] | None) -> bytes:
    """The line of a stored file."""
    named = None if senders is None else sorted(senders)
    return _checked({"sha256": sha256, "size": size, "senders": named})


def key_tag(count: int) -> str:
    """The entity tag of the list of keys. None is ever removed or changed: as many are the same."""
    return f'"{count}"'


def read_line(line: bytes) -> Line:
    """What a line of a stream of entries says; raises `BadLine`."""
    if line.startswith(_CAUGHT_UP):
        return CaughtUp(_caught_up(line))
    members = _unchecked(line)
    try:
        return _head(members) if "log" in members else _sent(members)
    except (KeyError, TypeError, ValueError) as wrong:
        raise BadLine(f"it lacks a member or has one of another kind ({wrong!r})") from None


def read_key_line(line: bytes) -> KeyRow | CaughtUp:
    """What a line of the list of keys says; raises `BadLine`."""
    if line.startswith(_CAUGHT_UP):
        return CaughtUp(_caught_up(line))
    members = _unchecked(line)
    try:
        return (
            str(members["name"]),
            int(members["position"]),
            bytes.fromhex(members["digest"]),
            bytes.fromhex(members["key_check"]),
        )
    except (KeyError, TypeError, ValueError) as wrong:
        raise BadLine(f"it lacks a member or has one of another kind ({wrong!r})") from None


def read_file_line(line: bytes) -> FileLine | CaughtUp:
    """What a line of the list of files says; raises `BadLine`."""
    if line.startswith(_CAUGHT_UP):
        return CaughtUp(_caught_up(line))
    try:
        return _FILE.validate_python({**_unchecked(line), "check": "0" * _CHECK_DIGITS})
    except ValidationError as wrong:
        raise BadLine(f"it lacks a member or has one of another kind ({wrong.title})") from None


def _head(members: dict[str, Any]) -> Head:
    secret, digest = bytes.fromhex(members["secret"]), bytes.fromhex(members["digest"])
    return Head(str(members["log"]), secret, int(members["after"]), digest, int(members["head"]))


def _sent(members: dict[str, Any]) -> Sent:
    position = int(members["position"])
    body, salt = members["body"], members["salt"]
    entry = Entry(
        position=position,
        idx=int(members["index"]),
        type=str(members["type"]),
        stream=str(members["stream"]),
        version=int(members["version"]),
        body=None if body is None else b64decode(body, validate=True),
        salt=None if salt is None else bytes.fromhex(salt),
        commitment=bytes.fromhex(members["commitment"]),
        digest=bytes.fromhex(members["digest"]),
        recorded_at=str(members["recorded_at"]),
    )
    keys = [
        (str(each["name"]), position, bytes.fromhex(each["digest"]), bytes.fromhex(each["check"]))
        for each in members["keys"]
    ]
    return Sent(entry, keys)


def _caught_up(line: bytes) -> int:
    try:
        return int(line.removeprefix(_CAUGHT_UP).removesuffix(b"}"))
    except ValueError:
        raise BadLine("its position is no number") from None


def _checked(members: Any) -> bytes:
    front = to_json(members)[:-1]
    return b'%b%b%b"}\n' % (front, _CHECK, _check_of(front))


def _unchecked(line: bytes) -> dict[str, Any]:
    """The members of a line, once its check holds."""
    front, _, end = line.rpartition(_CHECK)
    if end != _check_of(front) + b'"}':
        raise BadLine("it does not fit its check: it was changed on its way")
    members: dict[str, Any] = from_json(front + b"}")
    return members


def _check_of(front: bytes) -> bytes:
    return sha256(front).hexdigest()[:_CHECK_DIGITS].encode()
