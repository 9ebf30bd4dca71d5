"""What a receipt of ours encloses as its extra data: the entry, and the body for who may read it.

Extra data is signed by nobody. The entry is proved by the receipt, and the body by the commitment
that the entry holds.

    {"entry": "<the entry, as it is hashed>", "salt": "<hex>", "body": "<the stored event>"}
"""

import json
from dataclasses import dataclass

from service.log.hashes import SALT_BYTES, commitment
from service.proof.errors import BodyAltered, Malformed, NotIncluded
from service.proof.receipt import Receipt
from service.tree.entry import TreeEntry, decode_entry


@dataclass(frozen=True, slots=True)
class Enclosure:
    """An entry, and the salt and body of its event unless they are withheld or redacted."""

    entry: bytes
    salt: bytes | None = None
    body: bytes | None = None

    def encode(self) -> bytes:
        """Return the extra data of a receipt."""
        found = {"entry": self.entry.decode()}
        if self.salt is not None and self.body is not None:
            found |= {"salt": self.salt.hex(), "body": self.body.decode()}
        return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def enclosed(receipt: Receipt) -> Enclosure | None:
    """Return what a receipt encloses, None for nothing.

    Raises Malformed for extra data of another form, as the receipts of other logs may have it.
    """
    if receipt.extra is None:
        return None
    try:
        match json.loads(receipt.extra):
            case {"entry": str(entry), "salt": str(salt), "body": str(body), **rest} if not rest:
                return Enclosure(entry.encode(), bytes.fromhex(salt), body.encode())
            case {"entry": str(entry), **rest} if not rest:
                return Enclosure(entry.encode())
    except (ValueError, RecursionError):
        pass
    raise Malformed("the extra data of the receipt is not what this log encloses")


def checked(enclosure: Enclosure, index: int) -> TreeEntry:
    """Return the entry at this index, whose body, if it is there, is the one that it commits to.

    Raises Malformed, NotIncluded where the entry is another one's, or BodyAltered.
    """
    try:
        entry = decode_entry(enclosure.entry)
    except ValueError as error:
        raise Malformed(str(error)) from None
    if entry.index != index:
        raise NotIncluded(f"the entry has the index {entry.index}, and the receipt is for {index}")
    if enclosure.salt is not None and enclosure.body is not None:
        refuse_altered(entry, enclosure.salt, enclosure.body)
    return entry


def refuse_altered(entry: TreeEntry, salt: bytes, body: bytes) -> None:
    """Raise BodyAltered unless these are the salt and body that the entry commits to."""
    if len(salt) != SALT_BYTES or commitment(salt, body) != entry.commitment:
        raise BodyAltered(f"the body at index {entry.index} is not the one that the entry commits to")
