"""The log: one ordered, durable, append-only sequence of events, and the only source of truth.

This module defines what a log promises, not how an implementation keeps the promise. Backends are
written and tested (by one conformance suite) against the text below; callers rely on nothing else.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

from pydantic_core import to_json

from service.log.errors import ClockLeap as ClockLeap
from service.log.errors import CopyRefused as CopyRefused
from service.log.errors import CopyUnfinished as CopyUnfinished
from service.log.errors import KeyConflict as KeyConflict
from service.log.errors import LogDamaged as LogDamaged
from service.log.errors import LogLocked as LogLocked
from service.log.errors import LogLost as LogLost
from service.log.errors import LogUnavailable as LogUnavailable
from service.log.errors import NotTheWriter as NotTheWriter
from service.log.errors import VersionConflict as VersionConflict
from service.log.holders import Holders
from service.log.tree import LogTree as LogTree

if TYPE_CHECKING:
    from service.log.verbatim import Snapshot

REDACTED = "EventRedacted"
"""The type of the events that record a redaction: `data.position` names the event that is redacted."""


class Pending(NamedTuple):
    """An event that has been decided and is not yet stored.

    `id` identifies the event permanently; an idempotent append compares ids. `type` and `v` name
    its schema. `version` is its place in `stream`, counted from 1. `actor` is the authenticated
    subject. `data` is one JSON object in UTF-8 on a single line; it is stored unchanged.
    """

    id: str
    type: str
    v: int
    stream: str
    version: int
    actor: str
    data: bytes


SENT_FRONT = b'{"position":%d,'
"""What takes the place of the first brace of an event where it is sent."""


class Stored(NamedTuple):
    """An event as the log keeps it, not decoded.

    `position` is its place in the whole log, counted from 1. `body` is exactly the stored bytes:
    the envelope that `service.log.envelope` writes, or `b""` once a redaction has destroyed them.
    """

    position: int
    type: str
    stream: str
    version: int
    body: bytes

    def wire(self) -> bytes:
        """Return the event as it is sent: the stored bytes with the position inserted.

        Inserts `"position":N,` after the first brace and changes nothing else, so a receiver who
        removes it has the bytes that were hashed. A redacted event has no bytes; it is sent as what
        the log still knows of it, with `"redacted":true`.
        """
        if self.body:
            return SENT_FRONT % self.position + self.body[1:]
        return b'{"position":%d,"type":%b,"stream":%b,"version":%d,"redacted":true}' % (
            self.position,
            to_json(self.type),
            to_json(self.stream),
            self.version,
        )


class Lines(NamedTuple):
    """Events as they are sent, each on a line: the bytes, how many there are, and the last position."""

    sent: bytes
    events: int
    last: int


Destroying = Callable[[Sequence[Stored]], None]
"""Called with events before their bytes are destroyed."""


class Key(NamedTuple):
    """A name that can be stored once, with a position that never changes.

    Keys make unique what is not confined to one stream: an idempotency key is one, and so is "this
    indicator has claims". `digest` identifies the request for which the name was stored; it may be
    empty. `of` is an event of the same batch, whose position the key gets, or a stored position.
    """

    name: str
    digest: bytes
    of: Pending | int


@dataclass(frozen=True, slots=True)
class Appended:
    """The result of an append: one position for each event of the batch, and their one timestamp.

    `recorded_at` is in UTC. If nothing had to be stored (no events, or an idempotent append of
    events that were all stored before) it is the timestamp that the batch would have had.
    """

    positions: list[int]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss that was accepted when the log was opened.

    `acknowledged` is the last position that the log is known to have acknowledged, `head` the last
    one that is there; `detail` says in words what is gone.
    """

    acknowledged: int
    head: int
    detail: str


@dataclass(frozen=True, slots=True)
class Leap:
    """A leap of the clock that was accepted on opening: the last timestamp, and the time."""

    before: datetime
    after: datetime


class Subscription(Protocol):
    """An endless iterator over batches of events, in the order of the log, without gaps.

    `next()` returns at least 1 and at most 4000 of the events that are there, and blocks until there
    is one. Iteration ends after `stop()`, which may be called from any thread and wakes a blocked
    `next()` at once, and when the log is closed. One thread iterates. Leaving the `with` block
    stops it. `is_quiet()` blocks until something is announced, or for some seconds, and returns
    whether nothing was, since the last batch was read or since it was called last.
    """

    def __iter__(self) -> Self: ...
    def __next__(self) -> list[Stored]: ...
    def is_quiet(self, seconds: float) -> bool: ...
    def stop(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Consulted(Protocol):
    """What a decision, and the reading of import lines, asks of a log: the part of `EventLog` that a
    rehearsal has as well."""

    secret: bytes
    """32 random bytes, created with the log: the key with which ids are derived from content, so that
    an id reveals nothing about the content. Sent to nobody but an exact copy of the log: a mirror whose
    token may read everything."""

    def at(self, positions: Sequence[int]) -> list[Stored]:
        """Read the events at these positions, in the order of the request, repeats included.

        Positions at which nothing is stored are left out. There is no maximum number.
        """
        ...

    def stream(self, stream: str, after_version: int = 0) -> list[Stored]:
        """Read one stream in the order of its versions, from after `after_version` to its end."""
        ...

    def heads(self, streams: Iterable[str]) -> dict[str, int]:
        """Look up the last version of each of these streams, 0 for one without events."""
        ...

    def head(self) -> int:
        """Return the last stored position, 0 if the log is empty."""
        ...

    def key(self, name: str) -> tuple[int, bytes] | None:
        """Look up a key: its position and its digest, or None if it is not stored."""
        ...

    def stored_keys(self, names: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        """Look up many keys at once, as an import does; names that are not stored are left out."""
        ...

    def now(self) -> datetime:
        """Return the time that a batch appended now would get: the later of clock and last timestamp.

        What is appended later never gets an earlier one. Raises `ClockLeap` and
        `LogDamaged` as an append would.
        """
        ...


class EventLog(Consulted, Protocol):
    """One log.

    Every method may be called from any thread. A reader sees a batch whole or not at all, and
    positions become visible in order: once a reader has seen a position, every lower one is
    visible. So a reader that remembers the last position it read, and continues after it, misses
    nothing.

    Every failure of the underlying store is raised as `LogUnavailable`, and so is every call after
    `close`. Positions of any size may be passed; where nothing is stored, nothing is returned.

    Every event that is returned has been verified against the hash that was stored with it. One that
    does not match, or is missing between others, is raised as `LogDamaged`; from then on `damage`
    says so and appends are refused, while what is intact can still be read.
    """

    id: str
    """16 hexadecimal digits derived from the secret: the name of this log, which never changes."""

    lost: Loss | None
    """The loss that was accepted when the log was opened, None if there was none."""

    leap: Leap | None
    """The leap of the clock that was accepted when the log was opened, None if there was none."""

    tree: LogTree
    """The log as a Merkle tree, with its checkpoints."""

    holders: Holders | None
    """Where the process that writes the log publishes its address; None where only files are kept."""

    undestroyed: Event
    """Set while there may be bytes in the store that a stored redaction names (`destroy`)."""

    destroying: Destroying
    """Called by `destroy` with events before their bytes are gone; what it raises leaves them there."""

    @property
    def damage(self) -> str | None:
        """The first damage that was found, with position and cure; once found, appends are refused."""
        ...

    @property
    def clock_leap(self) -> str | None:
        """Why an append now would be refused for the clock, None if it would not be."""
        ...

    @property
    def checked(self) -> int:
        """The position through which the log was verified since it was opened."""
        ...

    def redactions(self, after: int = 0) -> list[Stored]:
        """Read every event after a position that records a redaction (`REDACTED`)."""
        ...

    def destroy(self) -> bool:
        """Destroy body and salt of every event that a stored redaction names; all else stays.

        Returns whether nothing of them is left in the files of the store, as far as the log can tell:
        a reader of an older state of the file may keep it there, so that this must be called again.
        Raises LogUnavailable where the log is open for reading only.
        """
        ...

    def append(
        self, batch: Sequence[Pending], keys: Sequence[Key] = (), *, idempotent: bool = False
    ) -> Appended:
        """Store a batch of events and keys, all or nothing, and return the positions of the events.

        One transaction, durable when this returns: it survives a killed process and a power
        failure.

        Versions of a stream are dense: version n+1 follows n, the first is 1, and a batch may
        hold several of one stream in order. Anything else is a `VersionConflict` that names the
        version of the stream's head *in the log*, whatever the batch held before the offender.
        A log may also raise it for a batch that does continue its streams, when it loses a race
        with another transaction. Nothing is stored then, and the caller decides again.

        Positions ascend in the order of the batch without gaps. The log reads its clock once per
        batch: `recorded_at` is the later of the clock and the last timestamp it ever gave, so that
        the order by position and the order by time agree even if the clock goes back.

        Keys are stored with the events. A name that is stored already, or twice among `keys`, is a
        `KeyConflict`. A batch may consist of keys on stored positions alone.

        With `idempotent=True`, what was stored before is skipped: an event whose stream and version
        hold an event *with the same id* returns the position of that event, and a key whose name is
        stored with the same digest and position is left alone. Any other event in that place is a
        `VersionConflict`, and so is a redacted one, because its id is gone and cannot be compared;
        any other key of that name is a `KeyConflict`.

        The clock may leap: a timestamp more than a day after the last one in the log is a `ClockLeap`,
        and nothing is stored. Time that this process has waited since then counts as passed.

        These are errors of the program, raised as `ValueError`, and nothing is stored: data that is
        not one object on one line, a key of an event outside the batch or of a position that is not
        stored, a clock without a time zone.
        """
        ...

    def read(
        self, after: int = 0, limit: int = 1000, types: Sequence[str] = (), until: int | None = None
    ) -> list[Stored]:
        """Read forward: up to `limit` events after position `after`, up to and including `until`.

        With `types`, only events of these types count. The events returned are the first ones, none
        left out, but there may be fewer than `limit` although more follow. Only an empty list means
        that nothing more is there yet.
        """
        ...

    def lines(self, after: int = 0, limit: int = 1000, until: int | None = None) -> Lines:
        """Read forward as `read` does, events of all types as `Stored.wire` returns them.

        For whoever passes the log on as it is, which costs less than to take each event in hand. Where
        there are none, `last` is the position after which was read.
        """
        ...

    def read_back(self, before: int, limit: int) -> list[Stored]:
        """Read backward: up to `limit` events before position `before`, newest first.

        None between them is left out; as with `read`, only an empty list means the end.
        """
        ...

    def digest_at(self, position: int) -> bytes | None:
        """Return the running digest through a position (`service.log.hashes`), None beyond the end.

        Position 0 gives the digest of an empty log.
        """
        ...

    def snapshot(self) -> "AbstractContextManager[Snapshot[Any]]":
        """Open a snapshot: what the log stores now, exactly as it is stored, for copies of it."""
        ...

    def subscribe(self, after: int) -> Subscription:
        """Follow the log from after position `after`: first the stored events, then new ones."""
        ...

    def check(self, pause: Callable[[], bool] = lambda: False) -> Iterator[LogDamaged]:
        """Verify everything that is stored and yield each damage; `damage` is the first that was found.

        `pause` is called between short steps, and ends the check if it returns true.
        """
        ...

    def note(self, damage: LogDamaged) -> None:
        """Note damage that was found elsewhere: `damage` says so, and appends are refused."""
        ...

    def announce(self) -> None:
        """Make subscriptions read at once, because another process has appended to the log."""
        ...

    def close(self) -> None:
        """Close the store once running calls are done; subscriptions end. May be called twice."""
        ...
