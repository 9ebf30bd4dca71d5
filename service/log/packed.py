"""Pages of the log that were verified event by event, and are known again by a digest of all they hold.

To verify an event takes the interpreter longer than to read it, and a log is replayed again and again.
So a page that was verified is remembered: by the digest of what it is packed to, in which every column
of every event is, and which no other page is packed to. The database packs it by itself, outside of the
interpreter. What has that digest is what was verified, with the same salts and commitments; with any
other its events are read and verified one by one, as if nothing were remembered.
"""

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import sha256
from threading import Lock

from service.log.hashes import SALT_BYTES
from service.log.recorder import Packed, StoredRow

PAGE = 500
"""Number of events of a page; each begins after a multiple of it."""
PAGES_KNOWN = 8_192
"""Maximum number of pages that are remembered, about a megabyte."""
LARGEST_PAGE = 16 * 2**20
"""Maximum size in bytes of the lines of a page that is remembered."""


def digest_of(page: Packed) -> bytes:
    """What a page is known by."""
    hashed = sha256(b"%d,%d," % (len(page.lines), len(page.names)))
    for part in page:
        hashed.update(part)
    return hashed.digest()


def packed(rows: Sequence[StoredRow], lines: bytes) -> Packed | None:
    """Pack verified rows, given their lines; None where the columns could be told apart in two ways."""
    names = "".join(
        [f"{type}\n{stream}\n{version}\n" for _, type, stream, version, *_ in rows]
    ).encode()
    seals = [seal for row in rows for seal in row[5:]]
    whole = (
        all(row[4][:1] == b"{" for row in rows)
        and all(seal is not None and len(seal) == SALT_BYTES for seal in seals)
        and lines.count(b"\n") == len(rows)
        and names.count(b"\n") == 3 * len(rows)
    )
    return Packed(lines, names, b"".join(filter(None, seals))) if whole else None


class KnownPages:
    """The digests of pages that were verified, by the position before each.

    A page is known when it was verified twice: most are read once after a start. Where it did not have
    its digest any more, or the database does not pack it, it is not asked for any more.
    """

    def __init__(self) -> None:
        self._digests = OrderedDict[int, bytes | None]()
        self._lock = Lock()

    def __len__(self) -> int:
        """Number of pages that are remembered."""
        return len(self._digests)

    def digest(self, before: int) -> bytes | None:
        """The digest of the page after a position; none if it is not known."""
        return self._digests.get(before)

    def note(self, before: int, rows: Sequence[StoredRow], lines: bytes) -> None:
        """Note that all events of a page were verified one by one."""
        digest: bytes | None = None
        if before in self._digests:
            digest = b"" if self._digests.get(before) is not None else _known_by(rows, lines)
        with self._lock:
            self._digests[before] = digest
            if len(self._digests) > PAGES_KNOWN:
                self._digests.popitem(last=False)


def _known_by(rows: Sequence[StoredRow], lines: bytes) -> bytes:
    page = packed(rows, lines) if len(lines) <= LARGEST_PAGE else None
    return b"" if page is None else digest_of(page)
