"""Signed notes (C2SP signed-note): a text, an empty line, and who signed it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from service.proof.cosignature import parted, statement
from service.proof.errors import BadSignature, Malformed
from service.proof.keys import Kind, PrivateKey, PublicKey
from service.proof.lines import text_of
from service.proof.signature import Signature, signature_of

MOST_BYTES = 1_000_000
MOST_SIGNATURES = 100


class Verified(NamedTuple):
    """A signature that was verified, and the key that made it."""

    key: PublicKey
    signature: Signature


class Note(NamedTuple):
    """A text, with its last line end, and its signatures; nobody has verified them yet."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """Return the note as it is sent and stored."""
        encoded = f"{self.text}\n{''.join(each.line() for each in self.signatures)}".encode()
        if parse_note(encoded) != self:
            raise Malformed("the text of a note ends with a line end, and somebody has signed it")
        return encoded

    def with_signatures(self, more: Iterable[Signature]) -> "Note":
        """Return the note with these signatures as well, and one by each key: the first that it got."""
        by_key = dict[tuple[str, bytes], Signature]()
        for each in (*self.signatures, *more):
            by_key.setdefault((each.name, each.key_id), each)
        return Note(self.text, tuple(by_key.values()))


def parse_note(encoded: bytes) -> Note:
    """Read a note; raises Malformed for anything that is not exactly one."""
    given = text_of(encoded, MOST_BYTES, "the note")
    text, blank, last = given.rpartition("\n\n")
    if not blank or not last.endswith("\n"):
        raise Malformed("a note is a text, an empty line, and lines with signatures")
    return Note(text + "\n", signatures_of(last))


def signatures_of(lines: str) -> tuple[Signature, ...]:
    """Read lines with signatures, each with its line end."""
    *found, rest = lines.split("\n")
    if rest or not found:
        raise Malformed("each signature is a line with a line end")
    if len(found) > MOST_SIGNATURES:
        raise Malformed(f"a note has {len(found)} signatures, and {MOST_SIGNATURES} are the most")
    signatures = tuple(signature_of(line) for line in found)
    if len({(each.name, each.key_id) for each in signatures}) < len(signatures):
        raise Malformed("a note has two signatures by the same key")
    return signatures


def signed(text: str, keys: Sequence[PrivateKey]) -> Note:
    """Sign a text with each of these keys, which are of the kind NOTE."""
    message = text.encode()
    made = [Signature(key.name, key.public.id, key.sign(message, Kind.NOTE)) for key in keys]
    return Note(text, tuple(made))


def verified(note: Note, keys: Iterable[PublicKey]) -> tuple[Verified, ...]:
    """Return the signatures by these keys, in order; those by others are left out.

    Raises BadSignature where the signature by one of these keys does not belong to the text.
    """
    known = {(key.name, key.id): key for key in keys}
    found = []
    for each in note.signatures:
        if key := known.get((each.name, each.key_id)):
            if not _belongs(note.text, each, key):
                raise BadSignature(f"the signature by {each.name} does not belong to this text")
            found.append(Verified(key, each))
    return tuple(found)


def _belongs(text: str, signature: Signature, key: PublicKey) -> bool:
    if key.kind is Kind.NOTE:
        return key.signed(text.encode(), signature.value)
    try:
        time, value = parted(signature.value)
    except Malformed:
        return False
    return key.signed(statement(text, time), value)
