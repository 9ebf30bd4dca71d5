"""Ed25519 keys: their ids, and how public and private ones are written.

    id      = SHA-256(name || "\\n" || kind || public key)[:4]
    public  = <name>+<id in hex>+<base64 of kind and public key>
    private = PRIVATE+KEY+<name>+<id in hex>+<base64 of kind and seed>

Kind 1 signs the text of a note, kind 4 a text with the time at which it was cosigned.
"""

from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from service.proof.errors import Malformed
from service.proof.lines import content_of, shown, written
from service.proof.signature import KEY_ID_BYTES, refuse_name

KEY_BYTES = 32
_PRIVATE = "PRIVATE+KEY+"


class Kind(IntEnum):
    """What a key signs; part of its id, so that a signature of one kind never passes as another."""

    NOTE = 1
    COSIGNATURE = 4


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key to verify with."""

    name: str
    kind: Kind
    content: bytes

    def __post_init__(self) -> None:
        refuse_name(self.name)
        if len(self.content) != KEY_BYTES:
            raise Malformed(f"the key of {self.name} has {len(self.content)} bytes and not {KEY_BYTES}")

    @property
    def id(self) -> bytes:
        """Its id, which with its name says which key has signed."""
        named = self.name.encode() + b"\n" + bytes([self.kind])
        return sha256(named + self.content).digest()[:KEY_ID_BYTES]

    def written(self) -> str:
        """Return the key as policies and tools read it."""
        return f"{self.name}+{self.id.hex()}+{written(bytes([self.kind]) + self.content)}"

    def signed(self, message: bytes, value: bytes) -> bool:
        """Whether the key has signed exactly this message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.content).verify(value, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key to sign with; what it is never shows in a message."""

    public: PublicKey
    signing: Ed25519PrivateKey

    @property
    def name(self) -> str:
        """The name of the key."""
        return self.public.name

    def __repr__(self) -> str:
        return f"PrivateKey({self.public.written()})"

    def written(self) -> str:
        """Return the key as its file holds it: a secret."""
        content = written(bytes([self.public.kind]) + self.signing.private_bytes_raw())
        return f"{_PRIVATE}{self.name}+{self.public.id.hex()}+{content}"

    def sign(self, message: bytes, kind: Kind) -> bytes:
        """Return the signature of a message, which a key of this kind may sign."""
        if self.public.kind is not kind:
            own = self.public.kind
            own = self.public.kind
            raise Malformed(f"the key of {self.name} is of kind {own}, and one of {kind} signs this")
        return self.signing.sign(message)


def new_key(name: str, kind: Kind = Kind.NOTE) -> PrivateKey:
    """Make a key of random bytes."""
    return _private(name, kind, Ed25519PrivateKey.generate())


def public_key_of(given: str) -> PublicKey:
    """Read a public key; raises Malformed where its id is not that of the key."""
    name, id_, kind, content = _parts(given, "public")
    key = PublicKey(name, kind, content)
    _refuse_other_id(key, id_)
    return key


def private_key_of(given: str) -> PrivateKey:
    """Read a private key; raises Malformed, with a message that holds nothing of the secret."""
    if not given.startswith(_PRIVATE):
        raise Malformed(f"a private key begins with {_PRIVATE}")
    name, id_, kind, seed = _parts(given.removeprefix(_PRIVATE), "private")
    if len(seed) != KEY_BYTES:
        raise Malformed(f"the private key of {name} has {len(seed)} bytes and not {KEY_BYTES}")
    key = _private(name, kind, Ed25519PrivateKey.from_private_bytes(seed))
    _refuse_other_id(key.public, id_)
    return key


def _private(name: str, kind: Kind, signing: Ed25519PrivateKey) -> PrivateKey:
    return PrivateKey(PublicKey(name, kind, signing.public_key().public_bytes_raw()), signing)


def _parts(given: str, what: str) -> tuple[str, str, Kind, bytes]:
    """Cut a key in name, id, kind and content."""
    form = f"a {what} key has the form <name>+<id in hex>+<base64>"
    try:
        name, id_, last = given.split("+", 2)
        content = content_of(last, "")
        kind = content[0]
    except (ValueError, IndexError):
        raise Malformed(form) from None
    try:
        return name, id_, Kind(kind), content[1:]
    except ValueError:
        raise Malformed(f"the {what} key of {shown(name)} is of kind {kind}, not 1 or 4") from None


def _refuse_other_id(key: PublicKey, id_: str) -> None:
    if id_ != key.id.hex():
        raise Malformed(f"the key of {key.name} has another id than stands there: {key.id.hex()}")
