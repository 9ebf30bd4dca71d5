"""What a log and its witness say to each other (C2SP tlog-witness, `add-checkpoint`).

old <size that the witness has seen>
<hashes of the consistency proof, one a line>

<the signed checkpoint>
"""

from collections.abc import Iterable
from typing import NamedTuple

from service.proof.errors import Malformed
from service.proof.lines import hashes_of, number_of, text_of, written
from service.proof.note import MOST_BYTES as MOST_NOTE_BYTES
from service.proof.note import signatures_of
from service.proof.signature import Signature

MOST_BYTES = MOST_NOTE_BYTES + 4_096
"""Maximum size of a request: a note, and 63 hashes of 45 bytes each."""
MOST_ANSWER_BYTES = MOST_NOTE_BYTES
SIZE_TYPE = "text/x.tlog.size"
"""Media type of the answer 409 that names the size which the witness has seen."""


class Addition(NamedTuple):
    """A request: the size that the witness has seen, the proof from there, the signed checkpoint."""

    old: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    def encode(self) -> bytes:
        """Return the body of the request."""
        lines = (f"old {self.old}", *map(written, self.path), "")
        return "".join(f"{line}\n" for line in lines).encode() + self.checkpoint


def parse_addition(body: bytes) -> Addition:
    """Read a request, whose checkpoint is not read yet; raises Malformed."""
    head, blank, checkpoint = text_of(body, MOST_BYTES, "the request").partition("\n\n")
    first, *hashes = head.split("\n")
    if not blank or not first.startswith("old "):
        raise Malformed("a request is a line `old <size>`, hashes, an empty line and a checkpoint")
    old = number_of(first.removeprefix("old "), "the old size")
    path = hashes_of(hashes)
    if path and not old:
        raise Malformed("a proof from size 0 is empty")
    return Addition(old, path, checkpoint.encode())


def encode_cosignatures(cosignatures: Iterable[Signature]) -> bytes:
    """Return the answer of a witness that has cosigned."""
    return "".join(each.line() for each in cosignatures).encode()


def parse_cosignatures(answer: bytes) -> tuple[Signature, ...]:
    """Read the answer of a witness; nothing in it is verified yet. Raises Malformed."""
    return signatures_of(text_of(answer, MOST_ANSWER_BYTES, "the answer of the witness"))


def encode_size(size: int) -> bytes:
    """Return the answer of a witness that has seen another size than the request says."""
    return f"{size}\n".encode()


def parse_size(answer: bytes) -> int:
    """Read the size that a witness has seen; raises Malformed."""
    line, end, rest = text_of(answer, 32, "the answer of the witness").partition("\n")
    if not end or rest:
        raise Malformed("the answer of the witness is not one line with a size")
    return number_of(line, "the size that the witness has seen")
