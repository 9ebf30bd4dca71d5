"""Checks of proofs (RFC 9162, sections 2.1.3.2 and 2.1.4.2): what a reader needs, and nothing else."""

from collections.abc import Iterator, Sequence

from service.tree.hashing import HASH_BYTES, node_hash


class ProofRefused(ValueError):
    """A proof does not show what it should; the message says what is wrong with it."""


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raise ProofRefused unless `path` leads from the leaf at `index` to the root of its tree."""
    _refuse_misshapen(root)
    if root_from(leaf, index, size, path) != root:
        raise ProofRefused("the path does not lead to the root")


def root_from(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root to which `path` leads; raises ProofRefused where its length is wrong."""
    _refuse_misshapen(leaf, *path)
    if not 0 <= index < size:
        raise ProofRefused(f"a tree of {size} leaves has none at index {index}")
    node, last, hashes = index, size - 1, iter(path)
    while last:
        if node & 1:
            leaf = node_hash(_next(hashes), leaf)
        elif node < last:
            leaf = node_hash(leaf, _next(hashes))
        node, last = node >> 1, last >> 1
    _refuse_rest(hashes)
    return leaf


def check_consistency(
    old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Raise ProofRefused unless `path` shows that the tree of `old` leaves is the beginning of the new.

    A tree without leaves is the beginning of every tree and needs an empty path.
    """
    _refuse_misshapen(old_root, new_root, *path)
    if not 0 <= old <= new:
        raise ProofRefused(f"a tree of {old} leaves is no beginning of one of {new}")
    hashes = iter(path)
    if 0 < old < new:
        _follow(old, new, hashes, old_root, new_root)
    elif old == new and old_root != new_root:
        raise ProofRefused(f"there are two different trees of {old} leaves")
    _refuse_rest(hashes)


def _follow(old: int, new: int, hashes: Iterator[bytes], old_root: bytes, new_root: bytes) -> None:
    """Lead a path to both roots."""
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    # A beginning that is one complete subtree is known by its root.
    before = after = _next(hashes) if node else old_root
    while last:
        if node & 1:
            sibling = _next(hashes)
            before, after = node_hash(sibling, before), node_hash(sibling, after)
        elif node < last:
            after = node_hash(after, _next(hashes))
        node, last = node >> 1, last >> 1
    if before != old_root:
        raise ProofRefused("the path does not lead to the root of the older tree")
    if after != new_root:
        raise ProofRefused("the path does not lead to the root of the newer tree")


def _next(hashes: Iterator[bytes]) -> bytes:
    found = next(hashes, None)
    if found is None:
        raise ProofRefused("the path is too short")
    return found


def _refuse_rest(hashes: Iterator[bytes]) -> None:
    if next(hashes, None) is not None:
        raise ProofRefused("the path is too long")


def _refuse_misshapen(*hashes: bytes) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise ProofRefused(f"a hash has {HASH_BYTES} bytes")
