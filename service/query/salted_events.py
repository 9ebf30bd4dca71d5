"""Events with the salts of their commitments, so that a reader can compare them with the log's tree."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from service.log.hashes import commitment
from service.log.port import EventLog, Stored
from service.log.verbatim import Entry


def salted(log: EventLog, seen: Sequence[Stored]) -> Iterator[bytes]:
    """Yield events as they are sent, each with its salt after the position.

    The salt is null where the reader is not shown what was stored, but less. A redacted event has none.
    """
    entries = _entries(log, [each.position for each in seen if each.body])
    for each in seen:
        if not each.body:
            yield each.wire()
            continue
        entry = entries[each.position]
        whole = entry.salt is not None and commitment(entry.salt, each.body) == entry.commitment
        salt = f'"{entry.salt.hex()}"' if whole and entry.salt else "null"
        yield b'{"position":%d,"salt":%b,%b' % (each.position, salt.encode(), each.body[1:])


def _entries(log: EventLog, positions: Sequence[int]) -> dict[int, Entry]:
    """The entries at these positions, those that follow each other read at once."""
    found = dict[int, Entry]()
    with log.snapshot() as stored:
        for _, run in groupby(enumerate(positions), key=lambda each: each[1] - each[0]):
            together = [position for _, position in run]
            read = stored.entries(together[0] - 1, len(together))
            found |= {each.position: each for each in read}
    return found
