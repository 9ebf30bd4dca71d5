"""An entry is written in one way, whose bytes are what everybody hashes."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.tree.entry import TreeEntry, decode_entry
from tests.effort import examples

ENTRY = TreeEntry(16, "2026-01-02T03:04:05.678901Z", bytes(range(32)))
WRITTEN = (
    b'{"v":1,"index":16,"recorded_at":"2026-01-02T03:04:05.678901Z",'
    b'"commit":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"}'
)


def test_what_is_hashed_and_published() -> None:
    assert ENTRY.encode() == WRITTEN
    assert ENTRY.leaf() == sha256(b"\0" + WRITTEN).digest()


@examples(200)
@given(
    st.integers(0, (1 << 63) - 1),
    st.datetimes().map(lambda time: f"{time:%Y-%m-%dT%H:%M:%S.%f}Z".zfill(27)),
    st.binary(min_size=32, max_size=32),
)
def test_every_entry_is_read_back(index: int, recorded_at: str, commitment: bytes) -> None:
    entry = TreeEntry(index, recorded_at, commitment)
    assert decode_entry(entry.encode()) == entry


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"v": 1'),
        (b":16,", b":016,"),
        (b":16,", b":-1,"),
        (b":16,", b":16.0,"),
        (b"000102", b"0001"),
        (b"0a0b", b"0A0B"),
        (b'"}', b'"} '),
        (b'"}', b'","more":1}'),
        (b"2026-", b"\\u0032026-"),
        (b"2026-01-02T03:04:05.678901Z", b"today"),
    ],
)
def test_another_way_of_writing_it_is_none(was: bytes, becomes: bytes) -> None:
    altered = WRITTEN.replace(was, becomes, 1)
    assert altered != WRITTEN
    with pytest.raises(ValueError, match="not an entry"):
        decode_entry(altered)
