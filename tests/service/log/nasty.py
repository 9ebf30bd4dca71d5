"""A log that does the worst that the port permits, at random but the same for the same seed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from service.log.open import opened_log
from service.log.port import (
    Appended,
    Destroying,
    EventLog,
    Key,
    Lines,
    LogUnavailable,
    Pending,
    Stored,
    Subscription,
    VersionConflict,
)

CONFLICTS, UNAVAILABLE = 0.10, 0.05
LONGEST_READ = 7


class Rates(NamedTuple):
    """The shares of appends that conflict without need, fail although stored, and fail unstored."""

    conflict: float = CONFLICTS
    stored: float = UNAVAILABLE
    unstored: float = 0.0


USUAL = Rates()


class NastyLog:
    """A real log whose appends conflict or fail although stored, and whose reads are short.

    `faults` lists what was done to each append that did not return. Every other method is that of
    the real log.
    """

    def __init__(self, log: EventLog, seed: int = 0, rates: Rates = USUAL) -> None:
        self._log = log
        self._rates = rates
        self._appends, self._reads = Random(seed), Random(seed)
        self.faults: list[type[Exception]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    @property
    def destroying(self) -> Destroying:
        """That of the log, which calls it."""
        return self._log.destroying

    @destroying.setter
    def destroying(self, call: Destroying) -> None:
        self._log.destroying = call

    def append(
        self, batch: Sequence[Pending], keys: Sequence[Key] = (), *, idempotent: bool = False
    ) -> Appended:
        fate = self._appends.random()
        conflict, stored, unstored = accumulate(self._rates)
        if batch and fate < conflict:
            self.faults.append(VersionConflict)
            stream = batch[0].stream
            raise VersionConflict(stream, self._log.heads([stream])[stream])
        if stored <= fate < unstored:
            self.faults.append(LogUnavailable)
            raise LogUnavailable("the connection was lost before the commit")
        appended = self._log.append(batch, keys, idempotent=idempotent)
        if conflict <= fate < stored:
            self.faults.append(LogUnavailable)
            raise LogUnavailable("the connection was lost during the commit")
        return appended

    def read(
        self, after: int = 0, limit: int = 1000, types: Sequence[str] = (), until: int | None = None
    ) -> list[Stored]:
        return self._log.read(after, min(limit, self._length()), types, until)

    def lines(self, after: int = 0, limit: int = 1000, until: int | None = None) -> Lines:
        return self._log.lines(after, min(limit, self._length()), until)

    def read_back(self, before: int, limit: int) -> list[Stored]:
        return self._log.read_back(before, min(limit, self._length()))

    def subscribe(self, after: int) -> Subscription:
        return _ShortBatches(self._log.subscribe(after), self._length)

    def _length(self) -> int:
        return self._reads.randint(1, LONGEST_READ)


class _ShortBatches:
    """A subscription whose batches are cut into short ones."""

    def __init__(self, whole: Subscription, length: Callable[[], int]) -> None:
        self._whole, self._length = whole, length
        self._left: list[Stored] = []
        self.stop, self.is_quiet = whole.stop, whole.is_quiet

    def __iter__(self) -> "_ShortBatches":
        return self

    def __next__(self) -> list[Stored]:
        self._left = self._left or next(self._whole)
        length = self._length()
        batch, self._left = self._left[:length], self._left[length:]
        return batch

    def __enter__(self) -> "_ShortBatches":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def nasty(seed: int) -> Callable[..., Any]:
    """Open a log as the service does, and make it nasty."""

    @contextmanager
    def open_log(
        directory: Path, address: str | None, clock: Callable[[], datetime], **opening: Any
    ) -> Iterator[NastyLog]:
        with opened_log(directory, address, clock, **opening) as log:
            yield NastyLog(log, seed)

    return open_log
