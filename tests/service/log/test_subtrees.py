"""The hashes of complete tiles: the same whatever the batches are in which the leaves come."""

from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.log.conformance.trees import naive_root
from service.log.envelope import encode
from service.log.hashes import commitment
from service.log.port import LogDamaged
from service.log.subtrees import completed
from service.log.tree_tables import SubtreeRow
from service.log.upgrade import UPGRADE_BATCH, tree_of
from service.tree.entry import TreeEntry
from tests.service.log.append_only import event, noon

LEAVES = [sha256(b"%d" % n).digest() for n in range(256 * 256 + 300)]


def stored(cuts: list[int]) -> list[SubtreeRow]:
    """What is stored of leaves that come in batches."""
    kept: dict[tuple[int, int], bytes] = {}

    def read(level: int, first: int, end: int) -> list[bytes]:
        return LEAVES[first:end] if level == 0 else [kept[level, n] for n in range(first, end)]

    for first, end in pairwise(cuts):
        for level, n, hash in completed(first, LEAVES[first:end], read):
            assert (level, n) not in kept
            kept[level, n] = hash
    return [(*place, hash) for place, hash in sorted(kept.items())]


def expected(size: int) -> list[SubtreeRow]:
    lowest = [(1, n, naive_root(LEAVES[n * 256 : (n + 1) * 256])) for n in range(size // 256)]
    higher = [(2, n, naive_root(LEAVES[n * 65536 : (n + 1) * 65536])) for n in range(size // 65536)]
    return [*lowest, *higher]


@settings(max_examples=30)
@given(cuts=st.lists(st.integers(0, 1500)))
def test_each_hash_is_stored_once_with_the_leaf_that_completes_it(cuts: list[int]) -> None:
    assert stored([0, *sorted(cuts), 1500]) == expected(1500)


@pytest.mark.parametrize(
    "cuts",
    [
        [0, 65_836],
        [0, 65_535, 65_536, 65_836],
        [0, 65_280, 65_791, 65_836],
        [*range(0, 65_836, 1000), 65_836],
    ],
)
def test_hashes_of_the_second_level_are_those_over_65536_leaves(cuts: list[int]) -> None:
    assert stored(cuts) == expected(65_836)


def test_an_upgrade_stores_the_same() -> None:
    """Of 65,836 events, read in batches, of which some at the beginning are redacted."""
    kept: dict[tuple[int, int], bytes] = {}
    rows, entries = [], []
    for n in range(65_836):
        body, salt = encode(event(f"s{n}"), noon()), b"s" * 32
        gone = n in (0, 1, 5)
        committed = commitment(salt, body)
        salted = (None, None) if gone else (body, salt)
        rows.append((n + 1, "Noted", f"s{n}", 1, *salted, committed))
        entries.append(TreeEntry(n, "2024-05-01T12:00:00Z", committed))

    def read_subtrees(level: int, first: int, end: int) -> list[bytes]:
        return [kept[level, n] for n in range(first, end)]

    times = []
    for batch, subtrees in tree_of(lambda after: rows[after : after + UPGRADE_BATCH], read_subtrees):
        times += batch
        kept.update({(level, n): hash for level, n, hash in subtrees})
    assert times == [(each.recorded_at, each.index + 1) for each in entries]
    leaves = [each.leaf() for each in entries]
    assert kept[2, 0] == naive_root(leaves[:65_536])
    assert [kept[1, n] for n in (0, 256)] == [
        naive_root(leaves[:256]),
        naive_root(leaves[65_536:65_792]),
    ]
    assert len(kept) == 258


def test_an_upgrade_refuses_an_event_that_is_not_as_it_was_stored() -> None:
    body, salt = encode(event("s"), noon()), b"s" * 32
    altered = (1, "Noted", "s", 1, body.replace(b"12:00", b"11:00"), salt, commitment(salt, body))
    with pytest.raises(LogDamaged, match="at position 1: the stored event does not match its hash"):
        next(tree_of(lambda after: [altered], lambda *which: []))
