"""The tree of a log over its recorder: read from entries and from the stored hashes of tiles."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Generic

from service.log.errors import LogDamaged
from service.log.recorder import LARGEST, C, Recorder, bounded
from service.log.subtrees import leaves_of, reader
from service.log.tree import ENTRIES, Attachment, Kind, StoredCheckpoint
from service.tree.entry import TreeEntry
from service.tree.hashing import node_hash
from service.tree.proving import root_at
from service.tree.tiles import HEIGHT, WIDTH

UNFIT = "the stored hash of the tile {} of level {} does not fit what it is the hash of"
TILES = 64
"""Number of tiles whose hashes are kept in memory: about 2 MB."""
Levels = list[list[bytes]]
"""The hashes of a tile, then those over two of them, and so on."""


class RecordedTree(Generic[C]):
    """A `LogTree`. `answering` turns failures of the store into what they mean, `refuse_damaged`
    raises LogDamaged for a log in which damage was found."""

    def __init__(
        self,
        recorder: Recorder[C],
        answering: Callable[[], AbstractContextManager[None]],
        refuse_damaged: Callable[[], None],
    ) -> None:
        self._recorder, self._answering = recorder, answering
        self._refuse_damaged = refuse_damaged
        self._tile = lru_cache(TILES)(self._read)

    def size(self) -> int:
        with self._answering():
            return self._recorder.select_head()

    def entries(self, first: int, limit: int = ENTRIES) -> list[TreeEntry]:
        after = max(bounded(first), 0)
        until = bounded(after + max(limit, 0))
        with self._answering(), self._recorder.snapshot() as c:
            rows = self._recorder.tree.select_entries(c, after, until)
            leaves_of(rows, after, after + len(rows))
        return [
            TreeEntry(index, recorded_at or "", commitment or b"")
            for _, index, _, commitment, _, recorded_at in rows
        ]

    def subtree(self, level: int, n: int) -> bytes:
        size = self.size()
        if level < 0 or n < 0 or (n + 1) << level > size:
            raise ValueError(f"the log has no complete subtree {n} of level {level}")
        stored, height = divmod(level, HEIGHT)
        tile, within = divmod(n << height, WIDTH)
        width = min((size >> stored * HEIGHT) - tile * WIDTH, WIDTH)
        return self._tile(stored, tile, width)[height][within >> height]

    def root(self, size: int) -> bytes:
        if not 0 <= size <= self.size():
            raise ValueError(f"the log has no tree of {size} entries")
        return root_at(size, self.subtree)

    def salt(self, position: int) -> bytes | None:
        at = bounded(position)
        with self._answering(), self._recorder.snapshot() as c:
            return next((row[2] for row in self._recorder.tree.select_entries(c, at - 1, at)), None)

    def checkpoints(self, after_size: int = 0, limit: int = 100) -> list[StoredCheckpoint]:
        with self._answering(), self._recorder.snapshot() as c:
            return self._recorder.tree.select_checkpoints(
                c, bounded(after_size), max(bounded(limit), 0)
            )

    def latest(self) -> StoredCheckpoint | None:
        with self._answering(), self._recorder.snapshot() as c:
            return next(iter(self._recorder.tree.select_last_checkpoint(c)), None)

    def covering(self, size: int) -> StoredCheckpoint | None:
        return next(iter(self.checkpoints(size - 1, 1)), None)

    def add_checkpoint(self, size: int, note: bytes, signed_at: str) -> None:
        with self._answering(), self._recorder.writing() as c:
            self._refuse_damaged()
            if _stored(self._recorder.tree.select_checkpoints(c, size - 1, 1), size, note):
                return
            if size < 0 or size > self._recorder.tip(c).position:
                raise ValueError(f"the log has no tree of {size} entries to sign")
            for last in self._recorder.tree.select_last_checkpoint(c):
                if last.size > size:
                    raise ValueError(f"there is a checkpoint of {last.size} entries already")
            self._recorder.tree.insert_checkpoint(c, StoredCheckpoint(size, note, signed_at))

    def attach(self, size: int, kind: Kind, name: str, value: bytes, added_at: str) -> None:
        with self._answering(), self._recorder.writing() as c:
            self._refuse_damaged()
            if all(
                each.size != size for each in self._recorder.tree.select_checkpoints(c, size - 1, 1)
            ):
                raise ValueError(f"there is no checkpoint of {size} entries")
            there = self._recorder.tree.select_attachments(c, 0, LARGEST, size)
            if (kind, name, value) not in [(row[2], row[3], row[4]) for row in there]:
                self._recorder.tree.insert_attachments(c, [(0, size, kind, name, value, added_at)])

    def attachments(self, size: int, kind: Kind | None = None) -> list[Attachment]:
        with self._answering(), self._recorder.snapshot() as c:
            rows = self._recorder.tree.select_attachments(c, 0, LARGEST, bounded(size))
        return [Attachment(*row[2:]) for row in rows if kind in (None, row[2])]

    def newest(self, kind: Kind, name: str | None = None) -> tuple[int, Attachment] | None:
        with self._answering(), self._recorder.snapshot() as c:
            for row in self._recorder.tree.select_newest_attachment(c, kind, name):
                return row[1], Attachment(*row[2:])
        return None

    def _read(self, level: int, n: int, width: int) -> Levels:
        """Read a tile; raises LogDamaged if it is complete and does not fit the hash that is stored."""
        with self._answering(), self._recorder.snapshot() as c:
            read = reader(self._recorder, c)
            levels = _levels(read(level, n * WIDTH, n * WIDTH + width))
            if width == WIDTH and levels[-1] != read(level + 1, n, n + 1):
                raise LogDamaged(UNFIT.format(n, level + 1), None)
        return levels


def _levels(hashes: Sequence[bytes]) -> Levels:
    """Return hashes, and those over each two, four and so on of them that are complete."""
    levels = [list(hashes)]
    while len(last := levels[-1]) > 1:
        levels.append([node_hash(*last[n : n + 2]) for n in range(0, len(last) - 1, 2)])
    return levels


def _stored(found: Sequence[StoredCheckpoint], size: int, note: bytes) -> bool:
    """Whether this very note is stored; raises ValueError if another one of its size is."""
    same = [each for each in found if each.size == size]
    if same and same[0].note != note:
        raise ValueError(f"there is another checkpoint of {size} entries already")
    return bool(same)
