"""The log over a recorder: what an append stores, refuses and returns, the same for every database."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from functools import partial
from operator import attrgetter
from threading import Event, Lock
from typing import Generic

from service.log.absent import NOTHING_KNOWN, Absent
from service.log.check import Check
from service.log.damage import (
    MISSING,
    refuse_gap,
    verified,
    verified_keys,
    verified_lines,
    whole_stream,
)
from service.log.envelope import decode_envelope, encode, has_id, timestamp
from service.log.failures import Failures
from service.log.hashes import EMPTY, key_check, log_id, sealed
from service.log.holders import Holders
from service.log.packed import PAGE, KnownPages, digest_of
from service.log.places import Place, place_of, position_for
from service.log.port import (
    REDACTED,
    Appended,
    Destroying,
    Key,
    KeyConflict,
    Lines,
    LogDamaged,
    LogUnavailable,
    Loss,
    Pending,
    Stored,
    Subscription,
    VersionConflict,
)
from service.log.recorded_tree import RecordedTree
from service.log.recorder import (
    LARGEST,
    Before,
    C,
    KeyRow,
    Keys,
    Recorder,
    StoredRow,
    Tip,
    bounded,
)
from service.log.stamps import NEVER, Stamps
from service.log.subscription import Batches, backlog
from service.log.subtrees import insert_events
from service.log.tree import LogTree
from service.log.verbatim import Snapshot


class RecordedLog(Generic[C]):
    """An `EventLog` over a `Recorder`.

    It owns `resources` and closes them. `stamps` makes the timestamps, given a function that returns
    the last one in the log; without it the log is open for reading only.
    """

    def __init__(
        self,
        recorder: Recorder[C],
        secret: bytes,
        resources: ExitStack,
        failures: Failures,
        stamps: Callable[[Callable[[], datetime]], Stamps] | None = None,
    ) -> None:
        self._recorder = recorder
        self._resources = resources
        self._failures = failures
        self.acknowledge: Callable[[Tip], None] = lambda tip: None
        """Called with the end of the log after each commit."""
        self.destroying: Destroying = lambda events: None
        """Called with events right before their bytes are destroyed."""
        self._appending = Lock()
        self._tip: Tip | None = None  # known only in the process that writes, after its first append
        self._absent = Absent()
        self._pages = KnownPages()
        self._damage: LogDamaged | None = None
        self.secret = secret
        self.id = log_id(secret)
        self.lost: Loss | None = None
        self.holders: Holders | None = None
        self.checked = 0
        self.undestroyed = Event()
        self.undestroyed.set()
        self.tree: LogTree = RecordedTree(recorder, self.answering, self._refuse_damaged)
        self._stamps = stamps(self._stamp_at_head) if stamps else None
        self.leap = self._stamps.leap if self._stamps else None

    @property
    def damage(self) -> str | None:
        return str(self._damage) if self._damage else None

    @property
    def clock_leap(self) -> str | None:
        return self._stamps.refusal() if self._stamps else None

    def append(
        self, batch: Sequence[Pending], keys: Sequence[Key] = (), *, idempotent: bool = False
    ) -> Appended:
        appended = self._appended(batch, keys, idempotent)
        if any(pending.type == REDACTED for pending in batch):
            self.undestroyed.set()
            with suppress(LogUnavailable):  # it is recorded, and is tried again in the background
                self.destroy()
        return appended

    def _appended(self, batch: Sequence[Pending], keys: Sequence[Key], idempotent: bool) -> Appended:
        with self._appending:
            known = self._absent if self._tip is not None else NOTHING_KNOWN
            tip, self._tip = self._tip, None  # unknown if the commit fails
            try:
                with self.answering(), self._recorder.writing() as c:
                    self._refuse_damaged()
                    before = self._before(c, batch, keys, known)
                    if tip is not None and tip != before.tip:
                        raise LogDamaged("the log does not end with what was appended last", tip[0])
                    appended, after = self._append(c, batch, keys, idempotent, before)
            except LogUnavailable:
                # Another process may have taken over and given timestamps while the store was silent.
                self._given.forget()
                raise
            finally:
                # What was looked up meanwhile may be of before the commit.
                self._absent = Absent()
            self._tip = after
            self.acknowledge(after)
            return appended

    def read(
        self, after: int = 0, limit: int = 1000, types: Sequence[str] = (), until: int | None = None
    ) -> list[Stored]:
        with self.answering():
            found = verified(self._select(after, limit, until, types))
            if not types:
                refuse_gap(found, max(bounded(after), 0))
            return found

    def lines(self, after: int = 0, limit: int = 1000, until: int | None = None) -> Lines:
        before = max(bounded(after), 0)
        end = before - before % PAGE + PAGE
        whole = end - before == PAGE <= limit and (until is None or until >= end)
        with self.answering():
            if whole and (known := self._pages.digest(before)):
                page = self._recorder.select_packed(before, end)
                if page is not None and digest_of(page) == known:
                    return Lines(page.lines, PAGE, end)
            rows = self._select(before, min(limit, end - before), until)
            sent = verified_lines(rows)
            refuse_gap(rows, before)
            if whole and len(rows) == PAGE:
                self._pages.note(before, rows, sent)
            return Lines(sent, len(rows), rows[-1][0] if rows else after)

    def _select(
        self, after: int, limit: int, until: int | None, types: Sequence[str] = ()
    ) -> list[StoredRow]:
        end = None if until is None else bounded(until)
        return self._recorder.select_range(bounded(after), bounded(limit), end, types)

    def redactions(self, after: int = 0) -> list[Stored]:
        with self.answering():
            return verified(self._recorder.select_redactions(bounded(after)))

    def destroy(self) -> bool:
        with self._appending, self.answering():
            named = sorted(self._recorder.select_redacted())
            if left := [e for e in verified(self._recorder.select_positions(named)) if e.body]:
                self.destroying(left)
                with self._recorder.writing() as c:
                    self._recorder.redact(c, [each.position for each in left], guarded=True)
            if named and not self._recorder.wipe():
                return False
            self.undestroyed.clear()
            return True

    def read_back(self, before: int, limit: int) -> list[Stored]:
        with self.answering():
            found = verified(self._recorder.select_before(bounded(before), bounded(limit)))
            refuse_gap(found[::-1], found[-1].position - 1 if found else 0)
            return found

    def at(self, positions: Sequence[int]) -> list[Stored]:
        with self.answering():
            rows = self._recorder.select_positions(positions)
            found = {event.position: event for event in verified(rows)}
            missing = {p for p in positions if p > 0} - found.keys()
            if missing and min(missing) <= self._recorder.select_head():
                raise LogDamaged(MISSING, min(missing))
        return [found[position] for position in positions if position in found]

    def stream(self, stream: str, after_version: int = 0) -> list[Stored]:
        after = max(bounded(after_version), 0)
        with self.answering():
            found = verified(self._recorder.select_stream(stream, after))
            return whole_stream(found, stream, after)

    def heads(self, streams: Iterable[str]) -> dict[str, int]:
        known = self._known_absent()
        with self.answering():
            found = self._recorder.select_heads(streams)
        if known is not NOTHING_KNOWN:
            known.note_streams(stream for stream, version in found.items() if version == 0)
        return found

    def head(self) -> int:
        if self._tip is not None and not self._recorder.arrivals.closed:
            return self._tip.position
        with self.answering():
            return self._recorder.select_head()

    def digest_at(self, position: int) -> bytes | None:
        if position == 0:
            return EMPTY
        with self.answering():
            return self._recorder.select_digest(bounded(position))

    def key(self, name: str) -> tuple[int, bytes] | None:
        return self.stored_keys([name]).get(name)

    def stored_keys(self, names: Sequence[str]) -> Keys:
        known = self._known_absent()
        asked = [name for name in names if name not in known.keys]
        if not asked:
            return {}
        with self.answering():
            found = verified_keys(self._recorder.select_stored_keys(asked))
        if known is not NOTHING_KNOWN:
            known.note_keys(asked if not found else [name for name in asked if name not in found])
        return found

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot[C]]:
        with ExitStack() as opening:
            with self.answering():
                c = opening.enter_context(self._recorder.snapshot())
            yield Snapshot(self._recorder, c, self.answering)

    def subscribe(self, after: int) -> Subscription:
        if self._recorder.arrivals.closed:
            raise LogUnavailable("the log is closed")
        read = partial(backlog, self.read)
        return Batches(self._recorder.arrivals, after, read, attrgetter("position"))

    def now(self) -> datetime:
        self._refuse_damaged()
        return self._given.now()

    def check(self, pause: Callable[[], bool] = lambda: False) -> Iterator[LogDamaged]:
        with self.answering():
            for found in Check(self._recorder, self._failures, pause).whole(self._note_checked):
                self.note(found)
                yield found

    def check_end(self) -> None:
        """Verify the end of the log, and note what damage there is."""
        with self.answering():
            for found in Check(self._recorder, self._failures).end():
                self.note(found)

    def tip(self) -> Tip:
        """Return the end of the log."""
        with self.answering():
            return self._recorder.select_tip()

    def announce(self) -> None:
        self._recorder.arrivals.announce()

    def close(self) -> None:
        self._resources.close()

    @property
    def _given(self) -> Stamps:
        if self._stamps is None:
            raise LogUnavailable("the log is open for reading only")
        return self._stamps

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Raise failures of the store as what they mean, and note damage."""
        try:
            yield
        except LogDamaged as damage:
            self.note(damage)
            raise
        except self._failures.exceptions as error:
            meaning = self._failures.meaning(error)
            if isinstance(meaning, LogDamaged):
                self.note(meaning)
            raise meaning from error

    def _known_absent(self) -> Absent:
        """What is known not to be there, to use and to add to: nothing where others may write."""
        if self._tip is None or self._recorder.arrivals.closed:
            return NOTHING_KNOWN
        return self._absent

    def _note_checked(self, position: int) -> None:
        self.checked = position

    def note(self, damage: LogDamaged) -> None:
        """Note damage that was found: from now on appends are refused."""
        self._damage = self._damage or damage

    def _refuse_damaged(self) -> None:
        if found := self._damage:
            raise LogDamaged(found.what, found.position, found.cure)

    def _stamp_at_head(self) -> datetime:
        """Return the last timestamp in the log; the last event is never redacted, so it can be read."""
        with suppress(LogDamaged):  # it is noted, and nothing more is appended
            for event in self.read_back(LARGEST, 1):
                return decode_envelope(event.body).recorded_at
        return NEVER

    def _before(self, c: C, batch: Sequence[Pending], keys: Sequence[Key], known: Absent) -> Before:
        """Look up what an append is checked against, but for what is known not to be there."""
        streams = {pending.stream for pending in batch}
        fresh = streams & known.streams
        names = [key.name for key in keys if key.name not in known.keys]
        before = self._recorder.before(c, list(streams - fresh), names)
        return before._replace(heads=before.heads | dict.fromkeys(fresh, 0))

    def _append(
        self, c: C, batch: Sequence[Pending], keys: Sequence[Key], idempotent: bool, before: Before
    ) -> tuple[Appended, Tip]:
        """Store a batch; return the answer, and the new end of the log."""
        tip = before.tip
        new, places = self._separate(c, batch, before.heads, idempotent)
        recorded_at = self._given.next()
        rows = [(*place, p.type, encode(p, recorded_at)) for place, p in new.items()]
        seals = sealed([body for *_, body in rows], tip.digest, timestamp(recorded_at))
        insert_events(self._recorder, c, tip.position + 1, rows, seals)
        places.update((place, tip.position + n) for n, place in enumerate(new, 1))
        end = tip.position + len(rows)
        rows_of_keys = _key_rows(keys, before.keys, places, end + 1, idempotent)
        self._recorder.insert_keys(c, rows_of_keys)
        if new:
            # Noted before the commit, whose result may never become known.
            self._given.given(recorded_at)
            tip = Tip(end, seals[-1].digest)
        return Appended([places[place_of(p)] for p in batch], recorded_at), tip

    def _separate(
        self, c: C, batch: Sequence[Pending], stored_heads: Mapping[str, int], idempotent: bool
    ) -> tuple[dict[Place, Pending], dict[Place, int]]:
        """Separate the events to store from the positions of those that are stored already."""
        heads = dict(stored_heads)
        new: dict[Place, Pending] = {}
        known: dict[Place, int] = {}
        for pending in batch:
            place = place_of(pending)
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
        rows = self._recorder.select_place(c, pending.stream, bounded(pending.version))
        return next((e.position for e in verified(rows) if has_id(e.body, pending.id)), None)


def _key_rows(
    keys: Sequence[Key],
    found: Iterable[KeyRow],
    places: dict[Place, int],
    end: int,
    idempotent: bool,
) -> list[KeyRow]:
    """Return the rows of keys that are not among those `found`; raises KeyConflict."""
    stored, rows = verified_keys(found), list[KeyRow]()
    for key in keys:
        value = (position_for(key, places, end), key.digest)
        if key.name not in stored:
            stored[key.name] = value
            rows.append((key.name, *value, key_check(key.name, *value)))
        elif not idempotent or stored[key.name] != value:
            raise KeyConflict(key.name)
    return rows
