"""Verifies a whole log: hashes, running digest, columns, tree, indexes, keys and the file itself."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any

from service.log.check_tree import TreeCheck
from service.log.damage import MISSING, NOT_CHAINED, verified, verified_keys, wrong_time
from service.log.failures import Failures
from service.log.hashes import EMPTY, digest_after
from service.log.port import LogDamaged
from service.log.recorder import EventRow, Recorder
from service.log.tree_tables import EntryRow

TAIL = 1_000
"""Number of events at the end of the log that are verified before it is opened for writing."""
SMALL = 100_000
"""Up to this length, a log is opened for writing only after its indexes were verified."""
STEP, INDEX_STEP = 500, 2_000
REINDEX = "stop the service, run REINDEX on the database of the log, and run `intellog check`"
NOT_LISTED = "an index of the database does not find this event"
NO_REDACTION = "its bytes are gone, and no event records a redaction"


class Check:
    """One check of a log. `pause` is called between steps, and ends the check if it returns true."""

    def __init__(
        self, recorder: Recorder[Any], failures: Failures, pause: Callable[[], bool] = lambda: False
    ) -> None:
        self._recorder = recorder
        self._failures = failures
        self._pause = pause
        self._stopped = False
        self._redacted = set[int]()
        self._tree = TreeCheck(recorder)

    def end(self) -> Iterator[LogDamaged]:
        """Yield the damage at the end of the log."""
        head = self._recorder.select_tip().position
        first = max(0, head - TAIL)
        yield from self._misplaced(0 if head <= SMALL else first, head)
        for _, _, found in self._events(first, head):
            yield from found

    def whole(self, checked: Callable[[int], None]) -> Iterator[LogDamaged]:
        """Yield all damage; `checked` gets the position through which events were verified."""
        # Indexes first: what they do not find is decided and stored a second time.
        head = self._recorder.select_head()
        yield from self._failing(self._tip_faults, None)
        yield from self._misplaced(0, head)
        yield from self._failing(self._structure_faults, None)
        for until, entries, found in self._events(0, head):
            yield from found
            yield from self._failing(partial(self._tree_faults, entries, until), until)
            checked(until)
        if not self._stopped:
            yield from self._failing(self._tree_beyond, None)
        yield from self._keys(head)

    def _tip_faults(self) -> list[LogDamaged]:
        self._recorder.select_tip()
        return []

    def _structure_faults(self) -> list[LogDamaged]:
        faults = self._recorder.structure_faults(self._ends)
        return [LogDamaged(" ".join(fault.split()), None) for fault in faults]

    def _misplaced(self, after: int, head: int) -> Iterator[LogDamaged]:
        for start in self._steps(after, head, INDEX_STEP):
            until = min(start + INDEX_STEP, head)
            yield from self._failing(partial(self._unlisted, start, until), None)

    def _unlisted(self, after: int, until: int) -> list[LogDamaged]:
        positions = self._recorder.select_misplaced(after, until)
        return [LogDamaged(NOT_LISTED, position, REINDEX) for position in positions]

    def _tree_faults(self, entries: Sequence[EntryRow], until: int) -> list[LogDamaged]:
        with self._recorder.snapshot() as c:
            return self._tree.passed(c, entries, until)

    def _tree_beyond(self) -> list[LogDamaged]:
        with self._recorder.snapshot() as c:
            return self._tree.ended(c, self._recorder.tip(c).position)

    def _events(
        self, after: int, head: int
    ) -> Iterator[tuple[int, Sequence[EntryRow], list[LogDamaged]]]:
        """Yield for each step its end, the rows of entries, and what is wrong with its events."""
        digest = EMPTY if after == 0 else self._recorder.select_digest(after)
        for start in self._steps(after, head, STEP):
            until = min(start + STEP, head)
            try:
                events, entries = self._raw(start, until)
            except self._failures.exceptions:
                # One of the rows cannot be read: which one?
                each = [self._failing(partial(self._one, at), at + 1) for at in range(start, until)]
                digest = None
                yield until, [], list(chain.from_iterable(each))
                continue
            found, digest = self._verified(start, until, events, entries, digest)
            yield until, entries, found

    def _one(self, after: int) -> list[LogDamaged]:
        events, entries = self._raw(after, after + 1)
        return self._verified(after, after + 1, events, entries, None)[0]

    def _raw(self, after: int, until: int) -> tuple[list[EventRow], list[EntryRow]]:
        with self._recorder.snapshot() as c:
            return self._recorder.select_raw(c, after, until)

    def _verified(
        self,
        after: int,
        until: int,
        events: Sequence[EventRow],
        entries: Sequence[EntryRow],
        digest: bytes | None,
    ) -> tuple[list[LogDamaged], bytes | None]:
        """Return what is wrong with these rows, and the running digest at their end."""
        found: list[LogDamaged] = []
        by_position = {row[0]: row for row in events}
        entry_at = {row[0]: row for row in entries}
        for position in range(after + 1, until + 1):
            event, entry = by_position.get(position), entry_at.get(position)
            if event is None or entry is None:
                found.append(LogDamaged(MISSING, position))
                digest = entry[4] if entry else None
                continue
            if what := self._fault(event, entry, digest):
                found.append(LogDamaged(what, position))
            digest = entry[4]
        return found, digest

    def _fault(self, event: EventRow, entry: EntryRow, digest: bytes | None) -> str | None:
        position, type, stream, version, body = event
        _, index, salt, commitment, running, recorded_at = entry
        try:
            verified([(position, type, stream, version, body or b"", salt, commitment)])
        except LogDamaged as damage:
            return damage.what
        if index != position - 1:
            return f"its index is {index}"
        if what := wrong_time(body, recorded_at):
            return what
        if body is None and not self._may_be_redacted(position):
            return NO_REDACTION
        if digest is not None and digest_after(digest, commitment or b"") != running:
            return NOT_CHAINED
        return None

    def _may_be_redacted(self, position: int) -> bool:
        if position not in self._redacted:  # it may have been recorded since
            self._redacted = self._recorder.select_redacted()
        return position in self._redacted

    def _keys(self, head: int) -> Iterator[LogDamaged]:
        last = ""
        while not self._ends():
            with self._recorder.snapshot() as c:
                rows = self._recorder.select_all_keys(c, last, STEP)
            if not rows:
                return
            for row in rows:
                yield from self._failing(partial(self._key_faults, row, head), None)
            last = rows[-1][0]

    def _key_faults(self, row: Any, head: int) -> list[LogDamaged]:
        [(position, _)] = verified_keys([row]).values()
        if not 0 < position <= max(head, self._recorder.select_head()):
            return [LogDamaged(f"the key {row[0]!r} names position {position}", None)]
        return []

    def _failing(
        self, verify: Callable[[], list[LogDamaged]], position: int | None
    ) -> Iterator[LogDamaged]:
        """Yield what a step finds, and its own failure if that means damage."""
        try:
            yield from verify()
        except LogDamaged as damage:
            yield damage
        except self._failures.exceptions as error:
            meaning = self._failures.meaning(error)
            if not isinstance(meaning, LogDamaged):
                raise
            yield LogDamaged(meaning.what, position)

    def _steps(self, after: int, head: int, step: int) -> Iterator[int]:
        for start in range(after, head, step):
            if self._ends():
                return
            yield start

    def _ends(self) -> bool:
        self._stopped = self._stopped or self._pause()
        return self._stopped
