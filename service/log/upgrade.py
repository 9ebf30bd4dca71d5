"""What a log of an older schema lacks: from version 1 to 2 its hashes, from 2 to 3 its tree.

The hashes are those of the bytes that are there: damage from before cannot be seen by them, so the
upgrade refuses a log that already contradicts itself. Of an event that was redacted before, the bytes
are gone and so is its commitment: 32 zeros stand for it, and the running digest goes on over them. Its
time is gone as well: that of the event before it takes its place.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from service.log.damage import COLUMNS, MISSING, front_fits, verified
from service.log.envelope import recorded_in
from service.log.hashes import EMPTY, UNKNOWN, commitment, digest_after, key_check
from service.log.port import LogDamaged
from service.log.subtrees import Read, completed
from service.log.tree_tables import SubtreeRow
from service.tree.entry import entry_leaf
from service.tree.tiles import WIDTH

WITH_HASHES = 2
"""The version of the schema from which on a log has hashes."""
EPOCH = "1970-01-01T00:00:00Z"
UPGRADE_BATCH = 4 * WIDTH
"""A multiple of the tiles' width, so that a batch begins where a tile does."""


def seals_of(
    read: Callable[[int], Sequence[Sequence[Any]]],
) -> Iterator[list[tuple[bytes, bytes, int]]]:
    """Yield commitment, digest and position of every event, batch by batch.

    `read` returns the rows after a position: position, type, stream, version, body, index, salt.
    """
    position, digest = 0, EMPTY
    while rows := read(position):
        batch = []
        for row in rows:
            _refuse_contradiction(row, position + 1)
            position, body, salt = row[0], row[4], row[6]
            committed = UNKNOWN if body is None else commitment(bytes(salt), bytes(body))
            digest = digest_after(digest, committed)
            batch.append((committed, digest, position))
        yield batch


def tree_of(
    read: Callable[[int], Sequence[Sequence[Any]]], read_subtrees: Read
) -> Iterator[tuple[list[tuple[str, int]], list[SubtreeRow]]]:
    """Yield recorded_at and position of every event, and the hashes of complete tiles, batch by batch.

    `read` returns the rows after a position: position, type, stream, version, body, salt, commitment.
    `read_subtrees` returns the hashes that were yielded before, by level, first number and end.
    """
    position, recorded_at = 0, ""
    while rows := read(position):
        if not recorded_at:
            recorded_at = _first_time(rows)
        times, leaves = list[tuple[str, int]](), list[bytes]()
        for expected, row in enumerate(rows, position + 1):
            recorded_at = _time_of(row, expected) or recorded_at
            times.append((recorded_at, expected))
            leaves.append(entry_leaf(expected - 1, recorded_at, bytes(row[6])))
        yield times, completed(position, leaves, read_subtrees)
        position += len(rows)


def checksums_of(rows: Iterable[Sequence[Any]]) -> list[tuple[bytes, str]]:
    """Return checksum and name of each of these keys: name, position, digest."""
    return [(key_check(name, position, bytes(digest)), name) for name, position, digest in rows]


def _time_of(row: Sequence[Any], expected: int) -> str | None:
    """The time of an event, None once redacted; raises LogDamaged if it is not as it was stored."""
    position, type, stream, version, body, salt, commitment = row
    if position != expected or type is None:
        raise LogDamaged(MISSING, expected)
    verified([(position, type, stream, version, body or b"", salt, commitment)])
    return recorded_in(bytes(body)) if body is not None else None


def _first_time(rows: Sequence[Sequence[Any]]) -> str:
    """The first time that is known, for events before it; the epoch if none of a batch is."""
    return next((recorded_in(bytes(row[4])) or EPOCH for row in rows if row[4] is not None), EPOCH)


def _refuse_contradiction(row: Sequence[Any], expected: int) -> None:
    position, type, stream, version, body, index, _ = row
    if position != expected or index != position - 1 or type is None:
        raise LogDamaged(MISSING, expected)
    if body is not None and not front_fits(bytes(body), type, stream, version):
        raise LogDamaged(COLUMNS, position)
