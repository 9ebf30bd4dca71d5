"""What the log has published of its tree: checkpoints with all that goes with them, keys, proofs."""

import json
from base64 import b64encode
from typing import Annotated, Literal, NamedTuple

from pydantic import Field
from typing_extensions import TypedDict

from projections.answers.values import Instant
from service.log.tree import LogTree, StoredCheckpoint
from service.proof.checkpoint import checkpoint_of
from service.proof.cose import cose_receipt
from service.proof.enclosure import Enclosure
from service.proof.note import parse_note
from service.proof.receipt import Receipt
from service.proof.signature import signature_of
from service.signing.keyring import RingKey
from service.tree.proving import consistency_proof, inclusion_proof

Base64 = Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]
Salt = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
State = Literal["whole", "withheld", "redacted"]
Size = Annotated[int, Field(ge=0)]


class KeyItem(TypedDict):
    """A public key of the log as verifiers read it, and from and until when it signs.

    `recovers` says what the log had signed under its former name and has lost, where it goes on under
    the name of this key.
    """

    vkey: str
    added_at: Instant
    retired_at: Instant | None
    recovers: str | None


class VerifiersAnswer(TypedDict):
    """The name of a log in its checkpoints, and every key that ever signed it, as it says itself."""

    origin: str
    keys: list[KeyItem]


class CosignedItem(TypedDict):
    """A witness that has cosigned a checkpoint, and when that came here."""

    witness: str
    added_at: Instant


class StampedItem(TypedDict):
    """A time authority whose time stamp a checkpoint has, and when that came here."""

    authority: str
    added_at: Instant


class CheckpointItem(TypedDict):
    """A checkpoint: size and root of the tree, by whom and when it was signed, and the whole note."""

    size: Size
    root: Base64
    origin: str
    signed_at: Instant
    note: str
    cosigned: list[CosignedItem]
    stamped: list[StampedItem]


MOST_HASHES = 64
"""Maximum number of hashes of a proof: one for each level of the largest tree, and one more."""


class TreeHead(TypedDict):
    """A tree: its number of entries, and its root."""

    size: Size
    root: Base64


class ConsistencyAnswer(TypedDict):
    """The proof that the older tree is the beginning of the newer one (RFC 9162, 2.1.4)."""

    older: TreeHead
    newer: TreeHead
    hashes: Annotated[list[Base64], Field(max_length=MOST_HASHES)]


class ProofAnswer(TypedDict):
    """The proof that an event is in the log: its entry, and a receipt with a checkpoint over it.

    `body` has the stored bytes of the event, and `salt` what its entry was made with; both are null
    where they are `redacted`, and `withheld` where the event holds something that is not shown to the
    caller. `verifiers` are the keys that signed the checkpoint, as this server says: trust those that
    you have from elsewhere.
    """

    position: int
    index: int
    entry: str
    state: State
    body: Base64 | None
    salt: Salt | None
    receipt: str
    checkpoint: str
    verifiers: list[str]


class Content(NamedTuple):
    """What of an event a reader is given beside its entry."""

    state: State
    body: bytes | None = None
    salt: bytes | None = None


def note_of(tree: LogTree, stored: StoredCheckpoint) -> bytes:
    """The signed note of a checkpoint, with the cosignatures that have come since."""
    lines = [
        each.value.decode().removesuffix("\n") for each in tree.attachments(stored.size, "cosignature")
    ]
    return parse_note(stored.note).with_signatures(map(signature_of, lines)).encode()


def origin_in(stored: StoredCheckpoint) -> str:
    """The name of the log in a checkpoint."""
    return checkpoint_of(parse_note(stored.note).text).origin


def keys_of(tree: LogTree) -> tuple[RingKey, ...]:
    """Every key that ever signed the log, as it names them itself; none before its first checkpoint."""
    found = tree.newest("keys")
    return () if found is None else tuple(RingKey(**each) for each in json.loads(found[1].value))


def verifiers_of(tree: LogTree, stored: StoredCheckpoint) -> list[str]:
    """The public keys that signed a checkpoint."""
    signed = {(each.name, each.key_id) for each in parse_note(stored.note).signatures}
    keys = keys_of(tree)
    return [each.vkey for each in keys if (each.public.name, each.public.id) in signed]


def receipt_of(tree: LogTree, position: int, stored: StoredCheckpoint, content: Content) -> Receipt:
    """The receipt of an event under a checkpoint that covers it, with what its reader is given."""
    index = position - 1
    [entry] = tree.entries(index, 1)
    path = inclusion_proof(index, stored.size, tree.subtree)
    extra = Enclosure(entry.encode(), content.salt, content.body).encode()
    return Receipt(index, tuple(path), note_of(tree, stored), extra)


def with_cose(tree: LogTree, stored: StoredCheckpoint) -> StoredCheckpoint | None:
    """This checkpoint if it is signed in COSE as well, else the last one that is and covers it.

    One that was stored when the process ended has no such signature.
    """
    if tree.attachments(stored.size, "cose"):
        return stored
    newest = tree.newest("cose")
    return None if newest is None or newest[0] < stored.size else tree.covering(newest[0])


def cose_receipt_of(tree: LogTree, position: int, stored: StoredCheckpoint) -> bytes:
    """The receipt of an event in COSE, with the signature of the newest key."""
    index = position - 1
    path = inclusion_proof(index, stored.size, tree.subtree)
    *_, root = tree.attachments(stored.size, "cose")
    return cose_receipt(root.value, stored.size, index, path)


def proof_answer(
    tree: LogTree, position: int, stored: StoredCheckpoint, content: Content
) -> ProofAnswer:
    """The same as JSON."""
    receipt = receipt_of(tree, position, stored, content)
    [entry] = tree.entries(receipt.index, 1)
    return {
        "position": position,
        "index": receipt.index,
        "entry": entry.encode().decode(),
        "state": content.state,
        "body": None if content.body is None else written(content.body),
        "salt": None if content.salt is None else content.salt.hex(),
        "receipt": receipt.encode().decode(),
        "checkpoint": receipt.checkpoint.decode(),
        "verifiers": verifiers_of(tree, stored),
    }


def checkpoint_item(tree: LogTree, stored: StoredCheckpoint) -> CheckpointItem:
    """A checkpoint as it is listed."""
    checkpoint = checkpoint_of(parse_note(stored.note).text)
    attached = tree.attachments(stored.size)
    return {
        "size": stored.size,
        "root": written(checkpoint.root),
        "origin": checkpoint.origin,
        "signed_at": stored.signed_at,
        "note": note_of(tree, stored).decode(),
        "cosigned": [
            {"witness": each.name, "added_at": each.added_at}
            for each in attached
            if each.kind == "cosignature"
        ],
        "stamped": [
            {"authority": each.name, "added_at": each.added_at}
            for each in attached
            if each.kind == "timestamp"
        ],
    }


def consistency_answer(tree: LogTree, older: int, newer: int) -> ConsistencyAnswer:
    """The proof between two sizes, the older not above the newer."""
    hashes = consistency_proof(older, newer, tree.subtree)
    return {
        "older": _head(tree, older),
        "newer": _head(tree, newer),
        "hashes": [written(each) for each in hashes],
    }


def key_item(key: RingKey) -> KeyItem:
    """A key as it is listed."""
    return {
        "vkey": key.vkey,
        "added_at": key.added_at,
        "retired_at": key.retired_at,
        "recovers": key.recovers,
    }


def _head(tree: LogTree, size: int) -> TreeHead:
    return {"size": size, "root": written(tree.root(size))}


def written(content: bytes) -> str:
    """Bytes in base64."""
    return b64encode(content).decode()
