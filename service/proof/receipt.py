"""Receipts (C2SP tlog-proof): that an entry is in a log, in one file that is checked offline.

c2sp.org/tlog-proof@v1
extra <base64>              (or no such line)
index <index of the entry>
<hashes of the path to the root, one a line>

<the signed checkpoint>
"""

from dataclasses import dataclass

from service.proof.errors import Malformed, NotIncluded
from service.proof.judgement import Judgement, trusted
from service.proof.lines import content_of, hashes_of, number_of, text_of, written
from service.proof.policy import Policy
from service.tree.checking import ProofRefused, check_inclusion
from service.tree.hashing import leaf_hash

MOST_BYTES = 32_000_000
_FIRST = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt: index and path of an entry, the signed checkpoint; `extra` is signed by nobody."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def encode(self) -> bytes:
        """Return the receipt as a file."""
        lines = [
            _FIRST,
            *([] if self.extra is None else [f"extra {written(self.extra)}"]),
            f"index {self.index}",
            *map(written, self.path),
            "",
        ]
        return "".join(f"{line}\n" for line in lines).encode() + self.checkpoint


def parse_receipt(encoded: bytes) -> Receipt:
    """Read a receipt, whose checkpoint is read when it is verified; raises Malformed."""
    text = text_of(encoded, MOST_BYTES, "the receipt")
    head, blank, checkpoint = text.partition("\n\n")
    first, *lines = head.split("\n")
    if first != _FIRST or not blank:
        raise Malformed(f"a receipt begins with the line {_FIRST}, and an empty line ends its path")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = content_of(lines.pop(0).removeprefix("extra "), "the extra data")
    if not lines or not lines[0].startswith("index "):
        raise Malformed("a receipt has a line with the index of its entry")
    index = number_of(lines.pop(0).removeprefix("index "), "the index")
    return Receipt(index, hashes_of(lines), checkpoint.encode(), extra)


def verified_receipt(receipt: Receipt, entry: bytes, policy: Policy) -> Judgement:
    """Verify that an entry is in a log, by the policy; return what the policy says of the checkpoint.

    Raises Malformed, BadSignature, NoQuorum, or NotIncluded.
    """
    judgement = trusted(policy, receipt.checkpoint)
    _, size, root, _ = judgement.checkpoint
    try:
        check_inclusion(leaf_hash(entry), receipt.index, size, receipt.path, root)
    except ProofRefused as error:
        raise NotIncluded(f"the entry is not at index {receipt.index} of {size}: {error}") from None
    return judgement
