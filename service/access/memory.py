"""What was found out about a secret, remembered by a keyed hash, so that memory holds no secret."""

import hashlib
import secrets
from typing import Generic, TypeVar

MOST = 10_000
Found = TypeVar("Found")
Header = tuple[bytes, bytes]


class Memory(Generic[Found]):
    """What was found by the name and value of a header; of too many, all are forgotten."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._key = most, secrets.token_bytes(32)
        self._found: dict[bytes, Found] = {}

    def get(self, shown: Header) -> Found | None:
        """What was found by this header."""
        return self._found.get(self._hash(shown))

    def keep(self, shown: Header, found: Found) -> None:
        """Remember what was found."""
        if len(self._found) >= self._most:
            self._found = {}
        self._found[self._hash(shown)] = found

    def forget(self) -> None:
        """Forget everything."""
        self._found = {}

    def _hash(self, shown: Header) -> bytes:
        return hashlib.blake2b(b":".join(shown), key=self._key, digest_size=16).digest()
