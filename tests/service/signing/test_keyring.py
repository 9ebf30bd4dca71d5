"""The key ring: made, rotated with overlap, retired; its files are for their owner alone."""

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.proof.checkpoint import Checkpoint, signed_checkpoint, verified_checkpoint
from service.proof.errors import BadSignature
from service.proof.key_file import KeyUnusable
from service.proof.keys import Kind
from service.signing.keyring import KeyRefused, KeyRing
from service.tree.hashing import EMPTY_ROOT

NAME, LOG, OTHER = "intel.example/log", "0" * 16, "1" * 16
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    """A ring that is not there yet."""
    return KeyRing(tmp_path / "keys", lambda: NOON)


def checkpoint(ring: KeyRing) -> bytes:
    """A checkpoint signed with all keys that sign."""
    return signed_checkpoint(Checkpoint(NAME, 7, EMPTY_ROOT), ring.signing_keys(LOG, NAME))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_key_is_made_when_it_is_needed(ring: KeyRing) -> None:
    [key] = ring.signing_keys(LOG, NAME)
    [listed] = ring.read().keys
    assert (key.name, listed.name, listed.added_at) == (NAME, NAME, "2026-01-31T12:00:00Z")
    assert listed.vkey == key.public.written() and listed.retired_at is None
    assert [each.public for each in ring.signing_keys(LOG, "another.example")] == [key.public]


def test_nobody_but_the_owner_reads_what_is_there(ring: KeyRing) -> None:
    ring.create(NAME)
    assert mode(ring.directory) == 0o700
    assert {mode(each) for each in ring.directory.iterdir()} == {0o600}


@pytest.mark.parametrize("rights", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_not_used(ring: KeyRing, rights: int) -> None:
    made = ring.create(NAME)
    os.chmod(ring.directory / f"{made.id}.key", rights)
    with pytest.raises(KeyUnusable, match="others may use"):
        ring.signing_keys(LOG, NAME)


def test_while_one_key_takes_the_place_of_another_both_sign(ring: KeyRing) -> None:
    old = ring.create(NAME)
    alone = checkpoint(ring)
    new = ring.rotate()
    both = checkpoint(ring)
    ring.retire(old.id)
    after = checkpoint(ring)

    assert old.id != new.id and old.name == new.name
    for signed, keys in ((alone, [old]), (both, [old]), (both, [new]), (after, [new])):
        assert verified_checkpoint(signed, [each.public for each in keys]).size == 7
    for signed, key in ((alone, new), (after, old)):
        with pytest.raises(BadSignature):
            verified_checkpoint(signed, [key.public])
    assert both.count(b"\xe2\x80\x94 ") == 2


def test_a_retired_key_stays_listed_and_its_file_is_gone(ring: KeyRing) -> None:
    old = ring.create(NAME)
    ring.rotate()
    retired = ring.retire(old.id)
    assert retired.retired_at == "2026-01-31T12:00:00Z"
    assert ring.read().keys[0] == retired
    assert not (ring.directory / f"{old.id}.key").exists()


def test_what_would_leave_the_log_unsigned_or_in_doubt_is_refused(ring: KeyRing) -> None:
    with pytest.raises(KeyRefused, match="no key yet"):
        ring.rotate()
    made = ring.create(NAME)
    with pytest.raises(KeyRefused, match="there is a key"):
        ring.create(NAME)
    with pytest.raises(KeyRefused, match="nothing could be signed"):
        ring.retire(made.id)
    with pytest.raises(KeyRefused, match=f"those that do: {made.id}"):
        ring.retire("00000000")
    ring.rotate()
    with pytest.raises(KeyRefused, match=f"intellog key retire {made.id}"):
        ring.rotate()
    with pytest.raises(KeyRefused, match="has signed as"):
        ring.recover(NAME, "seven entries")
    assert len(ring.read().keys) == 2


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n"])
def test_what_is_no_name_of_a_key_changes_nothing(ring: KeyRing, name: str) -> None:
    with pytest.raises(KeyRefused):
        ring.create(name)
    assert ring.read().keys == ()


def test_one_ring_signs_for_one_log(ring: KeyRing) -> None:
    ring.signing_keys(LOG, NAME)
    with pytest.raises(KeyUnusable, match=f"sign for the log {LOG}, and this one is {OTHER}"):
        ring.signing_keys(OTHER, NAME)
    ring.recover("intel.example/log/2", "all of it")
    [key] = ring.signing_keys(OTHER, NAME)
    assert key.name == "intel.example/log/2"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"log": null, "keys": [{"vkey": "x"}]}'])
def test_a_damaged_list_is_not_taken_for_an_empty_one(ring: KeyRing, content: bytes) -> None:
    ring.create(NAME)
    (ring.directory / "ring.json").write_bytes(content)
    with pytest.raises(KeyUnusable, match="is damaged"):
        ring.signing_keys(LOG, NAME)


def test_the_key_of_a_witness_is_another_one(ring: KeyRing) -> None:
    with pytest.raises(KeyUnusable, match="has no key yet"):
        ring.witness_key()
    ring.create(NAME)
    made = ring.witness_key()
    assert (made.name, made.public.kind) == (f"{NAME}/witness", Kind.COSIGNATURE)
    assert ring.witness_key().public == made.public
    assert len(ring.read().keys) == 1
