"""Copies the files beside a log: tokens, webhooks, evidence and the guard."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from service.access.token_store import FILE as TOKENS
from service.access.token_store import KEY_FILE as TOKENS_KEY
from service.copies.copying import Told
from service.evidence.checking import missing, stored_paths
from service.evidence.errors import EvidenceRefused
from service.evidence.store import NAME, EvidenceStore
from service.log.guard import FILE as GUARD
from service.log.guard import acknowledged
from service.log.port import CopyRefused, EventLog
from service.log.private import create_private, sync_directory, write_durably
from service.log.recorder import Tip
from service.webhooks.store import FILE as WEBHOOKS
from service.webhooks.store import KEY_FILE as WEBHOOKS_KEY

UNLIMITED = 2**63 - 1


def copy_files(source: Path, target: Path) -> list[str]:
    """Copy tokens and webhooks as they are at one moment each; return the names of what there was."""
    copied = []
    for database, key in (TOKENS, TOKENS_KEY), (WEBHOOKS, WEBHOOKS_KEY):
        if (source / database).exists():
            # Its key after it: a file that has something to unlock has its key beside it by then.
            _copy_database(source / database, target / database)
            copied.append(database)
            if (source / key).exists():
                write_durably(target / key, (source / key).read_bytes())
                copied.append(key)
    return copied


def copy_guard(source: Path, target: Path, tip: Tip) -> None:
    """Let a copy know since when its last event is acknowledged, if the original knows it."""
    before = acknowledged(source)
    if before is not None and before.position == tip.position and acknowledged(target) is None:
        write_durably(target / GUARD, (source / GUARD).read_bytes())


def copy_evidence(source: Path, target: Path, told: Told) -> tuple[int, list[str]]:
    """Copy the files that reports rest on, unless they are there and whole; return how many, and a line
    for each that is altered in the source, which is not copied."""
    theirs, ours = EvidenceStore(source, UNLIMITED), EvidenceStore(target, UNLIMITED)
    names = [path.name for path in stored_paths(theirs) if NAME.fullmatch(path.name)]
    added, wrong = 0, []
    for number, name in enumerate(names):
        told("copying evidence", number, len(names))
        try:
            added += ours.adopt(theirs, name)
        except EvidenceRefused as refused:
            if refused.code != "evidence-altered":
                raise
            wrong.append(f"evidence {name} is not copied: {refused}")
    return added, wrong


def evidence_faults(log: EventLog, target: Path) -> Iterator[str]:
    """A line for each file that a log names and its directory lacks."""
    for found in missing(log, EvidenceStore(target, UNLIMITED)):
        yield found.line


def evidence_count(directory: Path) -> int:
    """The number of stored files."""
    paths = stored_paths(EvidenceStore(directory, UNLIMITED))
    return sum(1 for path in paths if NAME.fullmatch(path.name))


def _copy_database(source: Path, target: Path) -> None:
    unfinished = target.with_name(f"{target.name}.new")
    unfinished.unlink(missing_ok=True)
    create_private(unfinished)
    address = f"{source.resolve().as_uri()}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(address, uri=True)) as live,
            closing(sqlite3.connect(unfinished)) as copy,
        ):
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, which can be read from anywhere
    except sqlite3.Error as error:
        raise CopyRefused(f"{source} cannot be copied: {error}") from error
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(target)
    sync_directory(target.parent)
