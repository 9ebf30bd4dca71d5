"""A log for the tests of formats: entries, a tree over them, and keys made of fixed seeds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.log.hashes import commitment
from service.proof.checkpoint import Checkpoint, signed_checkpoint
from service.proof.cosignature import cosigned
from service.proof.keys import Kind, PrivateKey, PublicKey
from service.proof.note import parse_note
from service.proof.receipt import Receipt
from service.tree.entry import TreeEntry
from service.tree.proving import consistency_proof, inclusion_proof, root_at
from service.tree.tiles import HEIGHT, WIDTH, Tile
from tests.service.tree.trees import Tree

ORIGIN = "log.example/desk"
SALT = bytes(range(32))
TIME = 1_767_323_045


def key(name: str, seed: int = 1, kind: Kind = Kind.NOTE) -> PrivateKey:
    """A key that is the same in every run."""
    signing = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return PrivateKey(PublicKey(name, kind, signing.public_key().public_bytes_raw()), signing)


def witness(number: int) -> PrivateKey:
    """The key of a witness."""
    return key(f"w{number}.example", 100 + number, Kind.COSIGNATURE)


def body(index: int) -> bytes:
    """The stored event at an index."""
    return f'{{"n":{index},"text":"gemeldet: {index} Stück"}}'.encode()


def entry(index: int) -> TreeEntry:
    """The entry at an index."""
    return TreeEntry(index, "2026-01-02T03:04:05.678901Z", commitment(SALT, body(index)))


@dataclass(frozen=True)
class Log:
    """A log with as many entries as `size` says."""

    size: int
    keys: Sequence[PrivateKey] = field(default_factory=lambda: [key(ORIGIN)])

    @cached_property
    def entries(self) -> list[bytes]:
        """What is hashed and published."""
        return [entry(n).encode() for n in range(self.size)]

    @cached_property
    def tree(self) -> Tree:
        """The tree over its entries."""
        return Tree([entry(n).leaf() for n in range(self.size)])

    def root(self, size: int) -> bytes:
        """The root of the first `size` entries."""
        return root_at(size, self.tree.subtree)

    def checkpoint(self, size: int | None = None, *witnesses: PrivateKey) -> bytes:
        """A checkpoint that the log has signed and witnesses have cosigned, one a second."""
        size = self.size if size is None else size
        note = parse_note(signed_checkpoint(Checkpoint(ORIGIN, size, self.root(size)), self.keys))
        more = [cosigned(note.text, each, TIME + n) for n, each in enumerate(witnesses)]
        return note.with_signatures(more).encode()

    def path(self, index: int) -> list[bytes]:
        """The path of an entry to the root of all."""
        return inclusion_proof(index, self.size, self.tree.subtree)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof between two sizes."""
        return consistency_proof(old, new, self.tree.subtree)

    def receipt(self, index: int, extra: bytes | None = None) -> Receipt:
        """The receipt of an entry."""
        return Receipt(index, tuple(self.path(index)), self.checkpoint(), extra)

    def tiles(self) -> dict[str, bytes]:
        """Everything that a server gives under `/tile/`, by address."""
        found = dict[str, bytes]()
        for first in range(0, self.size, WIDTH):
            entries = self.entries[first : first + WIDTH]
            tile = Tile(None, first // WIDTH, len(entries))
            found[tile.address()] = b"".join(len(e).to_bytes(2, "big") + e for e in entries)
        level = 0
        while hashes := self.size >> HEIGHT * level:
            for first in range(0, hashes, WIDTH):
                width = min(WIDTH, hashes - first)
                content = [self.tree.subtree(HEIGHT * level, first + n) for n in range(width)]
                found[Tile(level, first // WIDTH, width).address()] = b"".join(content)
            level += 1
        return found
