"""The hashes of the tree (RFC 6962, section 2.1): leaves, nodes, roots."""

from collections.abc import Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256().digest()
"""The root of a tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over the hashes of leaves, or of complete subtrees of one size, in order."""
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        # The last one without a partner goes up as it is: so the split is at the largest power of two.
        pairs = zip(level[::2], level[1::2], strict=False)
        paired = [node_hash(left, right) for left, right in pairs]
        level = paired + level[len(paired) * 2 :]
    return level[0]
