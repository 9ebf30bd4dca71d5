"""Small logs whose trees grow as told, with keys of their own: what a witness is shown."""

from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from hashlib import sha256

from service.proof.checkpoint import Checkpoint, signed_checkpoint
from service.proof.keys import PrivateKey, new_key
from service.proof.witnessing import Addition
from service.tree.hashing import leaf_hash, root_of
from service.tree.proving import consistency_proof


@dataclass
class SmallLog:
    """A log of some leaves; `fork` gives another history of the same log, with the same key."""

    key: PrivateKey
    history: str = "true"
    leaves: list[bytes] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return self.key.name

    def grow(self, size: int) -> "SmallLog":
        """Append until it has so many leaves."""
        for n in range(len(self.leaves), size):
            self.leaves.append(leaf_hash(f"{self.history} {n}".encode()))
        return self

    def fork(self, size: int) -> "SmallLog":
        """Another history that begins with the first `size` leaves of this one."""
        return SmallLog(self.key, "another", self.leaves[:size])

    def subtree(self, level: int, n: int) -> bytes:
        return root_of(self.leaves[n << level : n + 1 << level])

    def path(self, old: int, new: int) -> tuple[bytes, ...]:
        """The proof that one size is the beginning of another."""
        return tuple(consistency_proof(old, new, self.subtree))

    def checkpoint(self, size: int | None = None, key: PrivateKey | None = None) -> bytes:
        """A checkpoint of its first leaves, by default of all, as it signs it."""
        some = self.leaves[: len(self.leaves) if size is None else size]
        told = Checkpoint(self.origin, len(some), root_of(some))
        return signed_checkpoint(told, [key or self.key])

    def addition(self, old: int, new: int | None = None) -> bytes:
        """The request to cosign it."""
        size = len(self.leaves) if new is None else new
        return Addition(old, self.path(old, size), self.checkpoint(size)).encode()


def small_log(name: str = "log.example", size: int = 0) -> SmallLog:
    """A log with a key of its own."""
    return SmallLog(new_key(name)).grow(size)


def other_bytes(note: bytes) -> bytes:
    """The same note with a signature that does not belong to it."""
    text, _, line = note.rpartition(b" ")
    value = b64decode(line)
    changed = value[:4] + sha256(value).digest() * 2
    return text + b" " + b64encode(changed) + b"\n"
