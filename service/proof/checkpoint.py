"""Checkpoints (C2SP tlog-checkpoint): the size and the root of a log's tree, signed by the log.

<origin: the name of the log>
<size of the tree>
<root in base64>
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from service.proof.errors import BadSignature, Inconsistent, Malformed
from service.proof.keys import PrivateKey, PublicKey
from service.proof.lines import hash_of, number_of, shown, written
from service.proof.note import Note, parse_note, signed, verified
from service.tree.checking import ProofRefused, check_consistency


class Checkpoint(NamedTuple):
    """What a log says of its tree; `extensions` are lines whose meaning is not fixed."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the text that is signed."""
        lines = (self.origin, str(self.size), written(self.root), *self.extensions)
        text = "".join(f"{line}\n" for line in lines)
        if checkpoint_of(text) != self:
            raise Malformed("the lines of a checkpoint are not empty and have no line ends")
        return text


def checkpoint_of(text: str) -> Checkpoint:
    """Read the text of a note; raises Malformed."""
    *lines, rest = text.split("\n")
    if rest or len(lines) < 3 or not all(lines):
        raise Malformed("a checkpoint has an origin, a size and a root, each in a line of its own")
    origin, size, root, *extensions = lines
    return Checkpoint(
        origin,
        number_of(size, "the size of a checkpoint"),
        hash_of(root, "the root of a checkpoint"),
        tuple(extensions),
    )


def signed_checkpoint(checkpoint: Checkpoint, keys: Sequence[PrivateKey]) -> bytes:
    """Sign a checkpoint with the keys of its log; while keys are changed there are two.

    Raises Malformed for a key that has another name than the log.
    """
    for key in keys:
        if key.name != checkpoint.origin:
            raise Malformed(f"the key of {key.name} does not sign for {checkpoint.origin}")
    return signed(checkpoint.text(), keys).encode()


def verified_checkpoint(encoded: bytes, keys: Iterable[PublicKey]) -> Checkpoint:
    """Read a checkpoint that one of these keys of its log has signed.

    Raises Malformed, or BadSignature where no key with the name of the log has signed it.
    """
    note = parse_note(encoded)
    checkpoint = checkpoint_of(note.text)
    refuse_unsigned(note, checkpoint, keys)
    return checkpoint


def refuse_unsigned(note: Note, checkpoint: Checkpoint, keys: Iterable[PublicKey]) -> None:
    """Raise BadSignature unless one of these keys has signed, and has the name of the log."""
    own = [key for key in keys if key.name == checkpoint.origin]
    if not verified(note, own):
        why = "its known keys have not signed it" if own else "no key of that name is known"
        raise BadSignature(f"nobody signs for the log {shown(checkpoint.origin)}: {why}")


def refuse_inconsistent(old: Checkpoint, new: Checkpoint, path: Sequence[bytes]) -> None:
    """Raise Inconsistent unless the path shows that a tree is the beginning of another of its log."""
    if old.origin != new.origin:
        raise Malformed(f"{shown(old.origin)} and {shown(new.origin)} are two logs")
    try:
        check_consistency(old.size, new.size, path, old.root, new.root)
    except ProofRefused as error:
        raise Inconsistent(
            f"{old.origin}: the tree of {old.size} entries is not shown to be the beginning of that of "
            f"{new.size}: {error}"
        ) from None
