"""A tree that is built entry by entry, in memory that hardly grows: what a verification holds of it."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from service.tree.hashing import EMPTY_ROOT, leaf_hash, node_hash, root_of
from service.tree.tiles import WIDTH


class Whole(NamedTuple):
    """A complete tile: its level, where 1 is over 256 leaves, its number there, and its root."""

    level: int
    n: int
    hash: bytes


class Growing:
    """The tree of the entries that were added. It keeps less than 256 hashes of each level of tiles."""

    def __init__(self) -> None:
        self.size = 0
        self._levels: list[list[bytes]] = [[]]

    def add(self, leaf: bytes) -> Iterator[Whole]:
        """Add the hash of an entry, and yield the tiles that are complete with it."""
        return self.extend((leaf,))

    def extend(self, leaves: Sequence[bytes]) -> Iterator[Whole]:
        """Add the hashes of entries, and yield the tiles that are complete with them.

        The leaves are added as the iterator is exhausted.
        """
        added = 0
        while added < len(leaves):
            last = self._levels[0]
            more = leaves[added : added + WIDTH - len(last)]
            last += more
            added += len(more)
            self.size += len(more)
            if len(last) == WIDTH:
                yield from self._complete()

    def root(self) -> bytes:
        """Return the root over all entries that were added."""
        found: bytes | None = None
        for hashes in self._levels:
            end = len(hashes)
            while end:
                width = end & -end  # the smallest complete subtree stands last
                part = root_of(hashes[end - width : end])
                found = part if found is None else node_hash(part, found)
                end -= width
        return EMPTY_ROOT if found is None else found

    def partial(self) -> Sequence[tuple[int, Sequence[bytes]]]:
        """Return for each level of tiles, from 0, the hashes of the tile that is not complete yet."""
        return [(level, tuple(hashes)) for level, hashes in enumerate(self._levels)]

    def _complete(self) -> Iterator[Whole]:
        level = 0
        while len(self._levels[level]) == WIDTH:
            hash = _tile_root(self._levels[level])
            self._levels[level] = []
            level += 1
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(hash)
            yield Whole(level, (self.size >> 8 * level) - 1, hash)


def leaves_of(entries: Sequence[bytes]) -> list[bytes]:
    """Return the hashes of published entries."""
    return [leaf_hash(entry) for entry in entries]


def _tile_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over a full tile. Most of the time of a verification is spent here."""
    level = hashes
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return level[0]
