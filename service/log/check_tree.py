"""Verifies the tree of a log in the pass that verifies its events: stored hashes, and signed roots."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

from service.log.errors import LogDamaged
from service.log.recorder import LARGEST, Recorder
from service.log.tree import StoredCheckpoint
from service.log.tree_tables import EntryRow
from service.tree.entry import entry_leaf
from service.tree.hashing import EMPTY_ROOT, node_hash
from service.tree.tiles import HEIGHT, MOST_LEVELS, WIDTH

UNFIT = "the stored hash of tile {} of level {} does not fit the entries"
GONE = "the hash of tile {} of level {} is missing"
BEYOND = "there are hashes of level {} beyond the entries"
UNREADABLE = "the checkpoint of {} entries cannot be read"
OTHER_ROOT = "the checkpoint of {} entries signs another root than that of the log"
OUT_OF_REACH = "the checkpoint of {} entries is beyond the end of the log"


class TreeCheck:
    """One check of a tree, entry by entry from the first: in memory are only the hashes of its edge.

    Where entries cannot be read, the stored hash of their tile takes the place of theirs; where that
    does not fit, the stored hash of the next higher level does. So each damage is named once, and what
    comes after is verified all the same.
    """

    def __init__(self, recorder: Recorder[Any]) -> None:
        self._tables = recorder.tree
        self._edge: list[tuple[int, bytes | None]] = []
        self._size = 0
        self._signed: list[StoredCheckpoint] = []
        self._sought = -1

    def passed(self, c: Any, entries: Sequence[EntryRow], until: int) -> list[LogDamaged]:
        """Take the entries up to a position, and return what is wrong with hashes and checkpoints."""
        found = self._signs(c) if self._size == 0 else []
        at = {row[0]: row for row in entries}
        for position in range(self._size + 1, until + 1):
            found += self._take(c, at.get(position))
            found += self._signs(c)
        return found

    def ended(self, c: Any, head: int) -> list[LogDamaged]:
        """Return what is stored beyond the end of the log, once its entries were taken."""
        found = self._signs(c) if self._size == head == 0 else []
        beyond = self._tables.select_checkpoints(c, head, 1)
        found += [LogDamaged(OUT_OF_REACH.format(each.size), each.size) for each in beyond]
        for level in range(1, MOST_LEVELS + 1):
            end = head >> HEIGHT * level
            if self._tables.select_subtrees(c, level, end, LARGEST):
                found.append(LogDamaged(BEYOND.format(level), None))
        return found

    def _take(self, c: Any, row: EntryRow | None) -> list[LogDamaged]:
        """Add one entry to the edge, and compare what it completes."""
        found: list[LogDamaged] = []
        level, hash = 0, _leaf(self._size, row)
        self._size += 1
        while self._edge and self._edge[-1][0] == level:
            level, hash = level + 1, _node(self._edge.pop()[1], hash)
            if level % HEIGHT == 0:
                hash, faults = self._compared(c, level // HEIGHT, hash)
                found += faults
        self._edge.append((level, hash))
        return found

    def _compared(
        self, c: Any, level: int, hash: bytes | None
    ) -> tuple[bytes | None, list[LogDamaged]]:
        """Compare the hash of a tile with the stored one; return the one that counts from here on."""
        n = (self._size >> HEIGHT * level) - 1
        stored = self._tables.select_subtrees(c, level, n, n + 1)
        if not stored:
            return hash, [LogDamaged(GONE.format(n, level), self._size)]
        if hash is not None and stored != [hash]:
            return None, [LogDamaged(UNFIT.format(n, level), self._size)]
        return stored[0], []

    def _signs(self, c: Any) -> list[LogDamaged]:
        """Compare the checkpoint of this size with the tree, if there is one."""
        if not self._signed and self._sought <= self._size:
            self._signed = self._tables.select_checkpoints(c, self._size - 1, WIDTH)
            self._sought = LARGEST if not self._signed else self._size
        if not self._signed or self._signed[0].size != self._size:
            return []
        checkpoint = self._signed.pop(0)
        signed = signed_root(checkpoint)
        if signed is None:
            return [LogDamaged(UNREADABLE.format(self._size), self._size)]
        root = self._root()
        if root is not None and root != signed:
            return [LogDamaged(OTHER_ROOT.format(self._size), self._size)]
        return []

    def _root(self) -> bytes | None:
        """The root over the edge, None where a hash of it is not known."""
        if not self._edge:
            return EMPTY_ROOT
        root = self._edge[-1][1]
        for _, hash in self._edge[-2::-1]:
            root = _node(hash, root)
        return root


def signed_root(checkpoint: StoredCheckpoint) -> bytes | None:
    """Return the root that a checkpoint signs, None if its note is none of its size.

    Of the note only the second line, the size, and the third, the root in base64, are read.
    """
    if not isinstance(checkpoint.note, bytes):  # SQLite stores a value of any kind in any column
        return None
    lines = checkpoint.note.split(b"\n", 3)
    if len(lines) < 4 or lines[1] != b"%d" % checkpoint.size:
        return None
    try:
        root = b64decode(lines[2], validate=True)
    except ValueError:
        return None
    return root if b64encode(root) == lines[2] else None


def _leaf(index: int, row: EntryRow | None) -> bytes | None:
    if row is None or not isinstance(row[3], bytes) or not isinstance(row[5], str):
        return None
    return entry_leaf(index, row[5], row[3])


def _node(left: bytes | None, right: bytes | None) -> bytes | None:
    return None if left is None or right is None else node_hash(left, right)
