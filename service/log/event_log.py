"""The log over a recorder: what an append stores, refuses and returns, the same for every database."""

import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from service.log.envelope import decode_envelope, encode, has_id, in_utc
from service.log.port import (
    Appended,
    Key,
    KeyConflict,
    LogUnavailable,
    Pending,
    Stored,
    Subscription,
    VersionConflict,
)
from service.log.subscription import Arrivals, Batches

LARGEST = 2**63 - 1
SALT_BYTES = 32
SECRET_BYTES = 32
SCHEMA_VERSION = 1

C = TypeVar("C")
"""A transaction of the database."""

Place = tuple[str, int]
"""The place of an event: stream and version."""

Row = tuple[str, int, str, bytes]
"""The stored columns of an event: stream, version, type, body."""

Keys = dict[str, tuple[int, bytes]]
"""Stored keys by name: position and digest."""


class Recorder(Protocol[C]):
    """The tables of one log: what a backend implements.

    Methods with a transaction `c` run in that of `writing`; each of the others sees one snapshot of
    the log. Numbers have been passed through `bounded`.
    """

    arrivals: Arrivals

    def writing(self) -> AbstractContextManager[C]:
        """Open the only transaction that may write; commit it and announce it when the block ends."""
        ...

    def insert(self, c: C, rows: Sequence[Row]) -> range:
        """Insert events at the next positions, each with the next index and a new random salt.

        Returns the positions; without rows, the empty range at the next position.
        """
        ...

    def insert_keys(self, c: C, rows: Sequence[tuple[str, int, bytes]]) -> None:
        """Insert keys: name, position, digest."""
        ...

    def select_heads(self, streams: Iterable[str]) -> dict[str, int]:
        """Look up versions as `stream_heads` does, outside a transaction."""
        ...

    def stream_heads(self, c: C, streams: Iterable[str]) -> dict[str, int]:
        """Look up the last version of each of these streams, 0 for one without events."""
        ...

    def select_place(self, c: C, stream: str, version: int) -> Stored | None:
        """Look up the event at this version of the stream."""
        ...

    def select_keys(self, c: C, names: Sequence[str]) -> Keys:
        """Look up the keys with these names; names that are not stored are left out."""
        ...

    def select_stored_keys(self, names: Sequence[str]) -> Keys:
        """Look up keys as `select_keys` does, outside a transaction."""
        ...

    def select_range(
        self, after: int, limit: int, until: int | None, types: Sequence[str]
    ) -> list[Stored]:
        """Select the first `limit` events in (after, until], of these types if any are named."""
        ...

    def select_before(self, before: int, limit: int) -> list[Stored]:
        """Select the last `limit` events before a position, newest first."""
        ...

    def select_positions(self, positions: Sequence[int]) -> dict[int, Stored]:
        """Select the events at these positions, any number of them, from one snapshot of the log."""
        ...

    def select_stream(self, stream: str, after_version: int) -> list[Stored]:
        """Select the events of a stream after a version, in order."""
        ...

    def select_head(self) -> int:
        """Return the last stored position, 0 for an empty log."""
        ...

    def select_secret(self) -> bytes:
        """Return the random bytes that were created with the log."""
        ...


class RecordedLog(Generic[C]):
    """An `EventLog` over a `Recorder`.

    It owns `resources` and closes them. `failures` are the exceptions that the recorder raises if
    the store does not answer.
    """

    def __init__(
        self,
        recorder: Recorder[C],
        clock: Callable[[], datetime],
        resources: ExitStack,
        failures: tuple[type[Exception], ...],
    ) -> None:
        self._recorder = recorder
        self._clock = clock
        self._resources = resources
        self._failures = failures
        self._stamp_is_known = True
        self._last_stamp = self._stamp_at_head()
        self._head: int | None = None  # known only in the process that writes, after its first append
        with self._answering():
            self.secret = recorder.select_secret()
        self.id = hmac.digest(self.secret, b"intellog/log/v1", "sha256").hex()[:16]

    def append(
        self, batch: Sequence[Pending], keys: Sequence[Key] = (), *, idempotent: bool = False
    ) -> Appended:
        head, self._head = self._head, None  # unknown if the commit fails
        try:
            with self._answering(), self._recorder.writing() as c:
                appended = self._append(c, batch, keys, idempotent)
            self._head = max([head or 0, *appended.positions]) or None
            return appended
        except LogUnavailable:
            # Another process may have taken over and given timestamps while the store did not answer.
            self._stamp_is_known = False
            raise

    def read(
        self, after: int = 0, limit: int = 1000, types: Sequence[str] = (), until: int | None = None
    ) -> list[Stored]:
        end = None if until is None else bounded(until)
        with self._answering():
            return self._recorder.select_range(bounded(after), bounded(limit), end, types)

    def read_back(self, before: int, limit: int) -> list[Stored]:
        with self._answering():
            return self._recorder.select_before(bounded(before), bounded(limit))

    def at(self, positions: Sequence[int]) -> list[Stored]:
        with self._answering():
            found = self._recorder.select_positions(positions)
        return [found[position] for position in positions if position in found]

    def stream(self, stream: str, after_version: int = 0) -> list[Stored]:
        with self._answering():
            return self._recorder.select_stream(stream, bounded(after_version))

    def heads(self, streams: Iterable[str]) -> dict[str, int]:
        with self._answering():
            return self._recorder.select_heads(streams)

    def head(self) -> int:
        if self._head is not None and not self._recorder.arrivals.closed:
            return self._head
        with self._answering():
            return self._recorder.select_head()

    def key(self, name: str) -> tuple[int, bytes] | None:
        return self.stored_keys([name]).get(name)

    def stored_keys(self, names: Sequence[str]) -> Keys:
        if not names:
            return {}
        with self._answering():
            return self._recorder.select_stored_keys(names)

    def subscribe(self, after: int) -> Subscription:
        if self._recorder.arrivals.closed:
            raise LogUnavailable("the log is closed")
        return Batches(self._recorder.arrivals, after, self.read, attrgetter("position"))

    def now(self) -> datetime:
        # Called from any thread, so it changes nothing: only an append settles what the last stamp is.
        last = self._last_stamp
        if not self._stamp_is_known:
            last = max(last, self._stamp_at_head())
        return max(in_utc(self._clock()), last)

    def announce(self) -> None:
        self._recorder.arrivals.announce()

    def close(self) -> None:
        self._resources.close()

    def _answering(self) -> AbstractContextManager[None]:
        return answering(*self._failures)

    def _stamp_at_head(self) -> datetime:
        """Return the last timestamp in the log; the last event is never redacted, so it can be read."""
        for event in self.read_back(LARGEST, 1):
            try:
                return decode_envelope(event.body).recorded_at
            except ValueError as error:
                raise LogUnavailable(f"the last event of the log is unreadable: {error}") from error
        return datetime.min.replace(tzinfo=UTC)

    def _stamp(self) -> datetime:
        if not self._stamp_is_known:
            self._last_stamp = max(self._last_stamp, self._stamp_at_head())
            self._stamp_is_known = True
        return self.now()

    def _append(
        self, c: C, batch: Sequence[Pending], keys: Sequence[Key], idempotent: bool
    ) -> Appended:
        new, places = self._separate(c, batch, idempotent)
        recorded_at = self._stamp()
        positions = self._recorder.insert(
            c, [(*place, p.type, encode(p, recorded_at)) for place, p in new.items()]
        )
        places.update(zip(new, positions, strict=True))
        self._insert_keys(c, keys, places, positions.stop, idempotent)
        if new:
            # Set before the commit, whose result may never become known.
            self._last_stamp = recorded_at
        return Appended([places[_place(p)] for p in batch], recorded_at)

    def _separate(
        self, c: C, batch: Sequence[Pending], idempotent: bool
    ) -> tuple[dict[Place, Pending], dict[Place, int]]:
        """Separate the events to store from the positions of those that are stored already."""
        stored_heads = self._recorder.stream_heads(c, {p.stream for p in batch})
        heads = dict(stored_heads)
        new: dict[Place, Pending] = {}
        known: dict[Place, int] = {}
        for pending in batch:
            place = _place(pending)
            if pending.version == heads[pending.stream] + 1:
                heads[pending.stream] = pending.version
                new[place] = pending
            elif idempotent and place in new and new[place].id == pending.id:
                continue
            elif idempotent and (position := self._position_of(c, pending)):
                known[place] = position
            else:
                raise VersionConflict(pending.stream, stored_heads[pending.stream])
        return new, known

    def _position_of(self, c: C, pending: Pending) -> int | None:
        """Return the position of this event, None if it is not stored or was redacted."""
        there = self._recorder.select_place(c, pending.stream, bounded(pending.version))
        return there.position if there and has_id(there.body, pending.id) else None

    def _insert_keys(
        self, c: C, keys: Sequence[Key], places: dict[Place, int], end: int, idempotent: bool
    ) -> None:
        stored = self._recorder.select_keys(c, [key.name for key in keys])
        rows = []
        for key in keys:
            value = (_position_for(key, places, end), key.digest)
            if key.name not in stored:
                stored[key.name] = value
                rows.append((key.name, *value))
            elif not idempotent or stored[key.name] != value:
                raise KeyConflict(key.name)
        self._recorder.insert_keys(c, rows)


def never() -> datetime:
    """The clock of a log that is open for reading, which needs no timestamps."""
    raise AssertionError("a log that is open for reading needs no timestamps")


@contextmanager
def answering(*failures: type[Exception]) -> Iterator[None]:
    """Raise these exceptions of the store as LogUnavailable."""
    try:
        yield
    except failures as error:
        raise LogUnavailable(str(error).partition("\n")[0] or type(error).__name__) from error


def bounded(number: int) -> int:
    """Limit a number to the range that the databases can compare with."""
    return max(-LARGEST, min(number, LARGEST))


def newer(found: int) -> LogUnavailable:
    """The error for a log whose schema is newer than the one that this program knows."""
    return LogUnavailable(
        f"the log was written by a newer intellog: its schema version is {found},"
        f" this program knows {SCHEMA_VERSION}"
    )


def _place(pending: Pending) -> Place:
    return pending.stream, pending.version


def _position_for(key: Key, places: dict[Place, int], end: int) -> int:
    """Return the position for a key: that of an event of the batch, or a stored one before `end`."""
    if isinstance(key.of, int):
        position = key.of if 0 < key.of < end else None
    else:
        position = places.get(_place(key.of))
    if position is None:
        raise ValueError(f"key {key.name!r} has no position in this log")
    return position
