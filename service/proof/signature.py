"""A signature line of a note: whose key, and the bytes that it signed with.

— <name of the key> <base64 of the key's id (4 bytes) and the signature>
"""

from typing import NamedTuple

from service.proof.errors import Malformed
from service.proof.lines import content_of, shown, written

KEY_ID_BYTES = 4
_DASH = "— "


class Signature(NamedTuple):
    """A signature: the name and the id of the key, and what the key made of the text."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """Return its line, with the line end."""
        return f"{_DASH}{self.name} {written(self.key_id + self.value)}\n"


def signature_of(line: str) -> Signature:
    """Read a line, without its line end."""
    dash, name, value = line[: len(_DASH)], *line[len(_DASH) :].partition(" ")[::2]
    if dash != _DASH or not value:
        raise Malformed(f"not a signature line: {shown(line)}")
    refuse_name(name)
    content = content_of(value, f"the signature by {shown(name)}")
    if len(content) <= KEY_ID_BYTES:
        raise Malformed(f"the signature by {shown(name)} is too short")
    return Signature(name, content[:KEY_ID_BYTES], content[KEY_ID_BYTES:])


def refuse_name(name: str) -> None:
    """Raise Malformed for what cannot be the name of a key."""
    if not name or "+" in name or any(each.isspace() or each < " " for each in name):
        raise Malformed(f"the name of a key is not empty and has no space and no plus: {shown(name)}")
