"""The guard of a log: a file beside it that names the last acknowledged event.

It is written after each commit and, because it need only survive a killed process, not flushed to the
disk: after a power failure it may name an earlier event, or nothing. A log that ends before that event,
or has another one in its place, has lost what it acknowledged.
"""

import json
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from service.log.port import CopyRefused, EventLog, LogLost, Loss
from service.log.private import FILE as PRIVATE
from service.log.recorder import Tip

FILE = "log.head"
WIDTH = 320
"""The file has one width, so that a write replaces it whole."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The last event that was acknowledged: the id of its log, its position, its digest, when."""

    log: str
    position: int
    digest: bytes
    boot: str
    """Which start of the machine the uptime is of; empty if the system does not tell."""
    uptime: float


class Guard:
    """Keeps the file of one log."""

    def __init__(self, directory: Path, log: str, monotonic: Callable[[], float]) -> None:
        self._path = directory / FILE
        self._file = str(self._path)
        self._log = log
        self._monotonic = monotonic
        self._boot = boot_id()

    def acknowledge(self, tip: Tip) -> None:
        """Note the end of the log; a failure is only logged, because the events are stored."""
        try:
            _write(self._file, Acknowledged(self._log, *tip, self._boot, self._monotonic()))
        except OSError as error:
            _logger.warning("cannot write %s: %s", self._path, error.strerror or error)

    def advance(self, tip: Tip) -> None:
        """Note the end of a copy, unless a later one was acknowledged: that is then missing."""
        before = acknowledged(self._path.parent)
        if before is None or before.position < tip.position:  # else it knows since when
            self.acknowledge(tip)


def acknowledged(directory: Path) -> Acknowledged | None:
    """Return what the guard in a directory says, None if there is none or it cannot be read."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        members = json.loads((directory / FILE).read_bytes())
        check = members.pop("check")
        found = Acknowledged(**{**members, "digest": bytes.fromhex(members["digest"])})
        if _check(_text(found)) == check:
            return found
    return None


def waiting_since(directory: Path) -> float | None:
    """Return the uptime at which the last event was acknowledged, None if it was before this boot."""
    before = acknowledged(directory)
    return before.uptime if before and before.boot and before.boot == boot_id() else None


def boot_id() -> str:
    """Return a name for this start of the machine, empty if the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def loss(directory: Path, log: EventLog) -> Loss | None:
    """Return what the guard in a directory misses in a log, None if nothing."""
    before = acknowledged(directory)
    if before is None or (before.position == 0 and log.head() == 0):
        return None
    detail = _missing(before, log)
    return Loss(before.position, log.head(), detail) if detail else None


def refuse_other(directory: Path, log: str) -> None:
    """Raise CopyRefused for a directory whose guard knows another log than this one."""
    before = acknowledged(directory)
    if before is not None and before.log != log:
        raise CopyRefused(f"{directory} belongs to the log {before.log}; name an empty place")


def refused(detail: str) -> LogLost:
    """The error for a loss that was not accepted."""
    return LogLost(
        f"the log has lost what it acknowledged: {detail};"
        " restore it from a backup, or start with --accept-loss to go on without"
    )


def _missing(before: Acknowledged, log: EventLog) -> str | None:
    head = log.head()
    if before.log != log.id:
        return (
            f"this directory belongs to the log {before.log} with events up to position"
            f" {before.position}, and the log that was opened is {log.id}, with {head}"
        )
    if head < before.position:
        return gone(head, before.position)
    if log.damage is None and log.digest_at(before.position) != before.digest:
        return f"the events up to position {before.position} are not those that were acknowledged"
    return None


def gone(head: int, position: int) -> str:
    """Say in words that a log ends at `head` and should reach `position`."""
    if position == head + 1:
        return f"event {position} is gone"
    return f"events {head + 1} to {position} are gone"


def _write(path: str, what: Acknowledged) -> None:
    text = _text(what)
    line = f'{text[:-1]}, "check": "{_check(text)}"}}'.encode().ljust(WIDTH - 1) + b"\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, PRIVATE)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


def _text(what: Acknowledged) -> str:
    """What is noted, as JSON; put together by hand, because whoever sent an event waits for it."""
    log, boot, digest = json.dumps(what.log), json.dumps(what.boot), what.digest.hex()
    return (
        f'{{"boot": {boot}, "digest": "{digest}", "log": {log}, "position": {what.position},'
        f' "uptime": {what.uptime!r}}}'
    )


def _check(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
