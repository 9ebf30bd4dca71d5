"""Signed checkpoints (C2SP tlog-checkpoint), and what a log's tree shows under one (RFC 9162)."""

import re
from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from service.proof.standalone.ed25519 import signed_by
from service.proof.standalone.refusals import Refused

_ENTRY = re.compile(
    rb'\{"v":1,"index":(0|[1-9][0-9]{0,18}),"recorded_at":"([0-9T:.Z-]{20,27})","commit":"([0-9a-f]{64})"\}'
)


@dataclass(frozen=True)
class Signer:
    """A key that may sign checkpoints: its name, which is that of the log, its id and its bytes."""

    name: str
    id: bytes
    key: bytes


@dataclass(frozen=True)
class Tree:
    """A tree as a checkpoint has it, and by which key the checkpoint is signed."""

    origin: str
    size: int
    root: bytes
    signer: str


def signer_of(vkey: str) -> Signer:
    """Read a key `<name>+<id>+<base64>`; raises Refused."""
    name, _, rest = vkey.strip().partition("+")
    id_, _, encoded = rest.partition("+")
    content = decoded(encoded, "the key")
    computed = sha256(name.encode() + b"\n" + content).digest()[:4]
    if len(content) != 33 or content[0] != 1 or computed.hex() != id_:
        raise Refused("cannot-read", f"not a key of a log: {vkey[:120]}")
    return Signer(name, computed, content[1:])


def signed_tree(checkpoint: str, signers: Iterable[Signer]) -> Tree:
    """The tree that a checkpoint names; raises Refused unless one of these keys has signed it."""
    text, blank, signatures = checkpoint.rpartition("\n\n")
    lines = text.split("\n")
    if not blank or len(lines) < 3 or not lines[1].isdecimal():
        raise Refused("cannot-read", "the checkpoint is not a signed note with origin, size and root")
    origin, root = lines[0], decoded(lines[2], "the root of the checkpoint")
    message = f"{text}\n".encode()
    for line in signatures.splitlines():
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        value = decoded(encoded, "a signature") if dash == "\u2014" else b""
        for signer in signers:
            if signer.name == name == origin and value[:4] == signer.id:
                if not signed_by(signer.key, message, value[4:]):
                    raise Refused("bad-signature", f"the signature by {name} is not of this checkpoint")
                return Tree(origin, int(lines[1]), root, name)
    raise Refused("bad-signature", f"none of the keys has signed this checkpoint of {origin}")


def decoded(text: str, what: str) -> bytes:
    """Read base64; raises Refused."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise Refused("cannot-read", f"{what} is not in base64") from None


@dataclass(frozen=True)
class Entry:
    """What the tree holds of an event."""

    index: int
    recorded_at: str
    commitment: str


def entry_of(text: bytes) -> Entry:
    """Read an entry; raises Refused."""
    found = _ENTRY.fullmatch(text)
    if not found:
        raise Refused("cannot-read", f"not an entry of a log: {text[:80]!r}")
    index, recorded_at, commitment = (each.decode() for each in found.groups())
    return Entry(int(index), recorded_at, commitment)


def commits_to(entry: Entry, salt: bytes, body: bytes) -> bool:
    """Whether an entry was made of these bytes."""
    return sha256(b"intellog/commit/v1\0" + salt + body).hexdigest() == entry.commitment


def is_included(entry: bytes, index: int, path: Sequence[bytes], tree: Tree) -> bool:
    """Whether a path leads from an entry to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < tree.size:
        return False
    node, last, rest = index, tree.size - 1, list(path)
    found = sha256(b"\0" + entry).digest()
    while last:
        if node & 1 or node < last:
            if not rest:
                return False
            sibling = rest.pop(0)
            pair = sibling + found if node & 1 else found + sibling
            found = sha256(b"\1" + pair).digest()
        node, last = node >> 1, last >> 1
    return not rest and found == tree.root
