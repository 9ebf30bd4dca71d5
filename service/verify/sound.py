"""Batches of a file in which everything fits, verified at once: nearly all are so.

What does not fit is found again, and named, by looking at each row (`service.verify.walk`).
"""

from collections.abc import Sequence
from hashlib import sha256
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple

from service.log.hashes import COMMIT
from service.tree.entry import TreeEntry, entry_leaf
from service.verify.bodies import REDACTION, Event

_CHAIN = b"intellog/chain/v1\0"
_WRONG_KIND = (TypeError, ValueError, AttributeError)
"""What values of another kind than expected raise where they are hashed."""
Row = Sequence[Any]


class Sound(NamedTuple):
    """A batch in which everything fits; `redactions` are the events that say what was redacted."""

    leaves: list[bytes]
    times: Sequence[str]
    digests: Sequence[bytes]
    redactions: list[Event]
    bodies: Sequence[bytes]
    commitments: Sequence[bytes]

    def entries(self, first: int) -> list[TreeEntry]:
        """Return the entries, the first of which has this index."""
        pairs = zip(self.times, self.commitments, strict=True)
        return [TreeEntry(index, *each) for index, each in enumerate(pairs, first)]


def sound(events: Sequence[Row], entries: Sequence[Row], first: int, digest: bytes) -> Sound | None:
    """Verify the events and entries from position `first` on; None if anything does not fit.

    `digest` is the running digest before them.
    """
    try:
        return _sound(events, entries, first, digest)
    except _WRONG_KIND:
        return None


def _sound(events: Sequence[Row], entries: Sequence[Row], first: int, digest: bytes) -> Sound | None:
    places, types, streams, versions, bodies = zip(*events, strict=True)
    positions, indexes, times, salts, commitments, digests = zip(*entries, strict=True)
    numbers = range(first, first + len(entries))
    if not places == positions == (*numbers,) or indexes != (*range(first - 1, numbers[-1]),):
        return None
    committed = [
        sha256(COMMIT + salt + body).digest() for salt, body in zip(salts, bodies, strict=True)
    ]
    if committed != [*commitments]:
        return None
    chained = zip((digest, *digests), commitments, strict=False)
    if [sha256(_CHAIN + before + each).digest() for before, each in chained] != [*digests]:
        return None
    if not all(map(_fits, bodies, types, streams, versions, times)):
        return None
    leaves = [*map(entry_leaf, indexes, times, commitments)]
    redactions = [Event(p, b) for p, t, b in zip(places, types, bodies, strict=True) if t == REDACTION]
    return Sound(leaves, times, digests, redactions, bodies, commitments)


def _fits(body: bytes, type: str, stream: str, version: int, time: str) -> bool:
    """Whether the front of an event has these members; no name in it contains `,"` unescaped."""
    at = body.find(b',"type":')
    if not body.startswith(f',"type":{quoted(type)},"v":'.encode(), at):
        return False
    at = body.find(b',"stream":', at)
    front = f',"stream":{quoted(stream)},"version":{version},"recorded_at":"{time}",'
    return body.startswith(front.encode(), at)
