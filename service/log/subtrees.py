"""Which hashes of the tree are stored: those of complete tiles, with the events that complete them.

Level 1 has a hash for every 256 entries, level 2 one for every 256 hashes of level 1, and so on.
"""

from collections.abc import Callable, Iterable, Sequence

from service.log.errors import LogDamaged
from service.log.hashes import Seal
from service.log.recorder import C, Recorder, Row
from service.log.tree_tables import EntryRow, SubtreeRow
from service.tree.entry import entry_leaf
from service.tree.hashing import root_of
from service.tree.tiles import WIDTH

Read = Callable[[int, int, int], list[bytes]]
"""Returns the hashes of a level with numbers in [first, end); level 0 is that of the leaves."""
UNREADABLE = "its entry in the tree is missing or cannot be read"


def insert_events(
    recorder: Recorder[C], c: C, first: int, rows: Sequence[Row], seals: Sequence[Seal]
) -> None:
    """Insert events at the positions from `first`, and the hashes of the tiles that they complete."""
    recorder.insert(c, first, rows, seals)
    index = first - 1
    whole = (index + len(seals)) // WIDTH * WIDTH
    if whole > index:
        leaves = [
            entry_leaf(at, seal.recorded_at, seal.commitment)
            for at, seal in enumerate(seals[: whole - index], index)
        ]
        recorder.tree.insert_subtrees(c, completed(index, leaves, reader(recorder, c)))


def completed(first: int, leaves: Sequence[bytes], read: Read) -> list[SubtreeRow]:
    """Return the hashes of all tiles that these leaves complete, level by level.

    They are the leaves from the number `first` on; `read` returns those before them.
    """
    rows: list[SubtreeRow] = []
    level, hashes = 0, leaves
    while (whole := (first + len(hashes)) // WIDTH) > (tile := first // WIDTH):
        before = read(level, tile * WIDTH, first) if first % WIDTH else []
        together = [*before, *hashes]
        hashes = [root_of(together[n * WIDTH : (n + 1) * WIDTH]) for n in range(whole - tile)]
        level, first = level + 1, tile
        rows += [(level, n, each) for n, each in enumerate(hashes, first)]
    return rows


def reader(recorder: Recorder[C], c: C) -> Read:
    """Return what reads the stored hashes of a log within a transaction.

    Raises LogDamaged if one of them is not there.
    """

    def read(level: int, first: int, end: int) -> list[bytes]:
        if level == 0:
            return leaves_of(recorder.tree.select_entries(c, first, end), first, end)
        found = recorder.tree.select_subtrees(c, level, first, end)
        if len(found) != end - first:
            raise LogDamaged(f"the hash of a tile of level {level} is missing", None)
        return found

    return read


def leaves_of(rows: Iterable[EntryRow], first: int, end: int) -> list[bytes]:
    """Return the leaves of entries with indexes in [first, end); LogDamaged if one is not there."""
    found = []
    for expected, (position, index, _, commitment, _, recorded_at) in enumerate(rows, first):
        if not position - 1 == index == expected or commitment is None or recorded_at is None:
            raise LogDamaged(UNREADABLE, expected + 1)
        found.append(entry_leaf(index, recorded_at, commitment))
    if len(found) != end - first:
        raise LogDamaged(UNREADABLE, first + len(found) + 1)
    return found
