"""Receipts in COSE (RFC 9942): the inclusion of an entry in the same tree, spelled in CBOR.

    18([ << {1: -8 (EdDSA), 4: <id of the key>, 15: {1: <log>, 2: <checkpoint>}, 395: 1 (RFC 9162)} >>,
         {396: {-1: [ << [<size of the tree>, <index>, [<hashes of the path>]] >> ]}},
         nil (the root, which the verifier computes), <signature> ])

The signature covers the first line and the root. Trees of other sizes may have the same path for an
entry at another index, so the size is in the first line as well, in the address of the checkpoint.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cbor2 import CBORDecodeError, CBORTag, dumps, loads

from service.proof.errors import BadSignature, Malformed, NotIncluded
from service.proof.keys import Kind, PrivateKey, PublicKey
from service.proof.lines import MOST_HASHES, MOST_LEAVES, shown
from service.tree.checking import ProofRefused, root_from
from service.tree.hashing import HASH_BYTES, leaf_hash

MEDIA_TYPE = "application/cose"
MOST_BYTES = 10_000
_SIGN1 = 18
_ALGORITHM, _CRITICAL, _KEY_ID, _CLAIMS, _TREE, _PROOFS = 1, 2, 4, 15, 395, 396
_EDDSA, _RFC9162_SHA256, _INCLUSION = -8, 1, -1
_ISSUER, _SUBJECT = 1, 2


@dataclass(frozen=True, slots=True)
class Included:
    """What a verified receipt shows: an entry of a log, its index, and the tree that holds it."""

    origin: str
    index: int
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class _Proof:
    """Where an entry is in a tree, and its path."""

    size: int
    index: int
    path: tuple[bytes, ...]

    def encode(self) -> bytes:
        return dumps([self.size, self.index, list(self.path)])


def signed_root(size: int, root: bytes, key: PrivateKey) -> bytes:
    """Sign the root of a checkpoint for receipts: a COSE_Sign1 without any proof yet.

    Sign only what the log has signed as a checkpoint; the receipts of all its entries are made of it.
    """
    head = {
        _ALGORITHM: _EDDSA,
        _KEY_ID: key.public.id,
        _CLAIMS: {_ISSUER: key.name, _SUBJECT: _subject(key.name, size)},
        _TREE: _RFC9162_SHA256,
    }
    protected = dumps(head)
    return _message(protected, {}, key.sign(_statement(protected, root), Kind.NOTE))


def cose_receipt(signed_root: bytes, size: int, index: int, path: Sequence[bytes]) -> bytes:
    """Write the receipt of an entry, given what `signed_root` made for that size; needs no key."""
    match _loaded(signed_root):
        case CBORTag(tag=18, value=[bytes(protected), _, None, bytes(signature)]):
            proof = _Proof(size, index, tuple(path)).encode()
            return _message(protected, {_PROOFS: {_INCLUSION: [proof]}}, signature)
    raise Malformed("not the signed root of a tree in COSE")


def verified_cose_receipt(encoded: bytes, entry: bytes, keys: Iterable[PublicKey]) -> Included:
    """Verify that an entry is in the tree of a log that has signed with one of these keys.

    Raises Malformed, NotIncluded where the path cannot belong to such an entry, or BadSignature: the
    root is computed and not sent, so another entry shows as a signature over another root.
    """
    protected, proof, signature = _parts(encoded)
    key = _signer(_loaded(protected), proof.size, keys)
    try:
        root = root_from(leaf_hash(entry), proof.index, proof.size, proof.path)
    except ProofRefused as error:
        raise NotIncluded(f"the receipt cannot be for this entry: {error}") from None
    if not key.signed(_statement(protected, root), signature):
        raise BadSignature(f"{key.name} has not signed a tree with this entry at index {proof.index}")
    return Included(key.name, proof.index, proof.size, root)


def _message(protected: bytes, unprotected: dict[int, Any], signature: bytes) -> bytes:
    return dumps(CBORTag(_SIGN1, [protected, unprotected, None, signature]))


def _statement(protected: bytes, root: bytes) -> bytes:
    """Return what is signed (RFC 9052, section 4.4)."""
    return dumps(["Signature1", protected, b"", root])


def _subject(origin: str, size: int) -> str:
    """Return what the signature is about: the checkpoint of this size."""
    return f"{origin}/v1/log/checkpoints/{size}"


def _signer(head: Any, size: int, keys: Iterable[PublicKey]) -> PublicKey:
    """Return the key that the protected header names."""
    match head:
        case {1: -8, 395: 1, 4: bytes(id_), 15: {1: str(issuer), 2: subject}} if _CRITICAL not in head:
            if subject != _subject(issuer, size):
                raise Malformed(f"the receipt is signed for another tree than that of {size} entries")
            for key in keys:
                if (key.name, key.id) == (issuer, id_):
                    return key
            raise BadSignature(f"no key {id_.hex()} of the log {shown(issuer)} is known")
    raise Malformed("the receipt is not signed with EdDSA for a tree of RFC 9162")


def _parts(encoded: bytes) -> tuple[bytes, _Proof, bytes]:
    """Read a receipt: protected header, proof and signature.

    It is refused unless it is written as `cose_receipt` writes it, so that it has one spelling.
    """
    if len(encoded) > MOST_BYTES:
        raise Malformed(f"the receipt has {len(encoded)} bytes, and {MOST_BYTES} are the most")
    match _loaded(encoded):
        case CBORTag(tag=18, value=[bytes(head), {396: {-1: [bytes(given)]}}, None, bytes(signature)]):
            proof = _proof_of(given)
            if _message(head, {_PROOFS: {_INCLUSION: [proof.encode()]}}, signature) == encoded:
                return head, proof, signature
    raise Malformed("not a receipt in COSE with one proof of inclusion and a detached payload")


def _proof_of(given: bytes) -> _Proof:
    match _loaded(given):
        case [int(size), int(index), [*path]] if type(size) is type(index) is int:
            hashes = tuple(each for each in path if isinstance(each, bytes) and len(each) == HASH_BYTES)
            if len(hashes) == len(path) <= MOST_HASHES and 0 <= index < size <= MOST_LEAVES:
                return _Proof(size, index, hashes)
    raise Malformed("the proof in the receipt has no size, index and hashes of a tree")


def _loaded(encoded: bytes) -> Any:
    try:
        return loads(encoded)
    except (CBORDecodeError, ValueError, RecursionError, TypeError) as error:
        raise Malformed(f"the receipt is not in CBOR: {shown(str(error))}") from None
