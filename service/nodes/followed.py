"""A log that another process writes, as a node follows it.

Requests never wait for the log to say where it ends: a thread looks every few seconds, and as soon as
it is told of a commit, and what it saw last counts. So a node goes on answering while the log is away.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.log.envelope import decode_envelope
from service.log.port import (
    Appended,
    EventLog,
    Key,
    Leap,
    Lines,
    LogDamaged,
    LogUnavailable,
    Loss,
    NotTheWriter,
    Pending,
    Stored,
    Subscription,
)
from service.log.recorder import LARGEST
from service.log.verbatim import Snapshot

LOOK_SECONDS = 3.0
_logger = logging.getLogger("intellog.nodes")


@dataclass(frozen=True, slots=True)
class Origin:
    """What a followed log comes from.

    `writer` returns the address of the process that writes, None if that is not known. `missing` is the
    number of events that are known to be there and not here yet; `stopped` says why nothing more is
    followed, if that is so for good; `silent_seconds` for how long nothing was heard, beyond what is
    seen here.
    """

    writer: Callable[[], str | None]
    missing: Callable[[], int] = lambda: 0
    stopped: Callable[[], str | None] = lambda: None
    silent_seconds: Callable[[], float] = lambda: 0.0
    look_seconds: float = LOOK_SECONDS


class FollowedLog:
    """An `EventLog` that another process writes. `head` and `writer` are as of the last look."""

    def __init__(self, log: EventLog, origin: Origin, clock: Callable[[], datetime]) -> None:
        self._log, self._origin, self._clock = log, origin, clock
        self.id, self.secret = log.id, log.secret
        self.tree = log.tree
        self.lost: Loss | None = None
        self.leap: Leap | None = None
        self.holders = log.holders
        self.undestroyed, self.destroying = log.undestroyed, log.destroying
        self._looking = threading.Lock()
        self._head, self.writer = log.head(), origin.writer()
        self._reached = self._head
        self._heard_at = time.monotonic()
        self.silence: str | None = None
        """Why the log did not answer when it was last looked at; None if it did."""
        self._listeners: list[Callable[[], None]] = []
        self._due, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="following", daemon=True)
        self._thread.start()

    # What is known of it

    def head(self) -> int:
        """Return the last position that is known to be stored here."""
        return self._head

    def source_head(self) -> int:
        """Return the last position that is known to be stored anywhere."""
        return self._head + self._origin.missing()

    @property
    def heard_seconds(self) -> float:
        """For how many seconds the log has not answered; below a few while all is well."""
        return max(time.monotonic() - self._heard_at, self._origin.silent_seconds())

    @property
    def stopped(self) -> str | None:
        """Why nothing more is followed, None while it goes on."""
        return self._origin.stopped()

    @property
    def missing_end(self) -> str | None:
        """What the log had before and has not now, as after a failover; None if nothing is missing."""
        if self._head >= self._reached:
            return None
        return (
            f"the log that is followed ends at position {self._head} and had reached {self._reached}:"
            " the views wait until it is there again, or goes on otherwise"
        )

    def look(self) -> None:
        """Look soon where the log ends; may be called from any thread."""
        self._due.set()

    def look_now(self) -> int:
        """Look where the log ends, and return `source_head`; as before if it does not answer."""
        with self._looking:
            before = self._head, self.writer
            try:
                self._head, self.writer = self._log.head(), self._origin.writer()
            except LogUnavailable as error:
                if self.silence is None:
                    _logger.warning("the log does not answer: %s", error)
                self.silence = str(error)
                return self.source_head()
            if self.silence is not None:
                _logger.warning("the log answers again")
            self._heard_at, self.silence = time.monotonic(), None
            self._reached = max(self._reached, self._head)
            changed = before != (self._head, self.writer)
        if changed:
            self._log.announce()
            for call in list(self._listeners):
                call()
        return self.source_head()

    def listen(self, call: Callable[[], None]) -> None:
        """Call a function, from another thread, whenever the head or the writer has changed."""
        self._listeners.append(call)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._due.wait(min(LOOK_SECONDS, self._origin.look_seconds))
            self._due.clear()
            if not self._closing.is_set():
                self.look_now()

    # The log itself

    @property
    def damage(self) -> str | None:
        return self._log.damage

    @property
    def clock_leap(self) -> str | None:
        return None

    @property
    def checked(self) -> int:
        return self._log.checked

    def now(self) -> datetime:
        """Return the last time that the log has given; the writer's clock may be behind this one's."""
        last = [decode_envelope(each.body).recorded_at for each in self._log.read_back(LARGEST, 1)]
        return last[0] if last else self._clock()

    def append(
        self, batch: Sequence[Pending], keys: Sequence[Key] = (), *, idempotent: bool = False
    ) -> Appended:
        raise NotTheWriter("this node follows the log, and another process writes it")

    def at(self, positions: Sequence[int]) -> list[Stored]:
        return self._log.at(positions)

    def stream(self, stream: str, after_version: int = 0) -> list[Stored]:
        return self._log.stream(stream, after_version)

    def heads(self, streams: Iterable[str]) -> dict[str, int]:
        return self._log.heads(streams)

    def key(self, name: str) -> tuple[int, bytes] | None:
        return self._log.key(name)

    def stored_keys(self, names: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        return self._log.stored_keys(names)

    def read(
        self, after: int = 0, limit: int = 1000, types: Sequence[str] = (), until: int | None = None
    ) -> list[Stored]:
        return self._log.read(after, limit, types, until)

    def lines(self, after: int = 0, limit: int = 1000, until: int | None = None) -> Lines:
        return self._log.lines(after, limit, until)

    def redactions(self, after: int = 0) -> list[Stored]:
        return self._log.redactions(after)

    def destroy(self) -> bool:
        raise NotTheWriter("this node follows the log, and another process writes it")

    def read_back(self, before: int, limit: int) -> list[Stored]:
        return self._log.read_back(before, limit)

    def digest_at(self, position: int) -> bytes | None:
        return self._log.digest_at(position)

    def snapshot(self) -> AbstractContextManager[Snapshot[Any]]:
        return self._log.snapshot()

    def subscribe(self, after: int) -> Subscription:
        return self._log.subscribe(after)

    def check(self, pause: Callable[[], bool] = lambda: False) -> Iterator[LogDamaged]:
        return self._log.check(pause)

    def note(self, damage: LogDamaged) -> None:
        self._log.note(damage)

    def announce(self) -> None:
        self._log.announce()

    def close(self) -> None:
        """Stop following; the log itself is closed by whoever opened it."""
        self._closing.set()
        self._due.set()
        self._thread.join()
