"""Tiles (C2SP tlog-tiles): a tree cut into pieces of 256 hashes, each with an address for ever."""

import re
from typing import NamedTuple

HEIGHT = 8
WIDTH = 1 << HEIGHT
"""Number of hashes in a full tile, and of entries in a full bundle."""
MOST_LEVELS = 8
"""Levels of tiles in a tree of 2**63 leaves."""
_NUMBER = r"(?P<n>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
_ADDRESS = re.compile(rf"(?P<level>[0-9]|[1-5][0-9]|6[0-3]|entries)/{_NUMBER}")


class Tile(NamedTuple):
    """A tile: its level (None for a bundle of entries), its number there, how many it holds."""

    level: int | None
    n: int
    width: int

    def address(self) -> str:
        """Return its address, without the `/tile/` before it."""
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"{level}/{_grouped(self.n)}{partial}"

    def end(self) -> int:
        """Return the number of leaves that the tree must have for this tile to exist."""
        return (self.n * WIDTH + self.width) << HEIGHT * (self.level or 0)


def tile_at(address: str) -> Tile:
    """Read the address of a tile; raises ValueError for what `Tile.address` does not write."""
    if found := _ADDRESS.fullmatch(address):
        digits = found["n"].replace("x", "").replace("/", "")
        width = int(found["width"] or WIDTH)
        level = None if found["level"] == "entries" else int(found["level"])
        tile = Tile(level, int(digits), width)
        if tile.address() == address:
            return tile
    raise ValueError("the address of a tile has the form <level>/<n>, or <level>/<n>.p/<width>")


def _grouped(n: int) -> str:
    """Write a number in groups of three digits, all but the last with an `x` before it."""
    digits = str(n).zfill(-(-len(str(n)) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([*(f"x{each}" for each in groups[:-1]), groups[-1]])
