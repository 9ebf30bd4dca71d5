"""Trees for the tests, and the same trees by the recursive definitions of RFC 6962, section 2.1."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from service.tree.hashing import leaf_hash, root_of


def leaves_of(size: int) -> list[bytes]:
    """The hashes of as many entries, all different."""
    return [leaf_hash(b"entry %d" % n) for n in range(size)]


@dataclass(frozen=True, eq=False)
class Tree:
    """A tree over given hashes of leaves, with the subtrees that proofs are made of."""

    leaves: Sequence[bytes]

    @cached_property
    def _levels(self) -> list[list[bytes]]:
        levels = [list(self.leaves)]
        while len(levels[-1]) > 1:
            below = levels[-1]
            levels.append([root_of(below[n : n + 2]) for n in range(0, len(below) - 1, 2)])
        return levels

    def subtree(self, level: int, n: int) -> bytes:
        """The hash over the 2**level leaves that begin with n * 2**level."""
        return self._levels[level][n]


@dataclass(frozen=True, eq=False)
class Defined:
    """The same tree by the definitions: nothing is shared with the code that is tested."""

    leaves: Sequence[bytes]
    known: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def root(self, first: int, end: int) -> bytes:
        """MTH(D[first:end])."""
        if end == first:
            return sha256(b"").digest()
        if end == first + 1:
            return self.leaves[first]
        if (first, end) not in self.known:
            split = first + _split(end - first)
            both = self.root(first, split) + self.root(split, end)
            self.known[first, end] = sha256(b"\1" + both).digest()
        return self.known[first, end]

    def path(self, index: int, first: int, end: int) -> list[bytes]:
        """PATH(index, D[first:end])."""
        if end == first + 1:
            return []
        split = first + _split(end - first)
        if index < split:
            return [*self.path(index, first, split), self.root(split, end)]
        return [*self.path(index, split, end), self.root(first, split)]

    def proof(self, old: int, size: int) -> list[bytes]:
        """PROOF(old, D[0:size])."""
        return self._subproof(old, 0, size, True)

    def _subproof(self, old: int, first: int, end: int, whole: bool) -> list[bytes]:
        if old == end:
            return [] if whole else [self.root(first, end)]
        split = first + _split(end - first)
        if old <= split:
            return [*self._subproof(old, first, split, whole), self.root(split, end)]
        return [*self._subproof(old, split, end, False), self.root(first, split)]


def _split(size: int) -> int:
    """The largest power of two below a size."""
    split = 1
    while split * 2 < size:
        split *= 2
    return split
