"""Keeps a copy up with its source: entries and keys, over cuts, verified before they are stored."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from service.log.envelope import timestamp
from service.log.errors import CopyRefused
from service.log.mirror_note import MirrorNote, keep_note
from service.log.port import REDACTED, LogDamaged, LogUnavailable
from service.log.recorder import KeyRow
from service.log.verbatim import Copy, Entry
from service.mirror.lines import BadLine, CaughtUp, Head, Sent
from service.mirror.source import HistoryEnded, Source, SourceAway

AT_ONCE, BYTES_AT_ONCE = 1_000, 4 * 1_048_576
"""How many entries are stored in one transaction, and of how many bytes."""
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before the source is asked again, once it has failed so many times."""
KEYS_SECONDS, KEYS_SHARE = 60.0, 20
"""How often keys are listed at most: that, or so many times as long as it took."""
BEAT = timedelta(seconds=20)
"""For how long what a quiet source said last holds."""
KEPT = timedelta(seconds=5)
"""How often it is written down that the source has no more."""
_logger = logging.getLogger("intellog.mirror")


class Lag(NamedTuple):
    """How far a mirror is behind: events that its source is known to have beyond, None where it has
    not said so yet; and seconds since it held all that the source had, 0 while it does."""

    events: int | None
    seconds: float


class Following:
    """A copy that follows its source; attributes may be read from any thread."""

    def __init__(
        self,
        directory: Path,
        copy: Copy[Any],
        note: MirrorNote,
        clock: Callable[[], datetime],
    ) -> None:
        self.copy = copy
        self.note = note
        self.caught_up: Callable[[], object] = lambda: None
        """Called when the copy holds all that its source has."""
        self.stopped: str | None = None
        """Why the source is followed no more, None while it is."""
        self.trouble: str | None = None
        """Why nothing comes from the source at present."""
        self.directory, self._clock = directory, clock
        self._reached = datetime.fromisoformat(note.caught_up_at) if note.caught_up_at else clock()
        self._kept_at: datetime | None = None
        self._head = note.head or None
        self._answered = self._up = False
        self._entries: list[Entry] = []
        self._keys: list[KeyRow] = []
        self._bytes = 0
        self._keys_due = 0.0

    def lag(self) -> Lag:
        """How far the copy is behind its source."""
        since = self._clock() - self._reached
        seconds = 0.0 if self._up and since < BEAT else max(since.total_seconds(), 0.0)
        return Lag(None if self._head is None else max(self._head - self.copy.tip.position, 0), seconds)

    def close(self) -> None:
        """Keep the note as it stands."""
        self._keep(self.note)

    async def run(self, source: Source) -> None:
        """Follow a source until it is stopped, or there is nothing to follow any more."""
        failed = 0
        while self.stopped is None:
            self._answered = False
            try:
                await self.round(source, live=True)
            except HistoryEnded as ended:
                self._stop(str(ended))
                return
            except (SourceAway, BadLine, LogUnavailable) as error:
                failed = 0 if self._answered else failed
                self._troubled(str(error))
            except Exception as error:
                _logger.exception("the mirror of %s has failed, and is tried again", self.note.source)
                self.trouble = repr(error)
            await asyncio.sleep(PAUSES[min(failed, len(PAUSES) - 1)])
            failed += 1

    async def round(self, source: Source, *, live: bool = False) -> None:
        """Take what a source has beyond the copy; live, whatever comes, without an end.

        Raises `SourceAway`, `HistoryEnded`, `BadLine` for what does not hold, and what a log raises.
        """
        self._entries, self._keys, self._bytes, self._keys_due = [], [], 0, 0.0
        log = self.copy.log.id
        try:
            async with aclosing(source.entries(self.copy.tip.position, log, live=live)) as lines:
                async for line in lines:
                    match line:
                        case Head():
                            self._begin(line, source)
                        case Sent():
                            self._add(line)
                        case CaughtUp():
                            self._catch_up(line)
                            await self._list_keys(source)
                            self.caught_up()
        except BadLine as bad:
            raise BadLine(f"what it sends after position {self._last} is refused: {bad}") from None
        finally:
            self._up = False

    @property
    def _last(self) -> int:
        return self._entries[-1].position if self._entries else self.copy.tip.position

    def _begin(self, head: Head, source: Source) -> None:
        require_agreement(self.copy, head)
        self._head, self._answered = head.head, True
        if self.trouble is not None or self.note.source != source.url:
            _logger.warning("%s answers", source.url)
        self.trouble = None
        if self.note.source != source.url:
            self._keep(replace(self.note, source=source.url))
        self._redact()

    def _add(self, sent: Sent) -> None:
        if self._up:
            self._up, self._reached = False, self._clock()
        self._entries.append(sent.entry)
        self._keys += sent.keys
        self._bytes += len(sent.entry.body or b"")
        self._head = max(self._head or 0, sent.entry.position)
        if len(self._entries) >= AT_ONCE or self._bytes >= BYTES_AT_ONCE:
            self._take()

    def _take(self) -> None:
        """Store what has come, once it is verified."""
        entries, keys = self._entries, self._keys
        self._entries, self._keys, self._bytes = [], [], 0
        if not entries and not keys:
            return
        before = self.copy.tip.position
        try:
            self.copy.take(entries, keys)
        except LogDamaged as damage:
            if damage.position is not None and damage.position <= before:
                raise
            where = "" if damage.position is None else f"position {damage.position}: "
            raise BadLine(f"{where}{damage.what}") from None
        except CopyRefused as refused:
            raise HistoryEnded(f"it has another history: {refused}") from None
        if any(entry.type == REDACTED for entry in entries):
            self._redact()

    def _redact(self) -> None:
        """Destroy what the source was told to destroy."""
        self.copy.log.destroy()

    def _catch_up(self, line: CaughtUp) -> None:
        self._take()
        if line.position != self.copy.tip.position:
            raise BadLine(f"it says that it ends at {line.position}")
        if self.copy.log.undestroyed.is_set():
            self._redact()
        self._head, self._up, self._reached = line.position, True, self._clock()
        at = timestamp(self._reached)
        self.note = replace(self.note, caught_up_at=at)
        if self._kept_at is None or self._reached - self._kept_at > KEPT:
            self._keep(self.note)

    async def _list_keys(self, source: Source) -> None:
        """Take the keys that were stored later for older events, from time to time."""
        clock = asyncio.get_running_loop().time
        began, at = clock(), timestamp(self._clock())
        if began < self._keys_due:
            return
        with self.copy.log.snapshot() as stored:
            known = stored.key_count()
        async with aclosing(source.keys(self.copy.log.id, known)) as rows:
            async for row in rows:
                if row[1] <= self.copy.tip.position:
                    self._keys.append(row)
                if len(self._keys) >= AT_ONCE:
                    self._take()
        self._take()
        self._keep(replace(self.note, keys_at=at))
        self._keys_due = clock() + max(KEYS_SECONDS, KEYS_SHARE * (clock() - began))

    def _keep(self, note: MirrorNote) -> None:
        self.note, self._kept_at = replace(note, head=self._head or 0), self._clock()
        try:
            keep_note(self.directory, self.note)
        except OSError as error:
            raise LogUnavailable(f"the note of the mirror cannot be written: {error}") from None

    def _troubled(self, words: str) -> None:
        if words != self.trouble:
            _logger.warning("nothing comes from %s: %s", self.note.source, words)
        self.trouble = words

    def _stop(self, words: str) -> None:
        self.stopped = f"{self.note.source} is followed no more: {words}"
        _logger.error(
            "%s; what is here, up to position %d, stays", self.stopped, self.copy.tip.position
        )


def require_agreement(copy: Copy[Any], head: Head) -> None:
    """Raise `HistoryEnded` unless a source has at the end of the copy what the copy has there."""
    here = copy.tip
    if head.log != copy.log.id:
        raise HistoryEnded(f"it is another log, {head.log}; the one here is {copy.log.id}")
    if head.after == here.position and head.digest != here.digest:
        raise HistoryEnded(
            f"it has another history: its events up to position {here.position} are not those here"
        )
