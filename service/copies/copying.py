"""Copies what a log stores, batch by batch, and compares the copy with its original."""

from collections.abc import Callable, Iterator
from itertools import islice, zip_longest
from typing import Any, TypeVar

from service.log.port import CopyRefused, EventLog, LogDamaged
from service.log.recorder import KeyRow
from service.log.tree import StoredCheckpoint
from service.log.tree_tables import AttachmentRow
from service.log.verbatim import BATCH, Copy, Snapshot

T = TypeVar("T")

Told = Callable[[str, int, int], None]
"""Hears of progress: what is being done, how much of it is done, and how much there is."""


def copy_log(stored: Snapshot[Any], copy: Copy[Any], told: Told) -> None:
    """Copy what a copy lacks: events with their keys, keys that were stored later, checkpoints with
    what is attached to them, redactions.

    Raises CopyRefused if what is there already is not the beginning of the original.
    """
    tip = stored.tip()
    _refuse_other_history(stored, copy)
    while copy.tip.position < tip.position:
        told("copying", copy.tip.position, tip.position)
        batch = stored.entries(copy.tip.position)
        copy.take(batch, stored.keys_of(copy.tip.position, batch[-1].position) if batch else [])
        if not batch:
            raise LogDamaged("the log ends before its last event", copy.tip.position + 1)
    for keys in _keys(stored):
        copy.take([], keys)
    for checkpoints, attachments in _said_since(stored, copy):
        copy.take_said(checkpoints, attachments)
    with copy.log.snapshot() as there:
        gone = stored.redacted() - there.redacted()
    if gone:
        copy.redact(gone)


def verify_copy(stored: Snapshot[Any], copy: Copy[Any], told: Told) -> None:
    """Read every byte of a copy again, and compare it with its hashes, and with the head, keys and
    checkpoints of the original.

    Raises LogDamaged for the first that is not as it was stored.
    """
    refuse_damaged(copy.log, told)
    with copy.log.snapshot() as there:
        if (end := there.tip()) != stored.tip():
            raise LogDamaged("the copy does not end with the last event of the log", end.position)
        if there.redacted() != stored.redacted():
            raise LogDamaged("other events are redacted than in the log", None)
        for ours, theirs in zip(_keys(there), _keys(stored), strict=False):
            if different := set(map(tuple, ours)) ^ set(map(tuple, theirs)):
                raise LogDamaged(f"the key {min(different)[0]!r} is in only one of log and copy", None)
        for own, original in zip_longest(_said(there), _said(stored)):
            if own != original:
                raise LogDamaged("other checkpoints or attachments are stored than in the log", None)


def refuse_damaged(log: EventLog, told: Told) -> None:
    """Raise the damage in a log that comes first in its order, if there is any."""
    head = log.head()

    def pause() -> bool:
        told("verifying", log.checked, head)
        return False

    if found := list(log.check(pause)):
        raise min(found, key=lambda damage: damage.position or 0)


def _refuse_other_history(stored: Snapshot[Any], copy: Copy[Any]) -> None:
    here, tip = copy.tip, stored.tip()
    if here.position > tip.position:
        raise CopyRefused(
            f"the copy has events up to position {here.position}, the log ends at {tip.position}:"
            " it may have lost them; name another place, or restore the log from this copy"
        )
    if here.position:
        [last] = stored.entries(here.position - 1, 1)
        if last.digest != here.digest:
            raise CopyRefused(
                f"the events up to position {here.position} of the copy are not those of the log;"
                " name another place"
            )


def _said_since(
    stored: Snapshot[Any], copy: Copy[Any]
) -> Iterator[tuple[list[StoredCheckpoint], list[AttachmentRow]]]:
    """What a copy lacks of checkpoints and attachments, page by page; nothing of them ever changes."""
    with copy.log.snapshot() as there:
        size = max((each.size for each in _checkpoints(there)), default=-1)
        known = sum(1 for _ in _attachments(there))
    for page in _pages(_checkpoints(stored, size)):
        yield page, []
    for added in _pages(islice(_attachments(stored), known, None)):
        yield [], added


def _said(stored: Snapshot[Any]) -> Iterator[object]:
    """Each checkpoint, then each attachment without its number, which a database chooses."""
    yield from _checkpoints(stored)
    for _, *attached in _attachments(stored):
        yield attached


def _checkpoints(stored: Snapshot[Any], size: int = -1) -> Iterator[StoredCheckpoint]:
    while page := stored.checkpoints(size):
        yield from page
        size = page[-1].size


def _attachments(stored: Snapshot[Any]) -> Iterator[AttachmentRow]:
    last = 0
    while page := stored.attachments(last):
        yield from page
        last = page[-1][0]


def _pages(rows: Iterator[T]) -> Iterator[list[T]]:
    while page := list(islice(rows, BATCH)):
        yield page


def _keys(stored: Snapshot[Any]) -> Iterator[list[KeyRow]]:
    """All keys, page by page, and an empty page as the last."""
    last = ""
    while page := stored.keys(last):
        yield page
        last = page[-1][0]
    yield []
