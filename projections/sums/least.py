"""The least of many things that come and go, most of which are stored and seldom looked at."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import Any, Generic, Protocol, TypeVar


class _Ordered(Protocol):
    def __hash__(self) -> int: ...
    def __lt__(self, other: Any, /) -> bool: ...


T = TypeVar("T", bound=_Ordered)


class Least(Generic[T]):
    """The least of what is stored, without what has ended since, and of what has begun since.

    `stored` gives it in order, and no more of it is read than has ended: nothing at all before the
    least is `known` no longer.
    """

    def __init__(self, stored: Callable[[], Iterable[T]], known: T | None, *, unread: bool) -> None:
        self._query = stored
        self._stored: Iterator[T] | None = None
        self._next: T | None = None
        self._ended: dict[T, int] = {}
        self._begun: dict[T, int] = {}
        self._heap: list[T] | None = None
        self._least, self._stale = known, unread

    def change(self, begun: Sequence[T], ended: Sequence[T]) -> None:
        """Some begin, and some that were there end."""
        if begun == ended:
            return
        for one in begun:
            self._begin(one)
        for one in ended:
            which, sign = (self._begun, -1) if self._begun.get(one) else (self._ended, 1)
            which[one] = which.get(one, 0) + sign
            if one == self._least:
                self._stale = True

    def _begin(self, one: T) -> None:
        self._begun[one] = count = self._begun.get(one, 0) + 1
        if self._heap is not None and count == 1:
            heappush(self._heap, one)
        if not self._stale and (self._least is None or one < self._least):
            self._least = one

    @property
    def least(self) -> T | None:
        """The least that is there; None without any."""
        if self._stale:
            found = [one for one in (self._least_begun(), self._least_stored()) if one is not None]
            self._least, self._stale = min(found) if found else None, False
        return self._least

    def _least_begun(self) -> T | None:
        if self._heap is None:
            self._heap = [*self._begun]
            heapify(self._heap)
        while self._heap and not self._begun[self._heap[0]]:
            heappop(self._heap)
        return self._heap[0] if self._heap else None

    def _least_stored(self) -> T | None:
        if self._stored is None:
            self._stored = iter(self._query())
            self._next = next(self._stored, None)
        while self._next is not None and self._ended.get(self._next):
            self._ended[self._next] -= 1
            self._next = next(self._stored, None)
        return self._next
