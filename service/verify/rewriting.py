"""What a broken file was done to: swapped, put in, taken out, or altered in place.

Each break by itself says that something is wrong at a position. Taken together they tell what was done.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from hashlib import sha256
from itertools import groupby
from typing import NamedTuple

from service.log.hashes import COMMIT, digest_after
from service.verify.chain import Break, Chain
from service.verify.verdicts import Finding, at

MOST_COMPARED = 100
"""Maximum number of altered events that are compared with each other, to see which were swapped."""


class Altered(NamedTuple):
    """An event that is not what was committed to, with the words for what differs."""

    position: int
    salt: bytes
    body: bytes
    commitment: bytes
    what: str


class Broken(NamedTuple):
    """All that does not fit in the file of a log whose last position is `end`.

    `indexes` has the stored index of each entry that stands elsewhere, by its position.
    """

    end: int
    altered: list[Altered]
    indexes: dict[int, int]
    chain: Chain


def findings_of(broken: Broken, *, short: bool = False) -> list[Finding]:
    """Return what was done to a file, one finding for each event.

    `short`: it has fewer entries than were signed.
    """
    breaks = broken.chain.breaks
    moved = {**_swapped_bodies(broken.altered), **_swapped_entries(breaks), **_exchanged(broken)}
    found = [_moved(position, other) for position, other in moved.items()]
    found += [_altered(each) for each in broken.altered if each.position not in moved]
    inserted = [each for each in broken.chain.inserted if not moved or each < min(moved)]
    found += map(_inserted, inserted)
    found += _shifted(broken, {*moved}, inserted)
    known = {each.position for each in found} | broken.chain.explained | {each + 1 for each in moved}
    found += [_deleted(each) if short else _unchained(each) for each in breaks if each not in known]
    return found


def _swapped_bodies(altered: Iterable[Altered]) -> dict[int, int]:
    """Return each event that holds what another one committed to, with that one's position."""
    some, found = list(altered)[:MOST_COMPARED], dict[int, int]()
    for one in some:
        for other in some:
            salted = {sha256(COMMIT + salt + one.body).digest() for salt in (one.salt, other.salt)}
            if one is not other and other.commitment in salted:
                found[one.position] = other.position
    return found


def _swapped_entries(breaks: Mapping[int, Break]) -> dict[int, int]:
    """Return each entry whose digest was made of another entry, with that one's position."""
    some, found = list(breaks.values())[:MOST_COMPARED], dict[int, int]()
    for one in some:
        for other in some:
            if one is not other and digest_after(one.before, other.commitment) == one.digest:
                found[other.position] = one.position
    return found


def _exchanged(broken: Broken) -> dict[int, int]:
    """Return each entry that stands whole in the place of another one, with that one's position."""
    indexes, breaks = broken.indexes, broken.chain.breaks
    elsewhere = {*indexes.values()}
    return {
        position: index + 1
        for position, index in indexes.items()
        if position in breaks and index + 1 in indexes and position - 1 in elsewhere
    }


def _shifted(broken: Broken, moved: Set[int], inserted: Sequence[int]) -> Iterator[Finding]:
    """Yield a finding for each run of entries whose indexes are wrong by the same number."""
    rows = [each for each in sorted(broken.indexes.items()) if each[0] not in moved]
    for run in _runs(rows):
        (position, index), last = run[0], run[-1][0]
        if inserted and position > inserted[0]:
            continue
        if index >= position and position in broken.chain.breaks and last == broken.end:
            what = "the entry of this index was deleted, and those after it were moved up"
            yield Finding("entry-missing", at(position), what, position)
        elif position not in inserted:
            until = f" to {last}" if last > position else ""
            what = f"its stored index is {index}"
            yield Finding("inconsistent", f"{at(position)}{until}", what, position)


def _runs(rows: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Group positions that follow each other and whose indexes are wrong by the same number."""
    numbered = enumerate(rows)
    for _, run in groupby(numbered, key=lambda each: (each[1][0] - each[0], each[1][0] - each[1][1])):
        yield [row for _, row in run]


def _moved(position: int, other: int) -> Finding:
    what = f"it holds what was recorded at position {other}: events were swapped"
    return Finding("entry-moved", at(position), what, position)


def _altered(altered: Altered) -> Finding:
    return Finding("body-altered", at(altered.position), altered.what, altered.position)


def _inserted(position: int) -> Finding:
    what = "the entries before and after it follow each other without it: it was put in later"
    return Finding("entry-inserted", at(position), what, position)


def _unchained(position: int) -> Finding:
    what = "its running digest does not follow from the entry before: it was replaced, or one removed"
    return Finding("inconsistent", at(position), what, position)


def _deleted(position: int) -> Finding:
    what = "its running digest does not follow from the entry before: the one between was deleted"
    return Finding("entry-missing", at(position), what, position)
