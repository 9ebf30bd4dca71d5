"""Proofs that others made hold here if they hold there."""

import json

import pytest

from service.tree.checking import ProofRefused
from tests.service.tree.vectors import FILE, SHARED, Vector, compacted, vectors_of

CONTENT = json.loads(FILE.read_text())
VECTORS = vectors_of(CONTENT)
NO_HASHES = "additional/sizes-are-equal-one-and-proof-is-empty"
"""Expects the same nine bytes as both roots to pass; a root has 32, so we refuse it."""


def test_there_are_as_many_as_were_published_and_their_source_is_named() -> None:
    assert len(VECTORS) == 196
    assert sum(each.holds for each in VECTORS) == 12
    assert CONTENT["source"] == "github.com/transparency-dev/merkle testdata"
    assert CONTENT["licence"] == "Apache-2.0" and len(CONTENT["commit"]) == 40


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: f"{each.kind}-{each.name}")
def test_a_proof_holds_or_is_refused_as_others_say(vector: Vector) -> None:
    if vector.holds and vector.name != NO_HASHES:
        vector.check()
    else:
        with pytest.raises(ProofRefused):
            vector.check()


def test_the_one_that_we_refuse_has_roots_that_are_no_hashes() -> None:
    [found] = [each for each in VECTORS if each.name == NO_HASHES]
    assert found.holds and {len(each) for each in found.hashes} == {12}
    with pytest.raises(ProofRefused, match="a hash has 32 bytes"):
        found.check()


def test_the_figures_are_those_of_the_shared_file() -> None:
    if not SHARED.exists():
        pytest.skip(f"{SHARED} is not there, so our figures are not compared with it")
    assert compacted(json.loads(SHARED.read_text())) == CONTENT
