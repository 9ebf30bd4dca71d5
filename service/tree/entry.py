"""An entry: what the tree holds of each event. It names the event's commitment, not its content.

So an entry can be published although the body is restricted, and stays when the body is redacted.
"""

import re
from dataclasses import dataclass

from service.tree.hashing import leaf_hash

_FORM = re.compile(
    rb'\{"v":1,"index":(0|[1-9][0-9]{0,18}),"recorded_at":"([0-9T:.Z-]{20,27})","commit":"([0-9a-f]{64})"\}'
)


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """An entry: its index from 0, the time at which its event was recorded, and its commitment."""

    index: int
    recorded_at: str
    commitment: bytes

    def encode(self) -> bytes:
        """Return the bytes that are hashed and published."""
        return _encoded(self.index, self.recorded_at, self.commitment)

    def leaf(self) -> bytes:
        """Return the hash of the entry in the tree."""
        return entry_leaf(self.index, self.recorded_at, self.commitment)


def entry_leaf(index: int, recorded_at: str, commitment: bytes) -> bytes:
    """Return the hash of an entry in the tree, for those that have many and need only that."""
    return leaf_hash(_encoded(index, recorded_at, commitment))


def _encoded(index: int, recorded_at: str, commitment: bytes) -> bytes:
    return b'{"v":1,"index":%d,"recorded_at":"%b","commit":"%b"}' % (
        index,
        recorded_at.encode(),
        commitment.hex().encode(),
    )


def decode_entry(entry: bytes) -> TreeEntry:
    """Read published bytes; raises ValueError for anything that `encode` does not write."""
    if (found := _FORM.fullmatch(entry)) is None:
        raise ValueError(f"not an entry of a log: {entry[:80]!r}")
    index, recorded_at, commitment = found.groups()
    return TreeEntry(int(index), recorded_at.decode(), bytes.fromhex(commitment.decode()))
