"""Following: how those who read at the end of the log learn that it has grown."""

from collections.abc import Callable, Sequence
from threading import Condition
from types import TracebackType
from typing import Generic, Self, TypeVar

from service.log.port import LogUnavailable

LOOK_AGAIN_SECONDS = 3.0

T = TypeVar("T")


class Arrivals:
    """Tells readers in this process that something has been committed.

    It carries no events and promises nothing: a reader that is told looks into the log, and looks
    every few seconds untold.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._commits = 0
        self._closed = False

    @property
    def commits(self) -> int:
        """How often something has been committed so far: to be taken before one looks."""
        return self._commits

    @property
    def closed(self) -> bool:
        return self._closed

    def announce(self) -> None:
        """Say that something has been committed."""
        with self._changed:
            self._commits += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Say that nothing will be committed any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def wake(self) -> None:
        """Have everybody who waits ask again whether to give up."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, commits: int, given_up: Callable[[], bool]) -> None:
        """Block until there are more commits than `commits`, the end, or a few seconds on."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._commits != commits or self._closed or given_up(),
                timeout=LOOK_AGAIN_SECONDS,
            )


class Batches(Generic[T]):
    """An endless iterator over what is read, in batches that are never empty.

    `read` gives what follows a position, and `position` says where an item stands. Ends after
    `stop`, or when the log is closed. Satisfies `service.log.port.Subscription`.
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
        self._stopped = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> list[T]:
        while not self._ended():
            # Counted before looking: what is committed between the look and the wait is no
            # reason to wait.
            commits = self._arrivals.commits
            if batch := self._look():
                self._after = self._position(batch[-1])
                return batch
            self._arrivals.wait(commits, self._ended)
        raise StopIteration

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

    def _look(self) -> list[T]:
        try:
            return list(self._read(self._after))
        except LogUnavailable:
            # Closed while we looked: that is an end, not a failure.
            if self._ended():
                return []
            raise
