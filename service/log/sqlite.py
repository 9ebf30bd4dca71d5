"""The log in a directory: SQLite, one process that writes, nothing to set up."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path

from eventsourcing.domain import EventSourcingError
from eventsourcing.sqlite import SQLiteCursor
from filelock import FileLock, Timeout

from service.log.arrivals import Batches
from service.log.codec import bears_id, decode_envelope, encode, in_utc
from service.log.datastore import LogDatastore
from service.log.port import (
    Appended,
    LogLocked,
    LogUnavailable,
    Mark,
    MarkConflict,
    Pending,
    Stored,
    Subscription,
    VersionConflict,
)
from service.log.recorder import LARGEST, LogRecorder, bounded

Place = tuple[str, int]
"""Where an event belongs: stream and version."""


def open_sqlite_log(directory: Path, clock: Callable[[], datetime]) -> "SqliteEventLog":
    """Open the log in `directory` for writing, making both if they are not there.

    `clock` gives the time, with a time zone, and is asked once an append. The directory holds
    `log.sqlite` (and its WAL) and `log.lock`.

    Raises LogLocked if a log is open there already, in this process or another, and
    LogUnavailable if there is no getting at it or it was written by a newer program.
    """
    with ExitStack() as resources, _answering():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        resources.callback(_lock(directory).release)
        return _opened(directory, clock, resources, writing=True)


def read_sqlite_log(directory: Path) -> "SqliteEventLog":
    """Open the log in `directory` for reading, while another process may have it for writing.

    Whatever would write is `LogUnavailable`, and so is a log that is not there.
    """
    with ExitStack() as resources, _answering():
        return _opened(directory, lambda: datetime.now(UTC), resources, writing=False)


def _opened(
    directory: Path, clock: Callable[[], datetime], resources: ExitStack, *, writing: bool
) -> "SqliteEventLog":
    datastore = LogDatastore(str(directory / "log.sqlite"), writing=writing)
    resources.callback(datastore.close)
    recorder = LogRecorder(datastore)
    resources.callback(recorder.arrivals.close)
    if writing:
        recorder.create_table()
    return SqliteEventLog(recorder, clock, resources.pop_all())


class SqliteEventLog:
    """An `EventLog` over a `LogRecorder`; `open_sqlite_log` makes one.

    It owns `resources` and closes them.
    """

    def __init__(
        self, recorder: LogRecorder, clock: Callable[[], datetime], resources: ExitStack
    ) -> None:
        self._recorder = recorder
        self._clock = clock
        self._resources = resources
        self._last_stamp = self._stamp_at_head()
        self._head: int | None = None  # known in the process that writes, from its first append on
        self.secret = recorder.select_secret()

    def append(
        self, batch: Sequence[Pending], marks: Sequence[Mark] = (), *, idempotent: bool = False
    ) -> Appended:
        head, self._head = self._head, None  # unknown, should the commit fail
        with _answering(), self._recorder.writing() as c:
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
        self._head = positions.stop - 1 if new else head
        return Appended([places[_place(p)] for p in batch], recorded_at)

    def read(
        self, after: int = 0, limit: int = 1000, types: Sequence[str] = (), until: int | None = None
    ) -> list[Stored]:
        with _answering():
            return self._recorder.select_range(after, limit, until, types)

    def read_back(self, before: int, limit: int) -> list[Stored]:
        with _answering():
            return self._recorder.select_stored(
                "WHERE position < ? ORDER BY position DESC LIMIT ?",
                (bounded(before), bounded(limit)),
            )

    def at(self, positions: Sequence[int]) -> list[Stored]:
        with _answering():
            found = self._recorder.select_positions(positions)
        return [found[position] for position in positions if position in found]

    def stream(self, stream: str, after_version: int = 0) -> list[Stored]:
        with _answering():
            return self._recorder.select_stored(
                "WHERE originator_id = ? AND originator_version > ? ORDER BY originator_version",
                (stream, bounded(after_version)),
            )

    def heads(self, streams: Iterable[str]) -> dict[str, int]:
        with _answering(), self._recorder.datastore.transaction(commit=False) as c:
            return self._recorder.stream_heads(c, streams)

    def head(self) -> int:
        if self._head is not None and not self._recorder.arrivals.closed:
            return self._head
        with _answering():
            return self._recorder.max_notification_id() or 0

    def mark(self, name: str) -> tuple[int, bytes] | None:
        return self.known_marks([name]).get(name)

    def known_marks(self, names: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        if not names:
            return {}
        with _answering(), self._recorder.datastore.transaction(commit=False) as c:
            return self._recorder.select_marks(c, names)

    def subscribe(self, after: int) -> Subscription:
        if self._recorder.arrivals.closed:
            raise LogUnavailable("the log is closed")
        return Batches(self._recorder.arrivals, after, self.read, attrgetter("position"))

    def announce(self) -> None:
        self._recorder.arrivals.announce()

    def close(self) -> None:
        self._resources.close()

    def _stamp_at_head(self) -> datetime:
        """Give the last stamp in the log: the head is never redacted, so it can be read."""
        for event in self.read_back(LARGEST, 1):
            try:
                return decode_envelope(event.body).recorded_at
            except ValueError as error:
                raise LogUnavailable(f"the event at the head is unreadable: {error}") from error
        return datetime.min.replace(tzinfo=UTC)

    def _stamp(self) -> datetime:
        return max(in_utc(self._clock()), self._last_stamp)

    def _sort_out(
        self, c: SQLiteCursor, batch: Sequence[Pending], idempotent: bool
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

    def _position_of(self, c: SQLiteCursor, pending: Pending) -> int | None:
        """Give the position of this very event, None if it, or its body, is not there."""
        there = self._recorder.select_place(c, pending.stream, bounded(pending.version))
        return there.position if there and bears_id(there.body, pending.id) else None

    def _write_marks(
        self,
        c: SQLiteCursor,
        marks: Sequence[Mark],
        places: dict[Place, int],
        end: int,
        idempotent: bool,
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


def _lock(directory: Path) -> FileLock:
    # Not thread-local: whichever thread closes the log lets go of it.
    lock = FileLock(directory / "log.lock", thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise LogLocked(
            f"another process writes the log in {directory};"
            f" a running server is reached with --url {_server_url(directory)}".rstrip()
        ) from None
    return lock


def _server_url(directory: Path) -> str:
    try:
        return (directory / "server.url").read_text("utf-8").strip()
    except (OSError, ValueError):
        return ""


@contextmanager
def _answering() -> Iterator[None]:
    """Turn whatever goes wrong in the store into LogUnavailable."""
    try:
        yield
    except (EventSourcingError, sqlite3.Error, OSError) as error:
        raise LogUnavailable(str(error) or type(error).__name__) from error
