"""The least of many things that come and go, most of which are stored and seldom looked at."""

from collections import Counter
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import Generic, TypeVar

T = TypeVar("T", bound=tuple[object, ...])


class Least(Generic[T]):
    """The least of what is stored, without what has ended since, and of what has begun since.

    `stored` gives it in order, and no more of it is read than has ended.
    """

    def __init__(self, stored: Iterable[T] = ()) -> None:
        self._stored: Iterator[T] = iter(stored)
        self._next: T | None = None
        self._ended = set[T]()
        self._begun, self._heap = Counter[T](), list[T]()
        self._unread = True

    def begin(self, one: T) -> None:
        """One more is there."""
        self._begun[one] += 1
        if self._begun[one] == 1:
            heappush(self._heap, one)

    def end(self, one: T) -> None:
        """One is there no longer."""
        if self._begun[one]:
            self._begun[one] -= 1
        else:
            self._ended.add(one)

    @property
    def least(self) -> T | None:
        """The least that is there; None without any."""
        heap, begun = self._heap, self._begun
        while heap and not begun[heap[0]]:
            heappop(heap)
        while self._unread or self._next in self._ended:
            self._next, self._unread = next(self._stored, None), False
        if not heap or self._next is None:
            return heap[0] if heap else self._next
        return min(heap[0], self._next)
