"""What was looked up in a log and is not there, until the next append begins.

Whoever decides a batch looks up its keys and streams, and the append checks the same ones. In between
nothing can have been stored if no append began; so the second look would find what the first one did.
"""

from collections.abc import Iterable

MOST = 10_000
"""Maximum number of names remembered of either kind."""


class Absent:
    """Names of keys and of streams that the log does not have.

    Each belongs to the time between two appends: what a look-up finds out is noted in the one that
    there was before it began, and is forgotten with it if something was appended meanwhile.
    """

    __slots__ = ("keys", "streams")

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.streams: set[str] = set()

    def note_keys(self, names: Iterable[str]) -> None:
        """Note that there are no keys with these names."""
        _note(self.keys, names)

    def note_streams(self, names: Iterable[str]) -> None:
        """Note that these streams have no events."""
        _note(self.streams, names)


NOTHING_KNOWN = Absent()
"""For a log that another process may write; nothing is noted in it."""


def _note(known: set[str], names: Iterable[str]) -> None:
    if len(known) < MOST:
        known.update(names)
