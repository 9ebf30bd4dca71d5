"""The running digests of a file: where they break, and whether something was put in there.

A running digest covers all before it, so it finds the very event at which a file that was altered
differs, where a checkpoint finds only that one of hundreds does.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from service.log.hashes import EMPTY, digest_after

WINDOW = 256
"""How many digests back a break is tried to be explained by entries that were put in."""


class Break(NamedTuple):
    """An entry whose digest does not continue the one before."""

    position: int
    before: bytes
    commitment: bytes
    digest: bytes


class Chain:
    """Follows the running digests, position by position."""

    def __init__(self) -> None:
        self.breaks: dict[int, Break] = {}
        self.explained: set[int] = set()
        """Positions of breaks that are there because of what stands before them."""
        self.inserted: list[int] = []
        """Positions of entries between two that follow each other without them."""
        self._last: bytes | None = EMPTY
        self._computed: bytes | None = None
        self._before: deque[tuple[int, bytes]] = deque([(0, EMPTY)], maxlen=WINDOW)

    def take(self, position: int, commitment: bytes, digest: bytes) -> None:
        """Add the next entry."""
        last = self._last
        computed = digest if last is None else digest_after(last, commitment)
        if last is not None and computed != digest:
            self.breaks[position] = Break(position, last, commitment, digest)
            if self._is_explained(position, commitment, digest):
                self.explained.add(position)
        self._computed = computed if computed != digest else None
        self._last = digest
        self._before.append((position, digest))

    @property
    def end(self) -> bytes | None:
        """The digest that the next entry continues, None if that is not known."""
        return self._last

    def follow(self, first: int, digests: Sequence[bytes]) -> None:
        """Go on after entries that continue each other, the first of which is at this position."""
        self._last, self._computed = digests[-1], None
        self._before.extend(enumerate(digests[-WINDOW:], first + len(digests) - len(digests[-WINDOW:])))

    def skip(self) -> None:
        """Go on after an entry that is missing: what comes next has nothing to continue."""
        self._last = self._computed = None
        self._before.clear()

    def _is_explained(self, position: int, commitment: bytes, digest: bytes) -> bool:
        """Whether only the digest before was altered, or entries were put in before this one."""
        if self._computed is not None and digest_after(self._computed, commitment) == digest:
            return True
        for earlier, known in reversed(self._before):
            if digest_after(known, commitment) == digest:
                self.inserted += range(earlier + 1, position)
                self.explained.update(range(earlier + 1, position))
                return True
        return False
