"""Exact copies of a log: its events, hashes and keys read as they are stored, and stored so again.

A copy has the positions, bytes, indexes, salts, commitments, running digests, times, keys and the
secret of its original, and so the same tree; and its checkpoints, with what is attached to them. No
event is stored in it before it was verified.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Generic, NamedTuple

from service.log.damage import MISMATCH, MISSING, NOT_CHAINED, verified, verified_keys, wrong_time
from service.log.errors import CopyRefused, CopyUnfinished, LogDamaged, LogUnavailable
from service.log.hashes import EMPTY, SALT_BYTES, Seal, digest_after
from service.log.port import EventLog
from service.log.recorder import C, EventRow, KeyRow, Recorder, Row, Tip
from service.log.subtrees import insert_events
from service.log.tree import StoredCheckpoint
from service.log.tree_tables import AttachmentRow, EntryRow

BATCH = 1000
START = Tip(0, EMPTY)
"""The end of an empty log."""
UNFINISHED, FINISHED = "unfinished", "finished"
"""Names in `log_meta`. What is stored there is never removed, so a copy that is done has both."""
_LOST = b"", bytes(SALT_BYTES)
"""Stands for body and salt of a redacted event until they are removed, in the same transaction."""


Answering = Callable[[], AbstractContextManager[None]]


class Entry(NamedTuple):
    """One event exactly as it is stored; `body` and `salt` are None once it was redacted.

    `digest` is the running digest through this event, `recorded_at` the time in its envelope.
    """

    position: int
    idx: int
    type: str
    stream: str
    version: int
    body: bytes | None
    salt: bytes | None
    commitment: bytes
    digest: bytes
    recorded_at: str


class Snapshot(Generic[C]):
    """What a log stores at one moment, exactly as it is stored, not verified."""

    def __init__(self, recorder: Recorder[C], c: C, answering: Answering) -> None:
        self._recorder, self._c, self._answering = recorder, c, answering

    def tip(self) -> Tip:
        """Return the end of the log."""
        with self._answering():
            return self._recorder.tip(self._c)

    def entries(self, after: int, limit: int = BATCH) -> list[Entry]:
        """Read up to `limit` events after a position; an empty list means the end."""
        with self._answering():
            return _joined(*self._recorder.select_raw(self._c, after, after + limit), after)

    def keys(self, after: str = "", limit: int = BATCH) -> list[KeyRow]:
        """Read up to `limit` keys with names after this one, in the order of the names."""
        with self._answering():
            return self._recorder.select_all_keys(self._c, after, limit)

    def key_count(self) -> int:
        """Return the number of keys."""
        with self._answering():
            return self._recorder.select_key_count(self._c)

    def keys_of(self, after: int, until: int) -> list[KeyRow]:
        """Read the keys whose positions are in (after, until]."""
        with self._answering():
            return self._recorder.select_keys_of(self._c, after, until)

    def checkpoints(self, after_size: int = -1, limit: int = BATCH) -> list[StoredCheckpoint]:
        """Read up to `limit` checkpoints beyond a size, the smallest first."""
        with self._answering():
            return self._recorder.tree.select_checkpoints(self._c, after_size, limit)

    def attachments(self, after: int = 0, limit: int = BATCH) -> list[AttachmentRow]:
        """Read up to `limit` attachments after a number, in the order in which they were added."""
        with self._answering():
            return self._recorder.tree.select_attachments(self._c, after, limit)

    def redacted(self) -> set[int]:
        """Return the positions whose bytes are gone."""
        with self._answering():
            return self._recorder.select_gone(self._c)


class Copy(Generic[C]):
    """A log that takes the entries and keys of its original; `log` is the same log for reading.

    Until `finish` it can be opened as nothing but this copy. After that it is a whole log after each
    `take`, and may go on. `acknowledge` is called with the end of a finished copy, `answering` turns
    failures of the store into `LogUnavailable`.
    """

    def __init__(
        self,
        recorder: Recorder[C],
        log: EventLog,
        acknowledge: Callable[[Tip], None],
        answering: Answering,
    ) -> None:
        self._recorder, self._answering = recorder, answering
        self._acknowledge = acknowledge
        self.log = log
        with log.snapshot() as stored:
            self.tip = stored.tip()
        self.finished = not _is_unfinished(recorder.select_meta())

    def take(self, entries: Sequence[Entry], keys: Sequence[KeyRow] = ()) -> Tip:
        """Store what follows, all or nothing, and return the new end; raises LogDamaged for what is not
        as it was written, `CopyRefused` for a key that is stored otherwise."""
        tip = chained(entries, self.tip)
        _verify_keys(keys, tip.position)
        rows, seals = _rows(entries)
        with self._answering(), self._recorder.writing() as c:
            if self._recorder.tip(c) != self.tip:
                raise LogUnavailable("another process has written this copy")
            insert_events(self._recorder, c, self.tip.position + 1, rows, seals)
            self._recorder.insert_keys(c, self._missing(c, keys))
            if gone := [entry.position for entry in entries if entry.body is None]:
                self._recorder.redact(c, gone, guarded=False)
        self.tip = tip
        if self.finished:
            self._acknowledge(tip)
        return tip

    def take_said(
        self, checkpoints: Sequence[StoredCheckpoint], attachments: Sequence[AttachmentRow]
    ) -> None:
        """Store checkpoints that follow the last one, and attachments; all or nothing."""
        with self._answering(), self._recorder.writing() as c:
            for checkpoint in checkpoints:
                self._recorder.tree.insert_checkpoint(c, checkpoint)
            self._recorder.tree.insert_attachments(c, attachments)

    def redact(self, positions: Iterable[int]) -> None:
        """Destroy what a stored event says is redacted; anything else the database refuses."""
        gone = sorted(positions)
        self.log.destroying(self.log.at(gone))
        with self._answering(), self._recorder.writing() as c:
            self._recorder.redact(c, gone, guarded=True)
        with self._answering():
            self._recorder.wipe()

    def finish(self) -> None:
        """Make this copy a log that can be opened like any other."""
        with self._answering(), self._recorder.writing() as c:
            self._recorder.insert_meta(c, FINISHED, b"1")
        self.finished = True
        self._acknowledge(self.tip)

    def _missing(self, c: C, keys: Sequence[KeyRow]) -> list[KeyRow]:
        stored = {row[0]: tuple(row) for row in self._recorder.select_keys(c, [key[0] for key in keys])}
        for key in keys:
            if stored.get(key[0], tuple(key)) != tuple(key):
                raise CopyRefused(f"the key {key[0]!r} is another one in the copy")
        return [key for key in keys if key[0] not in stored]


def chained(entries: Sequence[Entry], before: Tip) -> Tip:
    """Verify entries that follow the end `before`, and return the end after them.

    Raises LogDamaged for the first that is missing, in another order or not as it was written.
    """
    position, digest = before
    for entry in entries:
        position += 1
        if entry.position != position:
            raise LogDamaged(MISSING, position)
        _verify(entry)
        digest = digest_after(digest, entry.commitment)
        if digest != entry.digest:
            raise LogDamaged(NOT_CHAINED, position)
    return Tip(position, digest)


def begin(recorder: Recorder[C], id: str, place: str, *, continuing: bool) -> None:
    """Note in an empty log that it is the unfinished copy of the log `id`, or find it so.

    Raises CopyRefused for another log, and unless `continuing` for one that is finished.
    """
    meta = recorder.select_meta()
    with recorder.snapshot() as c:
        head = recorder.tip(c).position
    if meta.get("id", id.encode()) != id.encode():
        cure = "name an empty place" if head else "only the owner of its tables can make it this one"
        raise CopyRefused(f"{place} is another log, {meta['id'].decode()}; {cure}")
    with recorder.writing() as c:
        if not continuing and (FINISHED in meta or (head and UNFINISHED not in meta)):
            raise CopyRefused(f"{place} has this log already, with {head:,} events")
        recorder.insert_meta(c, "id", id.encode())
        if not head:
            recorder.insert_meta(c, UNFINISHED, b"1")


def refuse_unfinished(meta: dict[str, bytes], place: str) -> None:
    """Raise CopyUnfinished for a copy that was broken off."""
    if _is_unfinished(meta):
        raise CopyUnfinished(
            f"{place} is the unfinished copy of a log; run the command that copies it once more,"
            " or remove it"
        )


def _is_unfinished(meta: dict[str, bytes]) -> bool:
    return UNFINISHED in meta and FINISHED not in meta


def _joined(events: Sequence[EventRow], entries: Sequence[EntryRow], after: int) -> list[Entry]:
    """Return the rows of both tables as entries; raises LogDamaged where one of them has none."""
    found = []
    for position, (event, entry) in enumerate(zip(events, entries, strict=False), after + 1):
        if not event[0] == entry[0] == position:
            raise LogDamaged(MISSING, position)
        _, type, stream, version, body = event
        _, index, salt, commitment, digest, recorded_at = entry
        hashes = commitment or b"", digest or b""
        found.append(
            Entry(position, index, type, stream, version, body, salt, *hashes, recorded_at or "")
        )
    if len(events) != len(entries):
        raise LogDamaged(MISSING, after + len(found) + 1)
    return found


def _verify(entry: Entry) -> None:
    position, index, type, stream, version, body, salt, commitment, _, recorded_at = entry
    if body == b"" or (body is None) != (salt is None) or not isinstance(commitment, bytes):
        raise LogDamaged(MISMATCH, position)
    verified([(position, type, stream, version, body or b"", salt, commitment)])
    if what := wrong_time(body, recorded_at):
        raise LogDamaged(what, position)
    if index != position - 1:
        raise LogDamaged(f"its index is {index}", position)


def _verify_keys(keys: Sequence[KeyRow], head: int) -> None:
    for name, (position, _) in verified_keys(keys).items():
        if not 0 < position <= head:
            raise LogDamaged(f"the key {name!r} names position {position}", None)


def _rows(entries: Sequence[Entry]) -> tuple[list[Row], list[Seal]]:
    rows, seals = [], []
    for _, _, type, stream, version, body, salt, commitment, digest, recorded_at in entries:
        stored, salted = (body, salt) if body is not None and salt is not None else _LOST
        rows.append((stream, version, type, stored))
        seals.append(Seal(salted, commitment, digest, recorded_at))
    return rows, seals
