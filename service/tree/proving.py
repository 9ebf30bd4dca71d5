"""Proofs of inclusion and consistency (RFC 9162, sections 2.1.3 and 2.1.4), made from subtrees.

A tree is read by `Subtrees`: `subtree(level, n)` is the hash over the 2**level leaves that begin with
leaf n * 2**level, all of which the tree must hold.
"""

from collections.abc import Callable

from service.tree.hashing import EMPTY_ROOT, node_hash

Subtrees = Callable[[int, int], bytes]


def root_at(size: int, subtree: Subtrees) -> bytes:
    """Return the root of the tree of the first `size` leaves."""
    return _range_hash(0, size, subtree) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, subtree: Subtrees) -> list[bytes]:
    """Return the path from a leaf to the root of the tree of the first `size` leaves.

    Raises ValueError for an index that is not in it.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has none at index {index}")
    path, first, end = list[bytes](), 0, size
    while end - first > 1:
        split = first + _left_leaves(end - first)
        if index < split:
            path.append(_range_hash(split, end, subtree))
            end = split
        else:
            path.append(_range_hash(first, split, subtree))
            first = split
    return path[::-1]


def consistency_proof(old: int, new: int, subtree: Subtrees) -> list[bytes]:
    """Return the proof that the tree of `old` leaves is the beginning of that of `new` leaves.

    It is empty where `old` is 0 or equals `new`. Raises ValueError unless 0 <= old <= new.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} leaves is no beginning of one of {new}")
    path, first, end, whole = list[bytes](), 0, new, True
    if old in (0, new):
        return path
    while old != end:
        split = first + _left_leaves(end - first)
        if old <= split:
            path.append(_range_hash(split, end, subtree))
            end = split
        else:
            path.append(_range_hash(first, split, subtree))
            first, whole = split, False
    if not whole:
        path.append(_range_hash(first, end, subtree))
    return path[::-1]


def _range_hash(first: int, end: int, subtree: Subtrees) -> bytes:
    """Return the hash over leaves that begin where a subtree of their size may begin."""
    size = end - first
    left = _left_leaves(size)
    if size == 1 or left * 2 == size:
        level = size.bit_length() - 1
        return subtree(level, first >> level)
    level = left.bit_length() - 1
    return node_hash(subtree(level, first >> level), _range_hash(first + left, end, subtree))


def _left_leaves(size: int) -> int:
    """Return the largest power of two below a size, which is where a tree is split; 1 for 1 or 2."""
    return 1 << max(size - 1, 1).bit_length() - 1
