"""What stands at a record position and a publication time, as either of them moves.

Each thing stands in a rectangle: from one position until another, and from one publication time until
another. To move costs by the things whose edges are passed. Positions move forward alone.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import Generic, Literal, NamedTuple, TypeVar

from projections.answers.as_of import AsOf
from projections.answers.moments import Axis
from projections.tables.projection import FOREVER

T = TypeVar("T")
Along = Axis | Literal["both"]
"""Along which axes a history moves."""
STANDING: dict[Along, str] = {
    "record": "c.pub_from <= :by AND c.pub_to > :by AND c.since <= :position",
    "publication": "c.since <= :position AND c.until > :position AND c.pub_from <= :by",
    "both": "c.since <= :position AND c.pub_from <= :by",
}
"""The rows of claims that may stand before the last moment of a history, by the axes along it."""
KNOWN: dict[Along, str] = {
    **STANDING,
    "record": "c.since <= :position",
}
"""The rows that may say what a claim is, even before it is published."""
RECTANGLE = "c.since, c.until, c.pub_from, c.pub_to"
Rectangle = tuple[int, int, int, int]
"""From which position until which, and from which publication time until which."""
_MANY = 16
"""From so many edges on they are sorted in together."""


class _Standing(NamedTuple, Generic[T]):
    thing: T
    begins: int
    ends: int


class Plane(Generic[T]):
    """The things that stand at a position and a publication time."""

    def __init__(self, things: Iterable[tuple[Rectangle, T]]) -> None:
        self._coming = sorted(things, key=lambda each: each[0][0], reverse=True)
        self._known = dict[int, _Standing[T]]()
        self._ending = list[tuple[int, int]]()
        self._edges = list[tuple[int, int]]()
        self._number = 0
        self._by = -1
        self._at = (-1, -1)

    def move(self, as_of: AsOf) -> Iterable[tuple[T, int]]:
        """What ceases to stand (-1), then what begins to (1), then what else is passed (0).

        What came and went on the way is left out.
        """
        position, by = as_of.position, as_of.by
        if self._at == (position, by):
            return ()
        self._at = position, by
        ended, begun, others = list[tuple[T, int]](), list[tuple[T, int]](), list[tuple[T, int]]()
        if self._ending and self._ending[0][0] <= position:
            for each in self._gone(position):
                if each.begins <= self._by < each.ends:
                    ended.append((each.thing, -1))
                else:
                    others.append((each.thing, 0))
        if by != self._by:
            for each in self._passed(by):
                now = each.begins <= by < each.ends
                if now == (each.begins <= self._by < each.ends):
                    others.append((each.thing, 0))
                elif now:
                    begun.append((each.thing, 1))
                else:
                    ended.append((each.thing, -1))
            self._by = by
        if self._coming and self._coming[-1][0][0] <= position:
            for each in self._come(position):
                if each.begins <= by < each.ends:
                    begun.append((each.thing, 1))
                else:
                    others.append((each.thing, 0))
        return [*ended, *begun, *others]

    def _gone(self, position: int) -> Iterator[_Standing[T]]:
        """What is not known any more."""
        while self._ending and self._ending[0][0] <= position:
            number = heappop(self._ending)[1]
            each = self._known.pop(number)
            for edge in _edges(each, number):
                del self._edges[bisect_left(self._edges, edge)]
            yield each

    def _passed(self, by: int) -> Iterator[_Standing[T]]:
        """What begins or ends between two publication times."""
        first, last = sorted((self._by, by))
        start, end = (bisect_right(self._edges, (each, FOREVER)) for each in (first, last))
        for number in dict.fromkeys(number for _, number in self._edges[start:end]):
            yield self._known[number]

    def _come(self, position: int) -> Iterator[_Standing[T]]:
        """What has come to be known."""
        fresh = list[tuple[int, int]]()
        while self._coming and self._coming[-1][0][0] <= position:
            (_, until, begins, ends), thing = self._coming.pop()
            if until > position:
                self._number += 1
                each = self._known[self._number] = _Standing(thing, begins, ends)
                if until < FOREVER:
                    heappush(self._ending, (until, self._number))
                fresh += _edges(each, self._number)
                yield each
        if len(fresh) >= _MANY:
            self._edges += fresh
            self._edges.sort()
        else:
            for edge in fresh:
                insort(self._edges, edge)


def _edges(each: _Standing[T], number: int) -> Iterator[tuple[int, int]]:
    """The publication times at which something begins and ends to stand; an end may never come."""
    yield each.begins, number
    if each.ends < FOREVER:
        yield each.ends, number
