"""A mirror: the log of another service in a directory here, kept up with it by a thread."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from service.evidence.redacted import deleting_from
from service.evidence.store import EvidenceStore
from service.log.mirror_note import MirrorNote, keep_note, mirror_note
from service.log.open import opened_copy
from service.log.port import EventLog, LogLost, LogUnavailable
from service.log.secret import read_secret
from service.mirror.background import started, waited_for
from service.mirror.files import NO_LIMIT, Files
from service.mirror.following import Following, Lag, require_agreement
from service.mirror.lines import BadLine, Head
from service.mirror.source import Source, SourceAway, checked_address
from service.settings import is_loopback

Clock = Callable[[], datetime]
Ready = Callable[["Mirror"], None]
_logger = logging.getLogger("intellog.mirror")


@dataclass(frozen=True, slots=True)
class Mirror:
    """A log that follows another; it is read like any log and never appended to.

    `ended` is set once it follows no more.
    """

    log: EventLog
    _following: Following
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def source(self) -> str:
        """The address of the log that it follows."""
        return self._following.note.source

    @property
    def stopped(self) -> str | None:
        """Why it follows no more, None while it does."""
        return self._following.stopped

    def lag(self) -> Lag:
        """How far it is behind its source."""
        return self._following.lag()


@contextmanager
def mirrored(directory: Path, url: str, token: str | None, clock: Clock) -> Iterator[Mirror]:
    """Follow the log at an address into a directory while the block runs.

    `token` is that of somebody who may see everything there. What is in the directory already is taken
    on, if it is a part of the same history. The source must answer once; later it may be away.

    Raises `BadAddress`, `LogLocked` if another process uses the directory, `HistoryEnded` if it holds
    another log, and `LogUnavailable` if the store does not answer, or the source the first time.
    """
    with opened_mirror(directory, url, token, clock) as following:
        mirror = Mirror(following.copy.log, following)
        with started(_run(following, url, token)) as done:
            done.add_done_callback(lambda _: mirror.ended.set())
            yield mirror


@contextmanager
def opened_mirror(directory: Path, url: str, token: str | None, clock: Clock) -> Iterator[Following]:
    """A copy in a directory that is ready to follow the source; begun, if it is not there yet."""
    url = checked_address(url)
    if token and url.startswith("http:") and not is_loopback(urlsplit(url).hostname or ""):
        _logger.warning("the token and the whole log travel unencrypted from %s; use https", url)
    note = mirror_note(directory)
    if note is not None and note.loss is not None:
        raise LogUnavailable(
            f"the mirror in {directory} is being promoted; finish it with:"
            f" intellog promote --data {directory}"
        )
    try:
        secret = read_secret(directory, None)
    except LogLost:
        secret = _first_head(url, token).secret
    with opened_copy(directory, None, secret, continuing=True) as copy:
        if note is None:
            require_agreement(copy, _first_head(url, token, copy.tip.position, copy.log.id))
            note = MirrorNote(url)
            keep_note(directory, note)
        if not copy.finished:
            copy.finish()
        copy.log.destroying = deleting_from(copy.log, EvidenceStore(directory, NO_LIMIT))
        following = Following(directory, copy, note, clock)
        try:
            yield following
        finally:
            following.close()


def _first_head(url: str, token: str | None, after: int = 0, log: str | None = None) -> Head:
    """What the source says of itself; raises `LogUnavailable` if it does not."""

    async def asked() -> Head:
        async with Source(url, token) as source:
            return await source.head(after, log)

    try:
        return waited_for(asked())
    except (SourceAway, BadLine) as error:
        raise LogUnavailable(f"nothing comes from {url}: {error}") from None


def follow(directory: Path, url: str, token: str | None, clock: Clock, ready: Ready) -> str:
    """Follow for good, and return why that ended; raises as `mirrored` does.

    `ready` is called once the directory is open.
    """
    with mirrored(directory, url, token, clock) as mirror:
        ready(mirror)
        mirror.ended.wait()
        return mirror.stopped or "it follows no more"


def follow_once(directory: Path, url: str, token: str | None, clock: Clock) -> int:
    """Take what the source has and return the position that this reaches.

    Raises as `mirrored` does, and `SourceAway`, `HistoryEnded` or `BadLine` if not all of it could be
    taken; what was taken stays.
    """
    with opened_mirror(directory, url, token, clock) as following:
        waited_for(_round(following, url, token))
        return following.copy.tip.position


async def _run(following: Following, url: str, token: str | None) -> None:
    """Follow a source for good, its files in a task beside the log."""
    files = Files(following.directory, following.copy.log.id)
    following.caught_up = files.due.set
    async with Source(url, token) as source:
        fetching = asyncio.create_task(files.run(source))
        try:
            await following.run(source)
        finally:
            fetching.cancel()
            await asyncio.wait([fetching])


async def _round(following: Following, url: str, token: str | None) -> None:
    async with Source(url, token) as source:
        await following.round(source)
        await Files(following.directory, following.copy.log.id).round(source)
