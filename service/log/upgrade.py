"""Hashes for a log that has none: the step from version 1 of the schema to version 2.

The hashes are those of the bytes that are there: damage from before cannot be seen by them, so the
upgrade refuses a log that already contradicts itself. Of an event that was redacted before, the bytes
are gone and so is its commitment: 32 zeros stand for it, and the running digest goes on over them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from service.log.damage import COLUMNS, MISSING, front_fits
from service.log.hashes import EMPTY, UNKNOWN, commitment, digest_after, key_check
from service.log.port import LogDamaged

UPGRADE_BATCH = 1000


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


def checksums_of(rows: Iterable[Sequence[Any]]) -> list[tuple[bytes, str]]:
    """Return checksum and name of each of these keys: name, position, digest."""
    return [(key_check(name, position, bytes(digest)), name) for name, position, digest in rows]


def _refuse_contradiction(row: Sequence[Any], expected: int) -> None:
    position, type, stream, version, body, index, _ = row
    if position != expected or index != position - 1 or type is None:
        raise LogDamaged(MISSING, expected)
    if body is not None and not front_fits(bytes(body), type, stream, version):
        raise LogDamaged(COLUMNS, position)
