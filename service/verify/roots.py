"""The tree of a log, compared with all that states a hash of it: checkpoints and stored tiles."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from service.tree.tiles import WIDTH
from service.verify.growing import Growing, Whole
from service.verify.verdicts import Finding, at

MOST_FINDINGS = 100


class Stop(NamedTuple):
    """A size of the tree whose root somebody stated: signed by the log, or seen by us earlier.

    `where` names it in a message.
    """

    size: int
    root: bytes
    where: str
    remembered: bool = False


class Roots:
    """Builds the tree, and collects what does not fit it."""

    def __init__(
        self, stops: Iterable[Stop], stored: Mapping[tuple[int, int], Any] | None = None
    ) -> None:
        self.findings: list[Finding] = []
        self.tree = Growing()
        self.whole = True
        """False once an entry is missing: nothing that covers it can be computed."""
        self._stops = sorted(stops)[::-1]
        self._stored = None if stored is None else dict(stored)
        self._good = 0
        self._rewritten = False
        self._pass()

    def extend(self, leaves: Sequence[bytes]) -> list[Whole]:
        """Add the hashes of the next entries, and return the tiles that are complete with them."""
        completed = list[Whole]()
        while leaves and self.whole:
            size = self.tree.size
            until = min(self._stops[-1].size if self._stops else size + len(leaves), size + len(leaves))
            for tile in self.tree.extend(leaves[: until - size]):
                self._compare(tile)
                completed.append(tile)
            leaves = leaves[until - size :]
            self._pass()
        return completed

    def is_short(self, count: int) -> bool:
        """Whether the log has signed more entries than there are."""
        return any(stop.size > count and not stop.remembered for stop in self._stops)

    def end(self, count: int) -> list[Finding]:
        """Return what does not fit, once a log of `count` entries was read to its end."""
        for stop in self._stops[::-1]:
            if stop.size > count:
                self.findings.append(_short(stop, count, tail=not self._rewritten))
        if self.whole:
            for level, n in sorted(self._stored or ())[:MOST_FINDINGS]:
                what = "a hash is stored, but the log does not have all the entries under it"
                self._note(f"tile {level}/{n}", what)
        return self.findings

    def _pass(self) -> None:
        while self._stops and self._stops[-1].size == self.tree.size:
            stop = self._stops.pop()
            if self.tree.root() == stop.root:
                self._good = max(self._good, stop.size)
            elif stop.remembered or not self._rewritten:  # what follows a rewritten one differs as well
                self._rewritten = self._rewritten or not stop.remembered
                self.findings.append(_other(stop, self._good))

    def _compare(self, tile: Whole) -> None:
        if self._stored is None or len(self.findings) >= MOST_FINDINGS:
            return
        stored = self._stored.pop((tile.level, tile.n), None)
        if stored != tile.hash:
            entries = WIDTH**tile.level
            first = tile.n * entries
            where = f"tile {tile.level}/{tile.n} (indexes {first} to {first + entries - 1})"
            what = "is not stored" if stored is None else "is not the one of the entries under it"
            self._note(where, f"its hash {what}")

    def _note(self, where: str, what: str) -> None:
        self.findings.append(Finding("inconsistent", where, what))


def _other(stop: Stop, good: int) -> Finding:
    since = f"after its first {good} entries" if good else "somewhere in it"
    if stop.remembered:
        what = f"the log has other entries now ({since}): it was rewritten, or this is a fork of it"
    else:
        what = f"the entries do not give the root that was signed: the log was rewritten {since}"
    return Finding("inconsistent", stop.where, what)


def _short(stop: Stop, count: int, *, tail: bool) -> Finding:
    if stop.remembered:
        what = f"the log has {count} entries now: it was rolled back"
        return Finding("inconsistent", stop.where, what)
    what = f"the log has {count} entries: {stop.size - count} were deleted"
    if tail:
        last = f" to position {stop.size}" if stop.size > count + 1 else ""
        return Finding("entry-missing", f"{at(count + 1)}{last}", f"{stop.where}: {what}", count + 1)
    return Finding("entry-missing", stop.where, what)
