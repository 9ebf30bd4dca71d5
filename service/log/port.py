"""The log: one ordered, durable, append-only sequence of events, and the only truth.

This module says what a log promises and nothing of how one keeps it. Adapters are written, and
tested by one conformance suite, against the words below; callers rely on these words alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from pydantic_core import to_json


@dataclass(frozen=True, slots=True)
class Pending:
    """An event that has been decided and is not yet stored.

    `id` names the event for ever and is what an idempotent append compares. `type` and `v` name
    its schema. `version` is its place in `stream`, counted from 1. `actor` is the authenticated
    subject. `data` is one JSON object in UTF-8 on a single line; it is stored as given.
    """

    id: str
    type: str
    v: int
    stream: str
    version: int
    actor: str
    data: bytes


class Stored(NamedTuple):
    """An event as the log keeps it, undecoded.

    `position` is its place in the whole log, counted from 1. `body` is the stored bytes exactly:
    the envelope that `service.log.envelope` writes, or `b""` once a redaction has destroyed them.
    """

    position: int
    type: str
    stream: str
    version: int
    body: bytes

    def wire(self) -> bytes:
        """Give the event as it is sent: the stored bytes with the position put in front.

        Splices `"position":N,` in behind the first brace and changes nothing else, so that a
        receiver who takes it out again holds the bytes that were hashed. A redacted event has no
        bytes to send; what the log still knows of it is sent with `"redacted":true` instead.
        """
        if self.body:
            return b'{"position":%d,%b' % (self.position, self.body[1:])
        return b'{"position":%d,"type":%b,"stream":%b,"version":%d,"redacted":true}' % (
            self.position,
            to_json(self.type),
            to_json(self.stream),
            self.version,
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """A name that may be written once, and the position it bears for ever.

    Idempotency keys are marks, and so is "this indicator has claims": whatever must be unique
    beyond one stream. `digest` says what the name was written for (a hash of the request, or
    empty). `of` is an event of the same batch, whose position the mark will bear, or a position
    that is already stored.
    """

    name: str
    digest: bytes
    of: Pending | int


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append answers: one position for each event asked for, and the batch's one stamp.

    `recorded_at` is in UTC. When nothing had to be stored (no events, or an idempotent append of
    events that were all there) it is the stamp that the batch would have had.
    """

    positions: list[int]
    recorded_at: datetime


class VersionConflict(Exception):
    """The batch does not continue `stream`, whose stored head is at `version` (0: no events)."""

    def __init__(self, stream: str, version: int) -> None:
        super().__init__(f"stream {stream!r} is at version {version}")
        self.stream = stream
        self.version = version


class MarkConflict(Exception):
    """The mark `name` has been written before."""

    def __init__(self, name: str) -> None:
        super().__init__(f"mark {name!r} has been written before")
        self.name = name


class LogUnavailable(Exception):
    """The store does not answer: its disk is full, it is locked, damaged, too new, or closed.

    An append that ends so may still have been stored; sending it again with `idempotent=True`
    finds out.
    """


class LogLocked(Exception):
    """Another process writes this log, and a log has one writing process."""


class Subscription(Protocol):
    """An endless iterator over batches of events, in the order of the log, with none left out.

    `next()` gives what is there, at most 1000 events and never none, and blocks until something
    is. Iteration ends after `stop()`, which may be called from any thread and wakes a blocked
    `next()` at once, and when the log is closed. One thread iterates. Leaving the `with` block
    stops it.
    """

    def __iter__(self) -> Self: ...
    def __next__(self) -> list[Stored]: ...
    def stop(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class EventLog(Protocol):
    """One log.

    Every method may be called from any thread. A reader sees whole batches or nothing of them,
    and once it has seen a position, every lower position has been there to see: positions become
    visible in their order. So whoever remembers the last position read, and reads on from there,
    misses nothing.

    Whatever goes wrong in the store beneath is `LogUnavailable`, and so is every call after
    `close`. Positions that no log will reach are no error: nothing is there.
    """

    secret: bytes
    """32 random bytes made with the log and kept in it: the key under which ids are derived from
    content, so that they give nothing away. Never sent to anybody."""

    def append(
        self, batch: Sequence[Pending], marks: Sequence[Mark] = (), *, idempotent: bool = False
    ) -> Appended:
        """Store a batch of events and marks, all or nothing, and answer their positions.

        One transaction, durable when this returns: neither a killed process nor a lost machine
        takes it back.

        Versions of a stream are dense: version n+1 follows n, the first is 1, and a batch may
        hold several of one stream in order. Anything else is a `VersionConflict` that names the
        version of the stream's head *in the log*, whatever the batch held before the offender.

        Positions ascend in the order of the batch and leave no hole within it. The log stamps
        the batch, asking its clock once: `recorded_at` is the later of the clock and the last
        stamp given, in this process or before, so that order by position and order by time
        agree whatever the clock does.

        Marks are stored with the events. A name that is there already, or twice among `marks`,
        is a `MarkConflict`. Marks on known positions need no events.

        With `idempotent=True` what has been stored before is skipped: an event whose stream and
        version hold an event *of the same id* answers with the position it has, and a mark whose
        name bears the same digest and position is left as it is. Another event in that place is
        a `VersionConflict`, and so is a redacted one, whose id is gone, because nobody can tell;
        another mark of that name is a `MarkConflict`.

        Data that is not one object on one line, a mark of an event outside the batch or of a
        position not stored, and a clock without a time zone are mistakes of the program:
        `ValueError`, and nothing is stored.
        """
        ...

    def read(
        self, after: int = 0, limit: int = 1000, types: Sequence[str] = (), until: int | None = None
    ) -> list[Stored]:
        """Read forward: the first `limit` events behind position `after`, up to and with `until`.

        With `types`, only events of these types count. An empty list means that nothing more is
        there yet.
        """
        ...

    def read_back(self, before: int, limit: int) -> list[Stored]:
        """Read backward: the last `limit` events in front of position `before`, newest first."""
        ...

    def at(self, positions: Sequence[int]) -> list[Stored]:
        """Read the events at these positions, in the order asked and as often as asked.

        Positions at which nothing is stored are left out. Any number may be asked for.
        """
        ...

    def stream(self, stream: str, after_version: int = 0) -> list[Stored]:
        """Read one stream in the order of its versions, from behind `after_version` to its head."""
        ...

    def heads(self, streams: Iterable[str]) -> dict[str, int]:
        """Look up the version at the head of each of these streams, 0 where there is none."""
        ...

    def head(self) -> int:
        """Give the last position stored, 0 when the log is empty."""
        ...

    def mark(self, name: str) -> tuple[int, bytes] | None:
        """Look up a mark: the position it bears and its digest, or None if it was never written."""
        ...

    def known_marks(self, names: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        """Look up many marks at once, as bulk import does; names never written are left out."""
        ...

    def subscribe(self, after: int) -> Subscription:
        """Follow the log from behind position `after`, through what is there to what will be."""
        ...

    def announce(self) -> None:
        """Have subscriptions look at once: another process has appended, as somebody told this one."""
        ...

    def close(self) -> None:
        """Let go of the store, after the calls under way; subscriptions end. Twice is no error."""
        ...
