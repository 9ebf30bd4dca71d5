"""Ids for events: random ones (UUID, version 4) as 32 hexadecimal digits."""

import secrets

DRAWN = 64
"""Number of ids for which random bytes are drawn together: asking the system costs more than an id."""
_BYTES = 16


class EventIds:
    """Gives ids, each once. Not safe for use by two threads."""

    def __init__(self) -> None:
        self._drawn: list[str] = []

    def __call__(self) -> str:
        """An id that no other event has."""
        if not self._drawn:
            digits = secrets.token_bytes(_BYTES * DRAWN).hex()
            size = 2 * _BYTES
            self._drawn = [_marked(digits[at : at + size]) for at in range(0, len(digits), size)]
        return self._drawn.pop()


def _marked(digits: str) -> str:
    """Random digits as a UUID, which says in two of them that it is of version 4 and RFC 9562."""
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:12]}4{digits[13:16]}{variant}{digits[17:]}"
