"""A proof in which anything is altered never holds."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.tree.checking import ProofRefused, check_consistency, check_inclusion
from service.tree.proving import consistency_proof, inclusion_proof, root_at
from tests.effort import examples
from tests.service.tree.trees import Tree, leaves_of

MOST = 600
TREE = Tree(leaves_of(MOST))
Hashes = list[bytes]


class Proof(NamedTuple):
    """A proof as the list of all hashes in it, and the check of such a list."""

    hashes: Hashes
    check: Callable[[Hashes], None]


@st.composite
def proofs(draw: st.DrawFn) -> Proof:
    """Proofs of both kinds, none of a tree with itself."""
    size = draw(st.integers(2, MOST))
    root = root_at(size, TREE.subtree)
    at = draw(st.integers(1, size - 1))
    if draw(st.booleans()):
        path = inclusion_proof(at, size, TREE.subtree)
        return Proof(
            [TREE.leaves[at], root, *path], lambda h: check_inclusion(h[0], at, size, h[2:], h[1])
        )
    path = consistency_proof(at, size, TREE.subtree)
    old = root_at(at, TREE.subtree)
    return Proof([old, root, *path], lambda h: check_consistency(at, size, h[2:], h[0], h[1]))


def refused(proof: Proof, altered: Hashes) -> None:
    proof.check(proof.hashes)
    with pytest.raises(ProofRefused):
        proof.check(altered)


@examples(400)
@given(proofs(), st.data())
def test_a_changed_bit(proof: Proof, data: st.DataObject) -> None:
    at, bit = data.draw(st.integers(0, len(proof.hashes) - 1)), data.draw(st.integers(0, 255))
    altered = list(proof.hashes)
    altered[at] = (int.from_bytes(altered[at], "big") ^ 1 << bit).to_bytes(32, "big")
    refused(proof, altered)


@examples(400)
@given(proofs(), st.data())
def test_a_byte_more_or_less(proof: Proof, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(proof.hashes) - 1))
    altered = list(proof.hashes)
    altered[at] = data.draw(st.sampled_from([altered[at][:-1], altered[at] + b"\0", b""]))
    refused(proof, altered)


@examples(400)
@given(proofs(), st.data())
def test_a_hash_dropped_from_the_path(proof: Proof, data: st.DataObject) -> None:
    assume(len(proof.hashes) > 2)
    at = data.draw(st.integers(2, len(proof.hashes) - 1))
    refused(proof, proof.hashes[:at] + proof.hashes[at + 1 :])


@examples(400)
@given(proofs(), st.data())
def test_a_hash_added_to_the_path(proof: Proof, data: st.DataObject) -> None:
    at = data.draw(st.integers(2, len(proof.hashes)))
    more = data.draw(st.one_of(st.sampled_from(proof.hashes), st.binary(min_size=32, max_size=32)))
    refused(proof, [*proof.hashes[:at], more, *proof.hashes[at:]])


@examples(400)
@given(proofs(), st.data())
def test_two_hashes_swapped(proof: Proof, data: st.DataObject) -> None:
    places = st.integers(0, len(proof.hashes) - 1)
    a, b = data.draw(places), data.draw(places)
    assume(proof.hashes[a] != proof.hashes[b])
    altered = list(proof.hashes)
    altered[a], altered[b] = altered[b], altered[a]
    refused(proof, altered)


@examples(400)
@given(st.integers(1, MOST), st.data())
def test_another_index(size: int, data: st.DataObject) -> None:
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-1, size + 1))
    assume(index != other)
    path, root = inclusion_proof(index, size, TREE.subtree), root_at(size, TREE.subtree)
    with pytest.raises(ProofRefused):
        check_inclusion(TREE.leaves[index], other, size, path, root)
