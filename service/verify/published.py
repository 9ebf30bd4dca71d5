"""The published tree of a server: bundles of entries, and tiles of hashes, compared with each other."""

from collections.abc import Iterator, Sequence

from service.tree.entry import TreeEntry, decode_entry
from service.tree.hashing import HASH_BYTES
from service.tree.tiles import WIDTH, Tile
from service.verify.growing import Whole
from service.verify.server import Server
from service.verify.verdicts import Finding, NotVerified, at

LENGTH_BYTES = 2
_HEAD, _COMMIT = b'{"v":1,"index":%d,"recorded_at":"', -len('","commit":""}') - 64


def entries_of(server: Server, size: int) -> Iterator[list[bytes]]:
    """Yield the entries of a tree, a bundle at a time; raises NotVerified for what is no bundle."""
    for n in range(-(-size // WIDTH)):
        tile = Tile(None, n, min(WIDTH, size - n * WIDTH))
        entries = list(split(server.tile(tile), f"/tile/{tile.address()}"))
        yield entries
        if len(entries) != tile.width:  # an entry that is out of its place was named before
            what = f"it holds {len(entries)} entries, and {tile.width} were signed"
            missing = n * WIDTH + len(entries) + 1
            raise NotVerified("entry-missing", f"/tile/{tile.address()}", what, missing)


def split(bundle: bytes, where: str) -> Iterator[bytes]:
    """Yield the entries of a bundle: each has its length in two bytes before it."""
    start = 0
    while start < len(bundle):
        length = int.from_bytes(bundle[start : start + LENGTH_BYTES], "big")
        end = start + LENGTH_BYTES + length
        if end > len(bundle):
            raise NotVerified("inconsistent", where, "its last entry is cut off")
        yield bundle[start + LENGTH_BYTES : end]
        start = end


def decoded(entry: bytes, index: int) -> TreeEntry:
    """Return a published entry, which must be the one of this index; raises NotVerified."""
    try:
        found = decode_entry(entry)
    except ValueError as error:
        raise NotVerified("inconsistent", at(index + 1), str(error), index + 1) from None
    if found.index != index:
        what = f"the entry that stands there has the index {found.index}"
        raise NotVerified("entry-moved", at(index + 1), what, index + 1)
    return found


def times_in(entries: Sequence[bytes], first: int) -> list[str] | None:
    """Return the times of entries from the index `first` on; None if one has another index or form.

    This is for who compares no bodies: of the commitments nothing is read. A checkpoint covers them.
    """
    heads = [_HEAD % index for index in range(first, first + len(entries))]
    if not all(map(bytes.startswith, entries, heads)):
        return None
    pairs = zip(entries, heads, strict=True)
    return [entry[len(head) : _COMMIT].decode("ascii", "replace") for entry, head in pairs]


class HashTiles:
    """The tiles of hashes that a server publishes, compared with those of the entries."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._levels: list[list[bytes]] = []
        self._whole: list[int] = []

    def leaves(self, hashes: Sequence[bytes]) -> Iterator[Finding]:
        """Add the hashes of a bundle, and compare the tiles that are complete with it."""
        return self._add(0, hashes)

    def tile(self, tile: Whole) -> Iterator[Finding]:
        """Add the root of a complete tile."""
        return self._add(tile.level, (tile.hash,))

    def end(self) -> Iterator[Finding]:
        """Compare the tiles that are not complete."""
        for level, hashes in enumerate(self._levels):
            if hashes:
                yield from self._compare(Tile(level, self._whole[level], len(hashes)), hashes)

    def _add(self, level: int, hashes: Sequence[bytes]) -> Iterator[Finding]:
        while level >= len(self._levels):
            self._levels.append([])
            self._whole.append(0)
        self._levels[level] += hashes
        if len(self._levels[level]) == WIDTH:
            yield from self._compare(Tile(level, self._whole[level], WIDTH), self._levels[level])
            self._levels[level] = []
            self._whole[level] += 1

    def _compare(self, tile: Tile, hashes: Sequence[bytes]) -> Iterator[Finding]:
        content = self._server.tile(tile)
        if content != b"".join(hashes):
            sent = (content[n : n + HASH_BYTES] for n in range(0, tile.width * HASH_BYTES, HASH_BYTES))
            wrong = (n for n, pair in enumerate(zip(sent, hashes, strict=True)) if pair[0] != pair[1])
            what = f"its hash number {next(wrong, tile.width)} is not that of the entries under it"
            yield Finding("inconsistent", f"/tile/{tile.address()}", what)
