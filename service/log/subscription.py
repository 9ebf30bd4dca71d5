"""Subscriptions: how readers at the end of the log learn that it has grown."""

from collections.abc import Callable, Sequence
from threading import Condition
from types import TracebackType
from typing import Generic, Self, TypeVar

from service.log.port import LogDamaged, LogUnavailable, Stored

POLL_SECONDS = 3.0
PAGE, MOST_EVENTS, MOST_BYTES = 1_000, 4_000, 4 * 2**20
"""Number of events in a page, and of events or bytes from which on a batch has no further page."""

T = TypeVar("T")


class Arrivals:
    """Wakes readers in this process when something has been committed.

    It carries no events and is only a hint: a woken reader reads the log, and readers also read it
    every few seconds without being woken.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._commits = 0
        self._closed = False

    @property
    def commits(self) -> int:
        """Number of commits so far; a reader must take it before it reads the log."""
        return self._commits

    @property
    def closed(self) -> bool:
        return self._closed

    def announce(self) -> None:
        """Count a commit and wake all readers."""
        with self._changed:
            self._commits += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Wake all readers for the last time: there will be no more commits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def wake(self) -> None:
        """Make all waiting readers check again whether they are stopped."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, commits: int, stopped: Callable[[], bool], seconds: float = POLL_SECONDS) -> None:
        """Block until there was a commit after number `commits`, or for at most some seconds.

        Also returns when the log is closed, and on `wake` if the reader is `stopped`.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._commits != commits or self._closed or stopped(),
                timeout=seconds,
            )


class Batches(Generic[T]):
    """An endless iterator over batches of items, none of them empty.

    `read` returns the items after a position; `position` returns the position of an item. Iteration
    ends after `stop`, or when the log is closed. Implements `service.log.port.Subscription`.
    """

    def __init__(
        self,
        arrivals: Arrivals,
        after: int,
        read: Callable[[int], Sequence[T]],
        position: Callable[[T], int],
    ) -> None:
        self._arrivals = arrivals
        self._after = after
        self._read = read
        self._position = position
        self._commits = arrivals.commits
        self._stopped = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> list[T]:
        while not self._ended():
            # Taken before reading, so that a commit between the read and the wait ends the wait.
            self._commits = self._arrivals.commits
            if batch := self._next_batch():
                self._after = self._position(batch[-1])
                return batch
            self._arrivals.wait(self._commits, self._ended)
        raise StopIteration

    def is_quiet(self, seconds: float) -> bool:
        """Block until there is a commit, or for some seconds; return whether there was none.

        One that came since the last batch was read, or since this was asked last, counts as well.
        """
        before = self._commits
        self._arrivals.wait(before, self._ended, seconds)
        self._commits = self._arrivals.commits
        return self._commits == before

    def stop(self) -> None:
        self._stopped = True
        self._arrivals.wake()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _ended(self) -> bool:
        return self._stopped or self._arrivals.closed

    def _next_batch(self) -> list[T]:
        try:
            return list(self._read(self._after))
        except LogUnavailable:
            # Closed during the read: that ends the iteration and is not an error.
            if self._ended():
                return []
            raise


def backlog(read: Callable[[int, int], list[Stored]], after: int) -> list[Stored]:
    """The events after a position: those of one page, or of several where a long backlog waits.

    Who applies them commits once a batch, which takes less for each event the more there are.
    """
    found = page = read(after, PAGE)
    size = sum(len(each.body) for each in page)
    while len(page) == PAGE and len(found) < MOST_EVENTS and size < MOST_BYTES:
        try:
            page = read(page[-1].position, PAGE)
        except (LogDamaged, LogUnavailable):
            return found  # the next read meets it again
        found += page
        size += sum(len(each.body) for each in page)
    return found
