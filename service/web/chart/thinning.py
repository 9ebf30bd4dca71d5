"""What is drawn of a dense chart: which points, which steps, and shapes moved apart."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

Place = tuple[float, float]
_SAME, _GAPS, _REACH = 3.0, (7.0, 3.0, 0.5), 56


def evenly_spread(moments: Sequence[int], most: int) -> list[int]:
    """Return the indexes of up to `most` moments, spread evenly over time.

    Time is divided into `most` stretches, and each stretch contributes one moment in turn.
    """
    first, last = min(moments, default=0), max(moments, default=0)
    turns, order = Counter[int](), list[tuple[int, int]]()
    for index, at in enumerate(moments):
        stretch = (at - first) * most // (last - first + 1)
        order.append((turns[stretch], index))
        turns[stretch] += 1
    return sorted(index for _, index in sorted(order)[:most])


def visible_steps(
    places: Sequence[float], levels: Sequence[Sequence[float]], column: float
) -> list[int]:
    """Return the indexes of the steps that remain visible in columns of this width.

    `levels` has for each step its lowest figure, the one that stands for it, and its highest; empty
    if nothing is known. Each column keeps its lowest and highest figure, the extremes of the middle
    one, and the last step, which continues into the next column.
    """
    kept = list[int]()
    for _, group in groupby(range(len(places)), lambda index: places[index] // column):
        indexes = list(group)
        extremes = {indexes[-1]}
        if known := [index for index in indexes if levels[index]]:
            extremes |= {
                min(known, key=lambda index: levels[index][0]),
                min(known, key=lambda index: levels[index][1]),
                max(known, key=lambda index: levels[index][1]),
                max(known, key=lambda index: levels[index][2]),
            }
        kept += sorted(extremes)
    return kept


def without_overlap(places: Sequence[Place], left: float, right: float) -> list[Place]:
    """Move places apart that would cover each other: the last stays, earlier ones move.

    They move left first, where time has already passed, as little as possible, and closer together
    where there are many.
    """
    taken = list[Place]()
    for x, y in reversed(places):
        free = (
            (moved, y)
            for sign in (-1, 1)
            for gap in _GAPS
            for moved in (x + sign * n * gap for n in range(int(_REACH / gap) + 1))
            if left <= moved <= right
            and not any(abs(moved - a) < min(gap, _SAME) and abs(y - b) < _SAME for a, b in taken)
        )
        taken.append(next(free, (x, y)))
    return taken[::-1]
