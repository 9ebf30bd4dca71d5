"""Roots and proofs are those of the definitions, for every size up to 300 and around full tiles."""

import pytest

from service.tree.checking import ProofRefused, check_consistency, check_inclusion
from service.tree.hashing import EMPTY_ROOT, root_of
from service.tree.proving import consistency_proof, inclusion_proof, root_at
from tests.service.tree.trees import Defined, Tree, leaves_of

MOST = 300
SIZES = range(1, MOST + 1)
LEAVES = leaves_of(MOST)
TREE, DEFINED = Tree(LEAVES), Defined(LEAVES)
ROOTS = [DEFINED.root(0, size) for size in range(MOST + 1)]
TILES = 65_536
AROUND = [TILES - 1, TILES, TILES + 1, TILES + 255, TILES + 256, TILES + 257]


def test_every_root_is_that_of_the_definition() -> None:
    for size in (0, *SIZES):
        assert root_of(LEAVES[:size]) == ROOTS[size] == root_at(size, TREE.subtree)
    assert ROOTS[0] == EMPTY_ROOT


def test_every_inclusion_proof_is_that_of_the_definition_and_holds() -> None:
    for size in SIZES:
        for index in range(size):
            path = inclusion_proof(index, size, TREE.subtree)
            assert path == DEFINED.path(index, 0, size), (index, size)
            check_inclusion(LEAVES[index], index, size, path, ROOTS[size])


def test_every_consistency_proof_is_that_of_the_definition_and_holds() -> None:
    for new in SIZES:
        for old in range(1, new + 1):
            path = consistency_proof(old, new, TREE.subtree)
            assert path == DEFINED.proof(old, new), (old, new)
            check_consistency(old, new, path, ROOTS[old], ROOTS[new])


def test_an_empty_tree_is_the_beginning_of_every_tree() -> None:
    for size in (0, 1, 2, 255, 256, 257):
        assert consistency_proof(0, size, TREE.subtree) == []
        check_consistency(0, size, [], EMPTY_ROOT, ROOTS[size])


@pytest.fixture(scope="module")
def wide() -> tuple[Tree, Defined]:
    leaves = leaves_of(AROUND[-1])
    return Tree(leaves), Defined(leaves)


@pytest.mark.parametrize("size", AROUND)
def test_so_they_are_around_a_tree_of_full_tiles(size: int, wide: tuple[Tree, Defined]) -> None:
    tree, defined = wide
    root = defined.root(0, size)
    assert root_at(size, tree.subtree) == root
    for index in {0, 1, 255, 256, TILES - 1, TILES, size // 2, size - 1} & set(range(size)):
        path = inclusion_proof(index, size, tree.subtree)
        assert path == defined.path(index, 0, size)
        check_inclusion(tree.leaves[index], index, size, path, root)
    for old in {1, 255, 256, 257, TILES - 256, TILES - 1, TILES, size - 1, size} & set(range(size + 1)):
        path = consistency_proof(old, size, tree.subtree)
        assert path == defined.proof(old, size)
        check_consistency(old, size, path, defined.root(0, old), root)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 1), (1, 1), (7, 7)])
def test_there_is_no_proof_of_what_is_not_in_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has none at index"):
        inclusion_proof(index, size, TREE.subtree)
    with pytest.raises(ProofRefused, match="has none at index"):
        check_inclusion(LEAVES[0], index, size, [], ROOTS[1])


@pytest.mark.parametrize(("old", "new"), [(1, 0), (-1, 1), (8, 7)])
def test_no_tree_begins_with_a_larger_one(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="no beginning"):
        consistency_proof(old, new, TREE.subtree)
    with pytest.raises(ProofRefused, match="no beginning"):
        check_consistency(old, new, [], ROOTS[1], ROOTS[1])
