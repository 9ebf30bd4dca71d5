"""A log in memory: the least that the port asks of a backend, without a database or a file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from secrets import token_bytes
from threading import RLock

from service.log.calls import Calls
from service.log.conformance.store import Place
from service.log.damage import tip_of
from service.log.envelope import decode_envelope
from service.log.event_log import RecordedLog
from service.log.failures import Failures
from service.log.guard import waiting_since
from service.log.hashes import SECRET_BYTES, Seal
from service.log.port import LogLocked
from service.log.recorder import Before, EventRow, KeyRow, Packed, Row, StoredRow, Tip
from service.log.stamps import Stamps
from service.log.start import check_start
from service.log.subscription import Arrivals
from service.log.tree import StoredCheckpoint
from service.log.tree_tables import AttachmentRow, EntryRow, SubtreeRow

FAILURES = Failures((MemoryError,), lambda error: False)


@dataclass
class Tables:
    """What a log in memory keeps while it is closed."""

    secret: bytes = field(default_factory=partial(token_bytes, SECRET_BYTES))
    events: list[EventRow] = field(default_factory=list)
    entries: list[EntryRow] = field(default_factory=list)
    subtrees: dict[int, list[bytes]] = field(default_factory=dict)
    """The hashes of each level."""
    checkpoints: list[StoredCheckpoint] = field(default_factory=list)
    attachments: list[AttachmentRow] = field(default_factory=list)
    keys: dict[str, KeyRow] = field(default_factory=dict)
    versions: dict[str, list[int]] = field(default_factory=dict)
    """The positions of each stream, in the order of its versions."""
    changing: RLock = field(default_factory=RLock)
    held: bool = False
    """Whether the log is open for writing."""


@dataclass
class Draft:
    """What one append will store; or where a snapshot ends, and which keys it has."""

    first: int = 0
    rows: Sequence[Row] = ()
    seals: Sequence[Seal] = ()
    subtrees: Sequence[SubtreeRow] = ()
    checkpoints: Sequence[StoredCheckpoint] = ()
    attachments: Sequence[AttachmentRow] = ()
    keys: Sequence[KeyRow] = ()
    gone: Sequence[int] = ()
    """Positions whose bodies and salts it destroys."""
    head: int = 0
    names: Sequence[str] = ()


class MemoryTree:
    """The tables of the tree of a log in memory."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Tables]]) -> None:
        self._reading = reading

    def insert_subtrees(self, c: Draft, rows: Sequence[SubtreeRow]) -> None:
        c.subtrees = rows

    def insert_checkpoint(self, c: Draft, checkpoint: StoredCheckpoint) -> None:
        c.checkpoints = [checkpoint]

    def insert_attachments(self, c: Draft, rows: Sequence[AttachmentRow]) -> None:
        c.attachments = rows

    def select_entries(self, c: Draft, after: int, until: int) -> list[EntryRow]:
        with self._reading() as tables:
            return tables.entries[after : min(until, c.head)]

    def select_subtrees(self, c: Draft, level: int, first: int, end: int) -> list[bytes]:
        with self._reading() as tables:
            return tables.subtrees.get(level, [])[first:end]

    def select_checkpoints(self, c: Draft, after_size: int, limit: int) -> list[StoredCheckpoint]:
        with self._reading() as tables:
            return [each for each in tables.checkpoints if each.size > after_size][:limit]

    def select_last_checkpoint(self, c: Draft) -> list[StoredCheckpoint]:
        with self._reading() as tables:
            return tables.checkpoints[-1:]

    def select_attachments(
        self, c: Draft, after: int, limit: int, size: int | None = None
    ) -> list[AttachmentRow]:
        with self._reading() as tables:
            rows = [row for row in tables.attachments[after:] if size in (None, row[1])]
            return rows[:limit]

    def select_newest_attachment(self, c: Draft, kind: str, name: str | None) -> list[AttachmentRow]:
        with self._reading() as tables:
            rows = [row for row in tables.attachments if row[2] == kind and name in (None, row[3])]
            return rows[-1:]


class MemoryRecorder:
    """The recorder of a log in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._calls = Calls()
        self.arrivals = Arrivals()
        self.tree = MemoryTree(self._reading)

    def close(self) -> None:
        self._calls.close()

    @contextmanager
    def writing(self) -> Iterator[Draft]:
        with self._reading() as tables:
            yield (draft := Draft(head=len(tables.events)))
            for at, (event, seal) in enumerate(zip(draft.rows, draft.seals, strict=True), draft.first):
                stream, version, type, body = event
                tables.events.append((at, type, stream, version, body))
                tables.entries.append((at, at - 1, *seal))
                tables.versions.setdefault(stream, []).append(at)
            for level, _, hash in draft.subtrees:
                tables.subtrees.setdefault(level, []).append(hash)
            tables.checkpoints.extend(draft.checkpoints)
            for row in draft.attachments:
                tables.attachments.append((len(tables.attachments) + 1, *row[1:]))
            tables.keys.update({key[0]: key for key in draft.keys})
            for at in draft.gone:
                tables.events[at - 1] = (*tables.events[at - 1][:4], None)
                tables.entries[at - 1] = (at, at - 1, None, *tables.entries[at - 1][3:])
        self.arrivals.announce()

    def tip(self, c: Draft) -> Tip:
        return self._tip(c.head)

    def insert(self, c: Draft, first: int, rows: Sequence[Row], seals: Sequence[Seal]) -> None:
        c.first, c.rows, c.seals = first, rows, seals

    def insert_keys(self, c: Draft, rows: Sequence[KeyRow]) -> None:
        c.keys = rows

    def before(self, c: Draft, streams: Sequence[str], keys: Sequence[str]) -> Before:
        return Before(self.tip(c), self.select_heads(streams), self.select_stored_keys(keys))

    def select_heads(self, streams: Iterable[str]) -> dict[str, int]:
        with self._reading() as tables:
            return {stream: len(tables.versions.get(stream, ())) for stream in streams}

    def select_place(self, c: Draft, stream: str, version: int) -> list[StoredRow]:
        return self.select_stream(stream, version - 1)[:1] if version > 0 else []

    def select_keys(self, c: Draft, names: Sequence[str]) -> list[KeyRow]:
        return self.select_stored_keys(names)

    def select_stored_keys(self, names: Sequence[str]) -> list[KeyRow]:
        with self._reading() as tables:
            return [tables.keys[name] for name in names if name in tables.keys]

    def select_range(
        self, after: int, limit: int, until: int | None, types: Sequence[str]
    ) -> list[StoredRow]:
        with self._reading() as tables:
            end = len(tables.events) if until is None else min(max(until, 0), len(tables.events))
            wanted = (at for at in range(max(after, 0) + 1, end + 1) if self._is_of(at, types))
            return self._stored(islice(wanted, max(limit, 0)))

    def select_packed(self, after: int, until: int) -> Packed | None:
        """None: pages are read row by row."""
        return None

    def select_before(self, before: int, limit: int) -> list[StoredRow]:
        with self._reading() as tables:
            end = max(min(before - 1, len(tables.events)), 0)
            return self._stored(range(end, max(end - limit, 0), -1))

    def select_positions(self, positions: Sequence[int]) -> list[StoredRow]:
        with self._reading() as tables:
            return self._stored({p for p in positions if 0 < p <= len(tables.events)})

    def select_stream(self, stream: str, after_version: int) -> list[StoredRow]:
        with self._reading() as tables:
            return self._stored(tables.versions.get(stream, [])[after_version:])

    def select_head(self) -> int:
        with self._reading() as tables:
            return len(tables.events)

    def select_digest(self, position: int) -> bytes | None:
        with self._reading() as tables:
            return tables.entries[position - 1][4] if 0 < position <= len(tables.entries) else None

    def select_tip(self) -> Tip:
        return self._tip(self.select_head())

    @contextmanager
    def snapshot(self) -> Iterator[Draft]:
        with self._reading() as tables:
            draft = Draft(head=len(tables.events), names=sorted(tables.keys))
        yield draft

    def select_raw(self, c: Draft, after: int, until: int) -> tuple[list[EventRow], list[EntryRow]]:
        with self._reading() as tables:
            end = min(until, c.head)
            return tables.events[after:end], tables.entries[after:end]

    def select_misplaced(self, after: int, until: int) -> list[int]:
        return []

    def select_redactions(self, after: int) -> list[StoredRow]:
        return self.select_range(after, len(self._tables.events), None, ["EventRedacted"])

    def wipe(self) -> bool:
        return True

    def select_redacted(self) -> set[int]:
        named = {each[0]: _redacted_by(each[4]) for each in self.select_redactions(0)}
        return {of for position, of in named.items() if type(of) is int and 0 < of < position}

    def select_gone(self, c: Draft) -> set[int]:
        with self._reading() as tables:
            return {at for at in self.select_redacted() if tables.events[at - 1][4] is None}

    def select_all_keys(self, c: Draft, after: str, limit: int) -> list[KeyRow]:
        with self._reading() as tables:
            return [tables.keys[name] for name in c.names if name > after][:limit]

    def select_key_count(self, c: Draft) -> int:
        return len(c.names)

    def select_keys_of(self, c: Draft, after: int, until: int) -> list[KeyRow]:
        with self._reading() as tables:
            return [tables.keys[name] for name in c.names if after < tables.keys[name][1] <= until]

    def redact(self, c: Draft, positions: Sequence[int], *, guarded: bool) -> None:
        assert guarded, "a log in memory is no copy"
        c.gone = positions

    def select_meta(self) -> dict[str, bytes]:
        return {}

    def insert_meta(self, c: Draft, name: str, value: bytes) -> None:
        raise NotImplementedError

    def structure_faults(self, stopped: Callable[[], bool]) -> list[str]:
        return []

    @contextmanager
    def _reading(self) -> Iterator[Tables]:
        with self._calls.running(), self._tables.changing:
            yield self._tables

    def _tip(self, end: int) -> Tip:
        with self._reading() as tables:
            return tip_of(end, end - 1, end, tables.entries[end - 1][4] if end else None)

    def _is_of(self, position: int, types: Sequence[str]) -> bool:
        return not types or self._tables.events[position - 1][1] in types

    def _stored(self, positions: Iterable[int]) -> list[StoredRow]:
        events, entries = self._tables.events, self._tables.entries
        return [(*_whole(events[at - 1]), *entries[at - 1][2:4]) for at in positions]


class Memory:
    """Logs by their directories, for as long as a test runs."""

    def __init__(self) -> None:
        self._logs: dict[str, Tables] = {}

    def open_log(
        self,
        place: Place,
        clock: Callable[[], datetime],
        *,
        monotonic: Callable[[], float] = lambda: 0.0,
        accept_loss: bool = False,
        accept_clock: bool = False,
    ) -> RecordedLog[Draft]:
        """Open the log of a directory, which holds only its guard."""
        tables = self._logs.setdefault(str(place.directory), Tables())
        stamps = partial(
            Stamps,
            clock,
            monotonic=monotonic,
            since=waiting_since(place.directory),
            accept_leap=accept_clock,
        )
        with ExitStack() as resources:
            resources.enter_context(_held(tables))
            recorder = MemoryRecorder(tables)
            resources.callback(recorder.close)
            resources.callback(recorder.arrivals.close)
            log = RecordedLog(recorder, tables.secret, resources.pop_all(), FAILURES, stamps)
            check_start(log, place.directory, monotonic=monotonic, accept_loss=accept_loss)
            return log


@contextmanager
def _held(tables: Tables) -> Iterator[None]:
    if tables.held:
        raise LogLocked("another process writes the log in memory")
    tables.held = True
    try:
        yield
    finally:
        tables.held = False


def _redacted_by(body: bytes) -> object:
    """What an event that records a redaction says that it redacts."""
    with suppress(ValueError):
        return decode_envelope(body).data.get("position")
    return None


def _whole(event: EventRow) -> tuple[int, str, str, int, bytes]:
    position, type, stream, version, body = event
    return position, type, stream, version, body or b""
