"""A log over a recorder: what an append stores, refuses and answers, whichever database keeps it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from service.log.envelope import bears_id, decode_envelope, encode, in_utc
from service.log.port import (
    Appended,
    LogUnavailable,
    Mark,
    MarkConflict,
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
"""What stands for a transaction of the database."""

Place = tuple[str, int]
"""Where an event belongs: stream and version."""

Row = tuple[str, int, str, bytes]
"""What is stored of an event: stream, version, type, body."""

Marks = dict[str, tuple[int, bytes]]
"""Marks by name: the position each bears, and its digest."""


class Recorder(Protocol[C]):
    """The tables of one log.

    Methods that take a transaction work within that of `writing`; the others see one state of the
    log each. Numbers are within what `bounded` gives.
    """

    arrivals: Arrivals

    def writing(self) -> AbstractContextManager[C]:
        """Hold the one transaction that may write: committed at the end, then announced."""
        ...

    def insert(self, c: C, rows: Sequence[Row]) -> range:
        """Store events at the next positions, each with the next index and a fresh salt.

        Gives the positions; of no rows, the empty range in front of the next one.
        """
        ...

    def insert_marks(self, c: C, rows: Sequence[tuple[str, int, bytes]]) -> None:
        """Store marks: name, position, digest."""
        ...

    def select_heads(self, streams: Iterable[str]) -> dict[str, int]:
        """Look up heads as `stream_heads` does, outside of any transaction."""
        ...

    def stream_heads(self, c: C, streams: Iterable[str]) -> dict[str, int]:
        """Look up the version at the head of each of these streams, 0 where there is none."""
        ...

    def select_place(self, c: C, stream: str, version: int) -> Stored | None:
        """Look up the event that holds this version of the stream."""
        ...

    def select_marks(self, c: C, names: Sequence[str]) -> Marks:
        """Look up the marks of these names; names never written are left out."""
        ...

    def select_known_marks(self, names: Sequence[str]) -> Marks:
        """Look up marks as `select_marks` does, outside of any transaction."""
        ...

    def select_range(
        self, after: int, limit: int, until: int | None, types: Sequence[str]
    ) -> list[Stored]:
        """Select the first `limit` events of these types (none: all) in (after, until]."""
        ...

    def select_before(self, before: int, limit: int) -> list[Stored]:
        """Select the last `limit` events in front of a position, newest first."""
        ...

    def select_positions(self, positions: Sequence[int]) -> dict[int, Stored]:
        """Select the events at these positions, any number of them, as one state of the log."""
        ...

    def select_stream(self, stream: str, after_version: int) -> list[Stored]:
        """Select the events of a stream behind a version, in order."""
        ...

    def select_head(self) -> int:
        """Give the last position stored, 0 of an empty log."""
        ...

    def select_secret(self) -> bytes:
        """Give the random bytes that were made with the log."""
        ...


class RecordedLog(Generic[C]):
    """An `EventLog` over a `Recorder`.

    It owns `resources` and closes them. `failures` are the exceptions by which the recorder says
    that the store does not answer.
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
        self._head: int | None = None  # known in the process that writes, from its first append on
        with self._answering():
            self.secret = recorder.select_secret()

    def append(
        self, batch: Sequence[Pending], marks: Sequence[Mark] = (), *, idempotent: bool = False
    ) -> Appended:
        head, self._head = self._head, None  # unknown, should the commit fail
        try:
            with self._answering(), self._recorder.writing() as c:
                appended = self._append(c, batch, marks, idempotent)
            self._head = max([head or 0, *appended.positions]) or None
            return appended
        except LogUnavailable:
            # Where another process can take over while the store is away, it gives stamps as well.
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

    def mark(self, name: str) -> tuple[int, bytes] | None:
        return self.known_marks([name]).get(name)

    def known_marks(self, names: Sequence[str]) -> Marks:
        if not names:
            return {}
        with self._answering():
            return self._recorder.select_known_marks(names)

    def subscribe(self, after: int) -> Subscription:
        if self._recorder.arrivals.closed:
            raise LogUnavailable("the log is closed")
        return Batches(self._recorder.arrivals, after, self.read, attrgetter("position"))

    def announce(self) -> None:
        self._recorder.arrivals.announce()

    def close(self) -> None:
        self._resources.close()

    def _answering(self) -> AbstractContextManager[None]:
        return answering(*self._failures)

    def _stamp_at_head(self) -> datetime:
        """Give the last stamp in the log: the head is never redacted, so it can be read."""
        for event in self.read_back(LARGEST, 1):
            try:
                return decode_envelope(event.body).recorded_at
            except ValueError as error:
                raise LogUnavailable(f"the event at the head is unreadable: {error}") from error
        return datetime.min.replace(tzinfo=UTC)

    def _stamp(self) -> datetime:
        if not self._stamp_is_known:
            self._last_stamp = max(self._last_stamp, self._stamp_at_head())
            self._stamp_is_known = True
        return max(in_utc(self._clock()), self._last_stamp)

    def _append(
        self, c: C, batch: Sequence[Pending], marks: Sequence[Mark], idempotent: bool
    ) -> Appended:
        new, places = self._sort_out(c, batch, idempotent)
        recorded_at = self._stamp()
        positions = self._recorder.insert(
            c, [(*place, p.type, encode(p, recorded_at)) for place, p in new.items()]
        )
        places.update(zip(new, positions, strict=True))
        self._write_marks(c, marks, places, positions.stop, idempotent)
        if new:
            # Before the commit, of which one may not learn whether it was done.
            self._last_stamp = recorded_at
        return Appended([places[_place(p)] for p in batch], recorded_at)

    def _sort_out(
        self, c: C, batch: Sequence[Pending], idempotent: bool
    ) -> tuple[dict[Place, Pending], dict[Place, int]]:
        """Tell the events that are to be stored from the positions of those that are."""
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
        """Give the position of this very event, None if it, or its body, is not there."""
        there = self._recorder.select_place(c, pending.stream, bounded(pending.version))
        return there.position if there and bears_id(there.body, pending.id) else None

    def _write_marks(
        self, c: C, marks: Sequence[Mark], places: dict[Place, int], end: int, idempotent: bool
    ) -> None:
        known = self._recorder.select_marks(c, [mark.name for mark in marks])
        rows = []
        for mark in marks:
            bears = (_borne(mark, places, end), mark.digest)
            if mark.name not in known:
                known[mark.name] = bears
                rows.append((mark.name, *bears))
            elif not idempotent or known[mark.name] != bears:
                raise MarkConflict(mark.name)
        self._recorder.insert_marks(c, rows)


def never() -> datetime:
    """The clock of a log that is open for reading: there is nothing to stamp."""
    raise AssertionError("a log that is open for reading asks for no time")


@contextmanager
def answering(*failures: type[Exception]) -> Iterator[None]:
    """Turn whatever goes wrong in the store into LogUnavailable."""
    try:
        yield
    except failures as error:
        raise LogUnavailable(str(error).partition("\n")[0] or type(error).__name__) from error


def bounded(number: int) -> int:
    """Bring a number that somebody asked for into what a database can compare with."""
    return max(-LARGEST, min(number, LARGEST))


def newer(found: int) -> LogUnavailable:
    """What to raise of a log whose schema is newer than the one this program knows."""
    return LogUnavailable(
        f"the log was written by a newer intellog: its schema is {found},"
        f" this one knows {SCHEMA_VERSION}"
    )


def _place(pending: Pending) -> Place:
    return pending.stream, pending.version


def _borne(mark: Mark, places: dict[Place, int], end: int) -> int:
    """Give the position a mark is to bear: of an event of the batch, or one in front of `end`."""
    if isinstance(mark.of, int):
        position = mark.of if 0 < mark.of < end else None
    else:
        position = places.get(_place(mark.of))
    if position is None:
        raise ValueError(f"mark {mark.name!r} bears no position of this log")
    return position
