"""Numbers, hashes and other bytes as the lines of the formats write them: in one way only."""

import re
from base64 import b64decode, b64encode

from service.proof.errors import Malformed
from service.tree.hashing import HASH_BYTES

MOST_HASHES = 63
"""Maximum number of hashes in a proof: a tree has fewer than 2**63 leaves."""
MOST_LEAVES = (1 << 63) - 1
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


def written(content: bytes) -> str:
    """Return bytes in base64 (RFC 4648, section 4)."""
    return b64encode(content).decode()


def content_of(written_: str, what: str) -> bytes:
    """Return the bytes that `written` wrote; raises Malformed, which names `what` it should be."""
    try:
        content = b64decode(written_.encode("ascii"), validate=True)
    except ValueError:
        raise Malformed(f"{what} is not in base64: {shown(written_)}") from None
    if written(content) != written_:
        raise Malformed(f"{what} is not in base64 as it is usually written: {shown(written_)}")
    return content


def hash_of(line: str, what: str) -> bytes:
    """Read a hash."""
    content = content_of(line, what)
    if len(content) != HASH_BYTES:
        raise Malformed(f"{what} has {len(content)} bytes and not {HASH_BYTES}")
    return content


def hashes_of(lines: list[str]) -> tuple[bytes, ...]:
    """Read the hashes of a proof."""
    if len(lines) > MOST_HASHES:
        raise Malformed(f"a proof has {MOST_HASHES} hashes at most, and this one has {len(lines)}")
    return tuple(hash_of(line, "a hash of the proof") for line in lines)


def number_of(digits: str, what: str) -> int:
    """Read a number of leaves, an index or a time in seconds: decimal, without zeros before it."""
    if _NUMBER.fullmatch(digits) and (number := int(digits)) <= MOST_LEAVES:
        return number
    raise Malformed(f"{what} is not a decimal number below 2**63: {shown(digits)}")


def text_of(content: bytes, most: int, what: str) -> str:
    """Read UTF-8 of limited size without control characters other than line ends."""
    if len(content) > most:
        raise Malformed(f"{what} has {len(content)} bytes, and {most} are the most")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"{what} is not UTF-8 at byte {error.start}") from None
    if found := _CONTROL.search(text):
        raise Malformed(f"{what} has the control character {found[0]!r}")
    return text


def shown(given: str) -> str:
    """Return what was given, quoted, and no more of it than fits into a message."""
    return repr(given if len(given) <= 80 else f"{given[:79]}…")
