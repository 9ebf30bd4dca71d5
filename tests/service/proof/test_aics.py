"""Another implementation of the C2SP formats in Python reads ours; it needs Python 3.12."""

import sys
from types import ModuleType

import pytest

from tests.service.proof.logs import ORIGIN, TIME, Log, witness

LOG = Log(300)
KEY = LOG.keys[0].public.written()
WITNESSES = [witness(n) for n in (1, 2)]


@pytest.fixture(scope="module")
def aics() -> ModuleType:
    """The package, where it can be imported."""
    if sys.version_info < (3, 12):
        pytest.skip("aics-tlog needs Python 3.12")
    return pytest.importorskip("aics_tlog", reason="aics-tlog is not installed")


def test_it_verifies_a_checkpoint_and_its_cosignatures(aics: ModuleType) -> None:
    note = aics.parse_note(LOG.checkpoint(300, *WITNESSES))
    keys = [aics.parse_vkey(each.public.written()) for each in WITNESSES]

    found = aics.verify_checkpoint(
        note, aics.parse_vkey(KEY), keys, 2, expected_origin=ORIGIN, now=TIME
    )

    assert found.ok, found.error
    assert (found.size, found.root) == (300, LOG.root(300))


def test_it_verifies_proofs(aics: ModuleType) -> None:
    for index in (0, 255, 256, 299):
        assert aics.verify_leaf_inclusion(
            LOG.entries[index], index, 300, LOG.path(index), LOG.root(300)
        )
    assert aics.verify_consistency(100, 300, LOG.root(100), LOG.root(300), LOG.consistency(100, 300))
    assert not aics.verify_consistency(100, 300, LOG.root(99), LOG.root(300), LOG.consistency(100, 300))


def test_it_reads_every_tile(aics: ModuleType) -> None:
    tiles = {f"tile/{address}": content for address, content in LOG.tiles().items()}
    aics.audit_tiles(aics.MemoryTileReader(tiles), 300, LOG.root(300))
