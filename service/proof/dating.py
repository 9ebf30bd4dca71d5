"""Whether events were recorded when they say, by times of others between which they were recorded.

A stamped checkpoint shows that its entries were there at that time, and that the next were not in the
log when it was signed, shortly before.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Literal, NamedTuple

from service.tree.entry import TreeEntry

SKEW = timedelta(seconds=60)
"""How far clocks may differ, the time from a checkpoint to its time stamp included."""


class Stamped(NamedTuple):
    """A checkpoint of `size` entries that others have stamped: at `time`, give or take `accuracy`."""

    size: int
    time: datetime
    accuracy: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Misdated:
    """An entry whose time cannot be: it lies before or after that of a stamped checkpoint."""

    index: int
    recorded_at: datetime
    kind: Literal["back-dated", "post-dated"]
    by: Stamped


def misdated(
    entries: Iterable[TreeEntry], stamps: Sequence[Stamped], skew: timedelta = SKEW
) -> Iterator[Misdated]:
    """Yield the entries that are dated before a checkpoint without them, or after one with them.

    So an entry between checkpoints stamped at T1 and T2 was recorded from T1 - skew to T2 + skew.
    Raises ValueError for a time that is none.
    """
    known = sorted(stamps)
    sizes = [each.size for each in known]
    # A stamp shows what was there, so one that came late says less than an earlier one over more.
    bounds = list(accumulate(reversed(known), _earlier))[::-1]
    for entry in entries:
        recorded_at, after = datetime.fromisoformat(entry.recorded_at), bisect_right(sizes, entry.index)
        if after and recorded_at < _earliest(bounds[after - 1]) - skew:
            yield Misdated(entry.index, recorded_at, "back-dated", bounds[after - 1])
        if after < len(bounds) and recorded_at > _latest(bounds[after]) + skew:
            yield Misdated(entry.index, recorded_at, "post-dated", bounds[after])


def _earlier(one: Stamped, other: Stamped) -> Stamped:
    return min(one, other, key=_latest)


def _earliest(stamped: Stamped) -> datetime:
    return stamped.time - stamped.accuracy


def _latest(stamped: Stamped) -> datetime:
    return stamped.time + stamped.accuracy
