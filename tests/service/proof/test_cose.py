"""Receipts in COSE: the same proof in CBOR, which verifiers of others read."""

from itertools import count

import cbor2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from scitt_cose.receipt import ReceiptResult, verify_receipt

from service.proof.cose import Included, cose_receipt, signed_root, verified_cose_receipt
from service.proof.errors import BadSignature, Malformed, NotIncluded, NotProved
from service.proof.keys import PublicKey
from tests.effort import examples
from tests.service.proof.logs import ORIGIN, Log, key

LOG = Log(11)
KEY = LOG.keys[0]
SIGNED = signed_root(11, LOG.root(11), KEY)


def receipt(index: int, size: int = 11, log: Log = LOG) -> bytes:
    return cose_receipt(signed_root(log.size, log.root(log.size), KEY), size, index, log.path(index))


RECEIPT = receipt(5)


def by_scitt(encoded: bytes, entry: bytes, public: PublicKey = KEY.public) -> ReceiptResult:
    """What the verifier of another project says."""
    pem = Ed25519PublicKey.from_public_bytes(public.content).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return verify_receipt(encoded, leaf_entry_hex=entry.hex(), log_public_key_pem=pem)


@pytest.mark.parametrize("size", [1, 2, 3, 11, 256, 257, 300])
def test_a_verifier_of_others_finds_what_we_find(size: int) -> None:
    log = Log(size)
    for index in {0, size // 2, size - 1}:
        encoded = receipt(index, size, log)
        theirs = by_scitt(encoded, log.entries[index])
        assert theirs.ok, theirs.errors
        assert (theirs.leaf_index, theirs.tree_size, theirs.issuer) == (index, size, ORIGIN)
        assert theirs.root == log.root(size).hex()
        ours = verified_cose_receipt(encoded, log.entries[index], [KEY.public])
        assert ours == Included(ORIGIN, index, size, log.root(size))


def test_it_says_by_which_key_about_which_checkpoint() -> None:
    protected, unprotected, payload, signature = cbor2.loads(RECEIPT).value
    assert cbor2.loads(protected) == {
        1: -8,
        4: KEY.public.id,
        15: {1: ORIGIN, 2: f"{ORIGIN}/v1/log/checkpoints/11"},
        395: 1,
    }
    [proof] = unprotected[396][-1]
    assert cbor2.loads(proof) in ([11, 5, LOG.path(5)], (11, 5, tuple(LOG.path(5))))
    assert payload is None and len(signature) == 64


def test_neither_takes_it_for_another_entry_or_another_key() -> None:
    other = key(ORIGIN, 2).public
    assert not by_scitt(RECEIPT, LOG.entries[4]).ok
    assert not by_scitt(RECEIPT, LOG.entries[5], other).ok
    with pytest.raises(BadSignature, match="has not signed a tree with this entry at index 5"):
        verified_cose_receipt(RECEIPT, LOG.entries[4], [KEY.public])
    with pytest.raises(BadSignature, match=f"no key {KEY.public.id.hex()} of the log"):
        verified_cose_receipt(RECEIPT, LOG.entries[5], [other])


def test_the_size_is_signed_as_well() -> None:
    """A tree of 3 has the same path for its last entry as one of 5: RFC 9942 signs the root alone."""
    small = Log(3)
    claimed = cose_receipt(signed_root(3, small.root(3), KEY), 5, 4, small.path(2))
    assert by_scitt(claimed, small.entries[2]).leaf_index == 4
    with pytest.raises(Malformed, match="another tree than that of 5 entries"):
        verified_cose_receipt(claimed, small.entries[2], [KEY.public])


def test_a_path_of_another_length_cannot_be_for_the_entry() -> None:
    long = cose_receipt(SIGNED, 11, 5, [*LOG.path(5), bytes(32)])
    with pytest.raises(NotIncluded, match="too long"):
        verified_cose_receipt(long, LOG.entries[5], [KEY.public])


@examples(400)
@given(st.data())
def test_one_in_which_a_byte_is_altered_is_refused(data: st.DataObject) -> None:
    encoded = bytearray(RECEIPT)
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(NotProved):
        verified_cose_receipt(bytes(encoded), LOG.entries[5], [KEY.public])


def message(head: dict[object, object], **changed: object) -> bytes:
    """A message like ours with another protected header or other parts, signed by nobody."""
    protected, unprotected, payload, signature = cbor2.loads(RECEIPT).value
    own = dict(cbor2.loads(protected)) | head
    parts = {"u": unprotected, "p": payload, "s": signature} | changed
    return cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps(own), parts["u"], parts["p"], parts["s"]]))


def proof(*parts: object) -> dict[str, object]:
    return {"u": {396: {-1: [cbor2.dumps(list(parts))]}}}


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\xff",
        RECEIPT + b"\0",
        RECEIPT[:-1],
        RECEIPT[1:],
        b"\x81" * 5_000,
        b"\0" * 20_000,
        SIGNED,
        cbor2.dumps(cbor2.CBORTag(17, cbor2.loads(RECEIPT).value)),
        message({1: -7}),
        message({395: 2}),
        message({2: [395]}),
        message({4: "id"}),
        message({15: {1: ORIGIN}}),
        message({}, p=LOG.root(11)),
        message({}, u={}),
        message({}, u={396: {-1: []}}),
        message({}, u={396: {-1: list(cbor2.loads(RECEIPT).value[1][396][-1]) * 2}}),
        message({}, s="signature"),
        message({}, **proof(11, 5)),
        message({}, **proof(11, 11, [])),
        message({}, **proof(11, -1, [])),
        message({}, **proof(True, False, [])),
        message({}, **proof(11, 5, [bytes(31)])),
        message({}, **proof(11, 5, ["a" * 32])),
        message({}, **proof(11, 5, [bytes(32)] * 64)),
    ],
    ids=count(),
)
def test_what_is_no_receipt(encoded: bytes) -> None:
    with pytest.raises(Malformed):
        verified_cose_receipt(encoded, LOG.entries[5], [KEY.public])


def test_a_receipt_is_made_of_a_signed_root_alone() -> None:
    with pytest.raises(Malformed, match="not the signed root"):
        cose_receipt(LOG.checkpoint(), 11, 5, LOG.path(5))


def test_what_is_larger_than_any_receipt_is_not_decoded() -> None:
    with pytest.raises(Malformed, match="has 10001 bytes, and 10000 are the most"):
        verified_cose_receipt(RECEIPT + bytes(10_001 - len(RECEIPT)), LOG.entries[5], [KEY.public])
